"""The test's end of a WebSocket to the Worker."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any

from sshim.errors import ExpectationFailed
from sshim.testing.background import Background


class WebSocketSession:
    """An open connection: `send`, `receive`, `close`, or iterate over what the Worker sends.

    `close_code` and `close_reason` are set once the Worker has closed; a close without a code is 1005.
    """

    def __init__(self, end: Any, background: Background) -> None:
        self._end = end
        self._background = background
        self._incoming: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.close_code: int | None = None
        self.close_reason = ""
        end.couple(lambda kind, data: self._incoming.put_nowait((kind, data)))

    async def send(self, message: str | bytes) -> None:
        """Send text or bytes."""
        self._end.deliver(message)
        # The Worker's listeners run in a turn of their own.
        await asyncio.sleep(0)

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        await self.send(json.dumps(value))

    async def receive(self, timeout: float = 5.0) -> str | bytes:
        """The next message; raises `ExpectationFailed` when the Worker closes first, or after `timeout`
        seconds of silence."""
        __tracebackhide__ = True
        if self.close_code is not None:
            raise ExpectationFailed(f"the Worker has closed the WebSocket ({self._closed()})")
        try:
            kind, data = await asyncio.wait_for(self._incoming.get(), timeout)
        except TimeoutError:
            self._background.verify()
            raise ExpectationFailed(f"the Worker sent no message within {timeout:g} s") from None
        if kind != "close":
            message: str | bytes = data
            return message
        code, self.close_reason = data
        self.close_code = code or 1005
        self._background.verify()
        raise ExpectationFailed(f"the Worker closed the WebSocket ({self._closed()}) instead of sending")

    async def receive_json(self, timeout: float = 5.0) -> Any:
        """The next message parsed as JSON."""
        __tracebackhide__ = True
        return json.loads(await self.receive(timeout))

    async def closed(self, timeout: float = 5.0) -> int:
        """Wait until the Worker closes and return the code; messages before that are dropped."""
        __tracebackhide__ = True
        while self.close_code is None:
            try:
                await self.receive(timeout)
            except ExpectationFailed:
                if self.close_code is None:
                    raise
        return self.close_code

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close from this side; a second call does nothing."""
        self._end.deliver_close(code, reason)
        await asyncio.sleep(0)

    def _closed(self) -> str:
        return f"code {self.close_code}" + (f", {self.close_reason!r}" if self.close_reason else "")

    def __aiter__(self) -> WebSocketSession:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except ExpectationFailed:
            if self.close_code is None:
                raise
            raise StopAsyncIteration from None

    async def __aenter__(self) -> WebSocketSession:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

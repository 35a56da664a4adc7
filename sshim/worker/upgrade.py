"""A `101 Switching Protocols` answer: couples the Worker's WebSocket with the client's connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sshim.platform.ffi import is_nullish
from sshim.worker.connection import Reply
from sshim.worker.message import AnyRequest, text

_MAX_MESSAGE = 32 * 1024 * 1024
"""Bytes in one message; production's limit."""

_LONGEST_REASON = 123
"""Bytes; the protocol's limit."""

_NO_CODE = 1005
_REPLY = 0.25
"""Seconds a Worker has to answer a close, where its compatibility date leaves that to it."""

_CLOSING = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class Upgrades:
    """The WebSocket connections that are open."""

    def __init__(self) -> None:
        self._open: set[web.WebSocketResponse] = set()

    async def run(self, request: AnyRequest, js_response: Any, opened: Callable[[], None]) -> Reply:
        """Run one connection until either side closes it; returns the upgraded response. `opened` is called
        once the client has been told."""
        end = js_response.webSocket
        if request.headers.get("Upgrade", "").lower() != "websocket" or is_nullish(end):
            why = "Worker tried to return status code 101 to a request that is no WebSocket upgrade."
            return text(request, 500 if is_nullish(end) else 426, why)
        socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, autoclose=False)
        for name, value in js_response.header_pairs():
            socket.headers.add(name, value)
        try:
            await socket.prepare(await request.on_wire())
        except web.HTTPException as refusal:
            return text(request, refusal.status, refusal.text or "")
        opened()
        outgoing: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        end.couple(lambda kind, data: outgoing.put_nowait((kind, data)))
        writer = asyncio.ensure_future(_write(socket, outgoing))
        self._open.add(socket)
        try:
            code, reason = await _read(socket, end)
            end.deliver_close(code, reason)
            await _finish(socket, writer, code, reason)
        finally:
            self._open.discard(socket)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
        return socket

    async def close(self) -> None:
        """Close every connection, since the Worker ends or is replaced."""
        for socket in list(self._open):
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(0.2):
                    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the Worker was stopped")


async def _read(socket: web.WebSocketResponse, end: Any) -> tuple[int, str]:
    """Hand the client's messages to the Worker; returns the close code and reason at the end."""
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            end.deliver(message.data)
        elif message.type is WSMsgType.BINARY:
            end.deliver(bytes(message.data))
        elif message.type in _CLOSING:
            if message.type is WSMsgType.CLOSE and not message.data:
                return _NO_CODE, ""
            code = socket.close_code or WSCloseCode.ABNORMAL_CLOSURE
            return int(code), str(message.extra or "")


async def _finish(
    socket: web.WebSocketResponse, writer: asyncio.Future[None], code: int, reason: str
) -> None:
    """Answer the client's close as the Worker does; for one that does not, with the client's own words."""
    if code == WSCloseCode.ABNORMAL_CLOSURE:
        return
    await asyncio.wait({writer}, timeout=_REPLY)
    if not socket.closed:
        await socket.close(code=WSCloseCode.OK if code == _NO_CODE else code, message=reason.encode())


async def _write(socket: web.WebSocketResponse, outgoing: asyncio.Queue[tuple[str, Any]]) -> None:
    """Send what the Worker's end produced, in order, until it closes."""
    while True:
        kind, data = await outgoing.get()
        if kind == "text":
            await socket.send_str(data)
        elif kind == "bytes":
            await socket.send_bytes(data)
        else:
            code, reason = data
            await socket.close(code=code or 1000, message=_fitting(reason))
            return


def _fitting(reason: str) -> bytes:
    """As much of a close reason as a frame can carry; clients break off at a longer one."""
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore").encode()

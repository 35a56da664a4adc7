"""ReadableStreamDefaultController: the queue of a ReadableStream, and the asking of its source for more."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from sshim.platform.chunks import from_user, to_user
from sshim.platform.exceptions import js_error
from sshim.platform.promise import Promise, adopt, is_thenable, run
from sshim.platform.proxy import JsObject
from sshim.platform.runtime import is_nullish, runtime

if TYPE_CHECKING:
    from sshim.platform.readable import ReadableStream


READABLE, CLOSED, ERRORED = range(3)


class ReadableStreamDefaultController(JsObject):
    """What a source's `start` and `pull` get: the queue of a stream."""

    js_name = "ReadableStreamDefaultController"
    __slots__ = (
        "_again",
        "_cancel",
        "_closing",
        "_mark",
        "_pull",
        "_pulling",
        "_queue",
        "_size",
        "_started",
        "_stream",
        "_total",
    )

    def __init__(self, stream: ReadableStream, pull: Any, cancel: Any, mark: float, size: Any) -> None:
        self._stream = stream
        self._pull = None if is_nullish(pull) else pull
        self._cancel = None if is_nullish(cancel) else cancel
        self._mark = mark
        self._size = None if is_nullish(size) else size
        self._queue: deque[tuple[Any, float]] = deque()
        self._total: float = 0
        self._started = True
        self._pulling = self._again = self._closing = False

    @property
    def desiredSize(self) -> Any:
        """How many more chunks are wanted; null after an error, 0 at the end."""
        if self._stream._state == ERRORED:
            return runtime.null
        return 0 if self._stream._state == CLOSED else self._mark - self._total

    byobRequest = property(lambda self: runtime.null)

    def enqueue(self, chunk: Any = None) -> None:
        """Adds a chunk; a TypeError once the stream is closed, closing or errored."""
        if self._closing or self._stream._state != READABLE:
            raise js_error("TypeError", "Unable to enqueue")
        self._enqueue(from_user(chunk))

    def close(self) -> None:
        """Ends the stream after what is queued."""
        if self._closing or self._stream._state != READABLE:
            raise js_error("TypeError", "This ReadableStream is closed.")
        self._close()

    def error(self, reason: Any = None) -> None:
        """Breaks the stream off: every read from now on is rejected with the reason."""
        self._stream._fail(reason)

    def _enqueue(self, chunk: Any) -> None:
        if self._closing or self._stream._state != READABLE:
            return
        if self._stream._requests:
            self._stream._requests.popleft()._fulfil(chunk)
        else:
            size = 1 if self._size is None else float(self._size(to_user(chunk)))
            self._queue.append((chunk, size))
            self._total += size
        self._call_pull()

    def _close(self) -> None:
        if self._closing or self._stream._state != READABLE:
            return
        self._closing = True
        if not self._queue:
            self._stream._finish()

    def _take(self) -> Any:
        chunk, size = self._queue.popleft()
        self._total -= size
        if self._closing and not self._queue:
            self._stream._finish()
        else:
            self._call_pull()
        return chunk

    def _start(self, start: Any) -> None:
        outcome = None if is_nullish(start) else start(self)
        if is_thenable(outcome):
            self._started = False
            run(self._wait_for_start(adopt(outcome)))
        elif self._mark > 0 and self._pull is not None:
            # The first pull comes after the constructor has returned. Without a loop, at import time, it
            # comes with the first read.
            try:
                asyncio.get_running_loop().call_soon(self._call_pull)
            except RuntimeError:
                return

    async def _wait_for_start(self, started: Promise) -> None:
        try:
            await started
        except Exception as reason:
            self._stream._fail(reason)
        else:
            self._started = True
            self._call_pull()

    def _wants(self) -> bool:
        """Whether the source should be asked for more."""
        stream = self._stream
        if self._closing or stream._state != READABLE or not self._started:
            return False
        return bool(stream._requests) or self._mark > self._total

    def _call_pull(self) -> None:
        if self._pull is None or not self._wants():
            return
        if self._pulling:
            self._again = True
            return
        self._pulling = True
        run(self._pump())

    async def _pump(self) -> None:
        assert self._pull is not None
        try:
            while True:
                self._again = False
                outcome = self._pull(self)
                if is_thenable(outcome):
                    await adopt(outcome)
                if not (self._again and self._wants()):
                    break
        except BaseException as reason:
            self._stream._fail(reason)
            if not isinstance(reason, Exception):
                raise
        finally:
            self._pulling = False

    async def _run_cancel(self, reason: Any) -> None:
        cancel, self._cancel, self._pull = self._cancel, None, None
        if cancel is not None:
            outcome = cancel(reason)
            if is_thenable(outcome):
                await adopt(outcome)

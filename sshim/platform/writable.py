"""WritableStream and its controller: chunks queue up and reach the sink one at a time.

A write's promise settles when the sink is done with it; `ready` waits while the queue is full.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from sshim.platform.abort import AbortController
from sshim.platform.chunks import to_user
from sshim.platform.exceptions import js_error
from sshim.platform.options import positional, read_options
from sshim.platform.promise import Promise, adopt, is_thenable, pending, rejected, resolved, run
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish, runtime

if TYPE_CHECKING:
    from sshim.platform.writer import WritableStreamDefaultWriter

LOCKED = "This WritableStream is currently locked to a writer."
ENDED = "This WritableStream has been closed."

_WRITABLE, _CLOSING, _CLOSED, _ERRORED = range(4)


class WritableStream(JsObject):
    """`new WritableStream({start, write, close, abort}, {highWaterMark, size})`."""

    js_name = "WritableStream"
    __slots__ = (
        "_busy",
        "_closed",
        "_closing",
        "_controller",
        "_error",
        "_mark",
        "_queue",
        "_ready",
        "_sink",
        "_size",
        "_state",
        "_total",
        "_writer",
    )

    def __init__(self, sink: Any, mark: float = 1, size: Any = None) -> None:
        """`sink` maps write, close and abort to functions; those missing do nothing."""
        self._sink = sink
        self._mark = mark
        self._size = None if is_nullish(size) else size
        self._state = _WRITABLE
        self._error: Any = None
        self._writer: Any = None
        self._busy = False
        self._queue: deque[tuple[Any, float, Promise]] = deque()
        self._total: float = 0
        self._closing: Promise | None = None
        self._closed: Promise = pending()
        self._ready: Promise = resolved() if mark > 0 else pending()
        self._controller = WritableStreamDefaultController._make(self)

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor; the sink may be a JavaScript object, a Python object, a dict, or keywords."""
        sink, strategy = (*positional(args, options), None, None)[:2]
        sink, strategy = read_options(sink), read_options(strategy)
        mark = strategy.get("highWaterMark")
        stream = cls._make(sink, 1 if is_nullish(mark) else mark, strategy.get("size"))
        start: Any = sink.get("start")
        outcome = None if is_nullish(start) else start(stream._controller)
        if is_thenable(outcome):
            stream._busy = True
            run(stream._wait_for_start(adopt(outcome)))
        return stream

    @property
    def locked(self) -> bool:
        """Whether a writer or a pipe holds it."""
        return self._writer is not None

    def getWriter(self) -> WritableStreamDefaultWriter:
        """A writer, which locks the stream."""
        from sshim.platform.writer import WritableStreamDefaultWriter

        writer: WritableStreamDefaultWriter = WritableStreamDefaultWriter._make(self)
        return writer

    def abort(self, reason: Any = None) -> Promise:
        """Drops what is queued and tells the sink's `abort` why."""
        if self.locked:
            return rejected(js_error("TypeError", LOCKED))
        return self._abort(reason)

    def close(self) -> Promise:
        """Closes the sink after what is queued."""
        if self.locked:
            return rejected(js_error("TypeError", LOCKED))
        return self._close()

    def _lock(self, holder: Any) -> None:
        if self._writer is not None:
            raise js_error("TypeError", LOCKED)
        self._writer = holder

    @property
    def _errored(self) -> bool:
        return self._state == _ERRORED

    def _desired(self) -> Any:
        if self._state == _ERRORED:
            return runtime.null
        return 0 if self._state == _CLOSED else self._mark - self._total

    def _write(self, chunk: Any) -> Promise:
        """Queues a chunk as it is held; the promise is the sink's."""
        if self._state == _ERRORED:
            return rejected(self._error)
        if self._state != _WRITABLE:
            return rejected(js_error("TypeError", ENDED))
        size = 1 if self._size is None else float(self._size(to_user(chunk)))
        promise = pending()
        self._queue.append((chunk, size, promise))
        self._total += size
        if self._mark <= self._total and self._ready._settled:
            self._ready = pending()
        self._advance()
        return promise

    def _close(self) -> Promise:
        if self._state == _ERRORED:
            return rejected(self._error)
        if self._state != _WRITABLE:
            return rejected(js_error("TypeError", ENDED))
        self._state = _CLOSING
        self._closing = pending()
        self._ready._fulfil(None)
        self._advance()
        return self._closing

    def _abort(self, reason: Any = None) -> Promise:
        if self._state in (_CLOSED, _ERRORED):
            return resolved()
        self._controller._signal_abort(reason)
        self._fail(reason)
        return run(self._run_abort(reason))

    async def _run_abort(self, reason: Any) -> None:
        abort: Any = self._sink.get("abort")
        if not is_nullish(abort):
            outcome = abort(reason)
            if is_thenable(outcome):
                await adopt(outcome)

    def _fail(self, reason: Any) -> None:
        if self._state in (_CLOSED, _ERRORED):
            return
        self._state, self._error = _ERRORED, reason
        while self._queue:
            self._queue.popleft()[2]._reject(reason)
        if self._closing is not None:
            self._closing._reject(reason)
        if self._ready._settled:
            self._ready = pending()
        self._ready._reject(reason)
        self._closed._reject(reason)

    def _advance(self) -> None:
        if self._busy or self._state == _ERRORED:
            return
        if self._queue or self._state == _CLOSING:
            self._busy = True
            run(self._drain())

    async def _drain(self) -> None:
        """Feeds the sink until nothing is left; the stream fails with what the sink raises."""
        write: Any = self._sink.get("write")
        chunk, size, promise = None, 0.0, None
        try:
            while self._queue and self._state != _ERRORED:
                chunk, size, promise = self._queue.popleft()
                outcome = None if is_nullish(write) else write(to_user(chunk), self._controller)
                if is_thenable(outcome):
                    await adopt(outcome)
                self._total -= size
                if self._total < self._mark and self._state == _WRITABLE:
                    self._ready._fulfil(None)
                promise._fulfil(None)
                promise = None
            if self._state == _CLOSING:
                await self._finish()
        except BaseException as reason:
            if promise is not None:
                promise._reject(reason)
            self._fail(reason)
            if not isinstance(reason, Exception):
                raise
        finally:
            self._busy = False

    async def _finish(self) -> None:
        close: Any = self._sink.get("close")
        outcome = None if is_nullish(close) else close()
        if is_thenable(outcome):
            await adopt(outcome)
        if self._state == _CLOSING and self._closing is not None:
            self._state = _CLOSED
            self._closing._fulfil(None)
            self._closed._fulfil(None)

    async def _wait_for_start(self, started: Promise) -> None:
        try:
            await started
        except Exception as reason:
            self._fail(reason)
        else:
            self._busy = False
            self._advance()


class WritableStreamDefaultController(JsObject):
    """What a sink's `start` and `write` get."""

    js_name = "WritableStreamDefaultController"
    __slots__ = ("_abort", "_stream")

    def __init__(self, stream: WritableStream) -> None:
        self._stream = stream
        self._abort: AbortController | None = None

    @property
    def signal(self) -> Any:
        """An AbortSignal that fires when the stream is aborted."""
        if self._abort is None:
            self._abort = AbortController._make()
        return self._abort.signal

    def error(self, reason: Any = None) -> None:
        """Breaks the stream off."""
        self._stream._fail(reason)

    def _signal_abort(self, reason: Any) -> None:
        if self._abort is not None:
            self._abort.abort(reason)

"""ReadableStream, its reader and its controller.

Pull-based: a source is asked for a chunk only when its queue is below the high-water mark or a read waits.
The platform reads by `_request()`, which gives raw chunks and `END`; user code reads by readers and
`async for`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sshim.platform.chunks import END, to_bytes
from sshim.platform.exceptions import js_error
from sshim.platform.kinds import JsAsyncIterable
from sshim.platform.objects import Array
from sshim.platform.options import positional, read_options, unwrap
from sshim.platform.promise import (
    Promise,
    adopt,
    is_thenable,
    pending,
    rejected,
    resolved,
    run,
)
from sshim.platform.proxy import JsObject, static
from sshim.platform.readable_controller import CLOSED, ERRORED, READABLE, ReadableStreamDefaultController
from sshim.platform.reader import ReadableStreamDefaultReader, Values
from sshim.platform.runtime import is_nullish

LOCKED = "This ReadableStream is currently locked to a reader."
# Held as the reader of a stream that the platform itself is reading.
PLATFORM = object()


class ReadableStream(JsAsyncIterable, JsObject):
    """`new ReadableStream({start, pull, cancel}, {highWaterMark, size})`; `_length` is None unless known."""

    js_name = "ReadableStream"
    __slots__ = (
        "_closed",
        "_controller",
        "_disturbed",
        "_error",
        "_length",
        "_reader",
        "_requests",
        "_state",
    )

    def __init__(self, pull: Any = None, cancel: Any = None, mark: float = 0, size: Any = None) -> None:
        self._state = READABLE
        self._error: Any = None
        self._reader: Any = None
        self._disturbed = False
        self._length: int | None = None
        self._closed: Promise | None = None
        self._requests: deque[Promise] = deque()
        self._controller = ReadableStreamDefaultController._make(self, pull, cancel, mark, size)

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor; the source may be a JavaScript object, a Python object, a dict, or keywords."""
        given = positional(args, options)
        source, strategy = (*given, None, None)[:2]
        if isinstance(source, bool | int | float | str):
            raise js_error(
                "TypeError",
                "Failed to construct 'ReadableStream': "
                "constructor parameter 1 is not of type 'UnderlyingSource'.",
            )
        source, strategy = read_options(source), read_options(strategy)
        mark = strategy.get("highWaterMark")
        if is_nullish(mark):
            mark = 0 if source.get("type") == "bytes" else 1
        stream = cls._make(source.get("pull"), source.get("cancel"), mark, strategy.get("size"))
        stream._controller._start(source.get("start"))
        return stream

    @static
    def from_(cls, iterable: Any = None, *rest: Any) -> Any:
        """`ReadableStream.from(iterable)`: a stream of an iterable or asynchronous iterable's items."""
        iterable = unwrap(iterable)
        asynchronous = hasattr(iterable, "__aiter__")
        items = iterable.__aiter__() if asynchronous else iter(iterable)

        async def pull(controller: Any) -> None:
            try:
                item = await items.__anext__() if asynchronous else next(items)
            except (StopAsyncIteration, StopIteration):
                controller.close()
            else:
                controller.enqueue(await adopt(item) if is_thenable(item) else item)

        return cls._make(pull)

    @classmethod
    def _of_bytes(cls, data: bytes) -> ReadableStream:
        """A stream of bytes that are at hand: one chunk."""
        stream: ReadableStream = cls._make()
        stream._length = len(data)
        if data:
            stream._controller._queue.append((data, 1))
        stream._controller._close()
        return stream

    @classmethod
    def _of_pull(
        cls,
        pull: Callable[[], Awaitable[bytes | None]],
        cancel: Callable[[Any], object] | None = None,
        length: int | None = None,
    ) -> ReadableStream:
        """A stream that awaits `pull()` for each chunk wanted; None ends it."""

        async def fill(controller: ReadableStreamDefaultController) -> None:
            chunk = await pull()
            if chunk is None:
                controller._close()
            else:
                controller._enqueue(chunk)

        stream: ReadableStream = cls._make(fill, cancel)
        stream._length = length
        return stream

    @property
    def locked(self) -> bool:
        """Whether a reader, a pipe or a body holds it."""
        return self._reader is not None

    def getReader(self, options: Any = None, **keywords: Any) -> ReadableStreamDefaultReader:
        """A reader, which locks the stream."""
        if not is_nullish(read_options(options, keywords).get("mode")):
            raise js_error("TypeError", "This ReadableStream does not support BYOB reads.")
        reader: ReadableStreamDefaultReader = ReadableStreamDefaultReader._make(self)
        return reader

    def cancel(self, reason: Any = None) -> Promise:
        """Gives the rest up: the source's `cancel` is called with the reason."""
        return rejected(js_error("TypeError", LOCKED)) if self.locked else self._cancel(reason)

    def tee(self) -> Any:
        """Two streams of the same chunks, as an Array; the faster one's lead is held in memory."""
        from sshim.platform.piping import tee

        return Array._make(list(tee(self)))

    def pipeTo(self, destination: Any, options: Any = None, **keywords: Any) -> Promise:
        """Moves everything into a WritableStream; `{preventClose, preventAbort, preventCancel, signal}`."""
        from sshim.platform.piping import pipe

        return pipe(self, unwrap(destination), read_options(options, keywords))

    def pipeThrough(self, transform: Any, options: Any = None, **keywords: Any) -> Any:
        """Pipes into `transform.writable` and gives `transform.readable`."""
        self.pipeTo(transform.writable, options, **keywords)
        return transform.readable

    def values(self, options: Any = None, **keywords: Any) -> AsyncIterator[Any]:
        """An asynchronous iterator, as `async for` uses."""
        return Values(self)

    __aiter__ = values

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """For the platform: locks the stream and gives its chunks as `bytes`, empty ones left out."""
        self._lock()
        while (chunk := await self._request()) is not END:
            if data := to_bytes(chunk):
                yield data

    async def abandon(self, reason: Any = None) -> None:
        """For the platform: cancels the stream whoever reads it, so that its source stops."""
        await self._cancel(reason)

    def _lock(self, holder: Any = PLATFORM) -> None:
        """Takes the stream for a reader; a TypeError if it is taken."""
        if self._reader is not None:
            raise js_error("TypeError", LOCKED)
        self._reader = holder

    def _request(self) -> Promise:
        """The next chunk as it is held, or END; requests are answered in the order they are made."""
        self._disturbed = True
        if self._controller._queue:
            return resolved(self._controller._take())
        if self._state == CLOSED:
            return resolved(END)
        if self._state == ERRORED:
            return rejected(self._error)
        promise = pending()
        self._requests.append(promise)
        self._controller._call_pull()
        return promise

    def _cancel(self, reason: Any = None) -> Promise:
        self._disturbed = True
        if self._state == ERRORED:
            return rejected(self._error)
        if self._state == CLOSED:
            return resolved()
        self._controller._queue.clear()
        self._finish()
        return run(self._controller._run_cancel(reason))

    def _finish(self) -> None:
        self._state = CLOSED
        while self._requests:
            self._requests.popleft()._fulfil(END)
        if self._closed is not None:
            self._closed._fulfil(None)

    def _fail(self, reason: Any) -> None:
        if self._state != READABLE:
            return
        self._state, self._error = ERRORED, reason
        self._controller._queue.clear()
        while self._requests:
            self._requests.popleft()._reject(reason)
        if self._closed is not None:
            self._closed._reject(reason)

    def _closed_promise(self) -> Promise:
        if self._closed is None:
            self._closed = pending()
            if self._state == CLOSED:
                self._closed._fulfil(None)
            elif self._state == ERRORED:
                self._closed._reject(self._error)
        return self._closed


# JavaScript's name is a keyword of Python: reached by getattr, and as `from_` as Pyodide spells it.
setattr(ReadableStream, "from", ReadableStream.__dict__["from_"])

"""What reads a ReadableStream: the reader that `getReader()` gives, and the iterator of `async for`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.platform.chunks import END, to_user
from sshim.platform.exceptions import js_error
from sshim.platform.objects import plain_object
from sshim.platform.promise import Promise, promising, rejected
from sshim.platform.proxy import JsObject, static

if TYPE_CHECKING:
    from sshim.platform.readable import ReadableStream

RELEASED = "This ReadableStream reader has been released."


class Values:
    """The iterator of a stream: holds the lock until the end, an error or `aclose()`."""

    __slots__ = ("_stream",)

    def __init__(self, stream: ReadableStream) -> None:
        stream._lock(self)
        self._stream = stream

    def __aiter__(self) -> Values:
        return self

    async def __anext__(self) -> Any:
        stream = self._stream
        if stream._reader is not self:
            raise StopAsyncIteration
        try:
            chunk = await stream._request()
        except BaseException:
            stream._reader = None
            raise
        if chunk is END:
            stream._reader = None
            raise StopAsyncIteration
        return to_user(chunk)

    async def aclose(self) -> None:
        if self._stream._reader is self:
            self._stream._reader = None
            await self._stream._cancel()


class ReadableStreamDefaultReader(JsObject):
    """What `getReader()` gives."""

    js_name = "ReadableStreamDefaultReader"
    __slots__ = ("_stream",)

    def __init__(self, stream: ReadableStream) -> None:
        stream._lock(self)
        self._stream: ReadableStream | None = stream

    @static
    def new(cls, stream: Any = None, *rest: Any) -> Any:
        """`new ReadableStreamDefaultReader(stream)`."""
        if not hasattr(stream, "_request"):
            raise js_error("TypeError", "parameter 1 is not of type 'ReadableStream'.")
        return cls._make(stream)

    @promising
    async def read(self) -> Any:
        """The next chunk as `{value, done}`; `value` is undefined when done."""
        if self._stream is None:
            raise js_error("TypeError", RELEASED)
        chunk = await self._stream._request()
        if chunk is END:
            return plain_object({"value": None, "done": True})
        return plain_object({"value": to_user(chunk), "done": False})

    def releaseLock(self) -> None:
        """Frees the stream for other readers; reads that wait are rejected."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        stream._reader = None
        while stream._requests:
            stream._requests.popleft()._reject(js_error("TypeError", RELEASED))

    def cancel(self, reason: Any = None) -> Promise:
        """Gives the rest of the stream up."""
        if self._stream is None:
            return rejected(js_error("TypeError", RELEASED))
        return self._stream._cancel(reason)

    @property
    def closed(self) -> Promise:
        """A promise of the stream's end."""
        if self._stream is None:
            return rejected(js_error("TypeError", RELEASED))
        return self._stream._closed_promise()

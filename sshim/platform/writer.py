"""What writes to a WritableStream: the writer that `getWriter()` gives."""

from __future__ import annotations

from typing import Any

from sshim.platform.chunks import from_user
from sshim.platform.exceptions import js_error
from sshim.platform.promise import Promise, promising, rejected
from sshim.platform.proxy import JsObject, static
from sshim.platform.writable import WritableStream

_RELEASED = "This WritableStream writer has been released."


class WritableStreamDefaultWriter(JsObject):
    """What `getWriter()` gives."""

    js_name = "WritableStreamDefaultWriter"
    __slots__ = ("_stream",)

    def __init__(self, stream: WritableStream) -> None:
        stream._lock(self)
        self._stream: WritableStream | None = stream

    @static
    def new(cls, stream: Any = None, *rest: Any) -> Any:
        """`new WritableStreamDefaultWriter(stream)`."""
        if not isinstance(stream, WritableStream):
            raise js_error("TypeError", "parameter 1 is not of type 'WritableStream'.")
        return cls._make(stream)

    def _held(self) -> WritableStream:
        if self._stream is None:
            raise js_error("TypeError", _RELEASED)
        return self._stream

    @promising
    async def write(self, chunk: Any = None) -> None:
        """Writes a chunk; the promise settles when the sink has taken it."""
        await self._held()._write(from_user(chunk))

    @promising
    async def close(self) -> None:
        """Closes the sink after what is queued."""
        await self._held()._close()

    @promising
    async def abort(self, reason: Any = None) -> None:
        """Drops what is queued and tells the sink why."""
        await self._held()._abort(reason)

    @property
    def desiredSize(self) -> Any:
        """How many more chunks are wanted; null after an error, 0 once closed."""
        return self._held()._desired()

    @property
    def ready(self) -> Promise:
        """A promise that there is room."""
        if self._stream is None:
            return rejected(js_error("TypeError", _RELEASED))
        return self._stream._ready

    @property
    def closed(self) -> Promise:
        """A promise of the stream's end."""
        if self._stream is None:
            return rejected(js_error("TypeError", _RELEASED))
        return self._stream._closed

    def releaseLock(self) -> None:
        """Frees the stream for other writers; what is queued is still written."""
        if self._stream is not None:
            self._stream._writer = None
            self._stream = None

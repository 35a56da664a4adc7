"""TransformStream, and Workers' own two for bytes: IdentityTransformStream and FixedLengthStream.

A write waits until the readable side wants a chunk, so nothing piles up between the two.
"""

from __future__ import annotations

from typing import Any

from sshim.platform.chunks import PythonBytes, from_user, to_bytes
from sshim.platform.exceptions import js_error
from sshim.platform.options import positional, read_options
from sshim.platform.promise import Promise, adopt, as_exception, is_thenable, pending, run
from sshim.platform.proxy import JsObject, static
from sshim.platform.readable import ReadableStream
from sshim.platform.runtime import is_nullish
from sshim.platform.writable import WritableStream

_STRING = (
    "This TransformStream is being used as a byte stream, but received a string on its writable side. If you "
    "wish to write a string, you'll probably want to explicitly UTF-8-encode it with TextEncoder."
)
_NOT_BYTES = (
    "This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/"
    "ArrayBufferView type on its writable side."
)


class TransformStream(JsObject):
    """`new TransformStream({start, transform, flush, cancel}, writableStrategy, readableStrategy)`."""

    js_name = "TransformStream"
    __slots__ = ("_controller", "_flush", "_gate", "_on_cancel", "_readable", "_transform", "_writable")

    def __init__(
        self,
        transformer: dict[str, Any],
        writable_mark: float = 1,
        readable_mark: float = 0,
        writable_size: Any = None,
        readable_size: Any = None,
    ) -> None:
        self._transform: Any = transformer.get("transform")
        self._flush: Any = transformer.get("flush")
        self._on_cancel: Any = transformer.get("cancel")
        self._gate: Promise | None = None
        self._readable: ReadableStream = ReadableStream._make(
            self._open_gate, self._cancelled, readable_mark, readable_size
        )
        sink = {"write": self._take, "close": self._end, "abort": self._aborted}
        self._writable: WritableStream = WritableStream._make(sink, writable_mark, writable_size)
        self._controller = TransformStreamDefaultController._make(self)

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor; without a transformer chunks pass unchanged."""
        transformer, write, read = (
            read_options(given) for given in (*positional(args, options), None, None, None)[:3]
        )
        write_mark, read_mark = write.get("highWaterMark"), read.get("highWaterMark")
        stream = cls._make(
            transformer,
            1 if is_nullish(write_mark) else write_mark,
            0 if is_nullish(read_mark) else read_mark,
            write.get("size"),
            read.get("size"),
        )
        start: Any = transformer.get("start")
        outcome = None if is_nullish(start) else start(stream._controller)
        if is_thenable(outcome):
            stream._writable._busy = True
            run(stream._writable._wait_for_start(adopt(outcome)))
        return stream

    @property
    def readable(self) -> ReadableStream:
        """The side to read from."""
        return self._readable

    @property
    def writable(self) -> WritableStream:
        """The side to write to."""
        return self._writable

    def _open_gate(self, controller: Any) -> None:
        if self._gate is not None:
            self._gate._fulfil(None)

    async def _wait_for_room(self) -> None:
        while not self._readable._controller._wants():
            if self._writable._errored:
                raise as_exception(self._writable._error)
            if self._readable._controller._closing:
                return
            self._gate = pending()
            await self._gate

    async def _take(self, chunk: Any, controller: Any) -> None:
        await self._wait_for_room()
        if is_nullish(self._transform):
            self._controller.enqueue(chunk)
            return
        await self._ask(self._transform, chunk, self._controller)

    async def _end(self) -> None:
        if not is_nullish(self._flush):
            await self._ask(self._flush, self._controller)
        self._readable._controller._close()

    async def _ask(self, function: Any, *arguments: Any) -> None:
        """Runs a function of the transformer; what it raises breaks the readable side off, too."""
        try:
            outcome = function(*arguments)
            if is_thenable(outcome):
                await adopt(outcome)
        except Exception as reason:
            self._readable._fail(reason)
            raise

    def _aborted(self, reason: Any) -> None:
        self._readable._fail(reason)
        self._open_gate(None)

    def _cancelled(self, reason: Any) -> Any:
        self._writable._fail(reason)
        self._open_gate(None)
        return None if is_nullish(self._on_cancel) else self._on_cancel(reason)


class TransformStreamDefaultController(JsObject):
    """What a transformer's functions get."""

    js_name = "TransformStreamDefaultController"
    __slots__ = ("_stream",)

    def __init__(self, stream: TransformStream) -> None:
        self._stream = stream

    @property
    def desiredSize(self) -> Any:
        """How many more chunks the readable side wants."""
        return self._stream._readable._controller.desiredSize

    def enqueue(self, chunk: Any = None) -> None:
        """Adds a chunk to the readable side."""
        self._stream._readable._controller.enqueue(chunk)

    def error(self, reason: Any = None) -> None:
        """Breaks both sides off."""
        self._stream._readable._fail(reason)
        self._stream._writable._fail(reason)
        self._stream._open_gate(None)

    def terminate(self) -> None:
        """Closes the readable side; what is written from now on is refused."""
        self._stream._readable._controller._close()
        self._stream._writable._fail(js_error("TypeError", "The transform stream has been terminated"))
        self._stream._open_gate(None)


class IdentityTransformStream(TransformStream):
    """`new IdentityTransformStream()`: passes bytes and refuses everything else."""

    js_name = "IdentityTransformStream"
    __slots__ = ()

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        return cls._make({})

    async def _take(self, chunk: Any, controller: Any) -> None:
        try:
            data = byte_chunk(chunk)
            self._count(len(data))
        except Exception as reason:
            self._readable._fail(reason)
            raise
        if data:
            await self._wait_for_room()
            self._readable._controller._enqueue(data)

    def _count(self, size: int) -> None:
        """Told of each chunk's size before it passes."""


class FixedLengthStream(IdentityTransformStream):
    """`new FixedLengthStream(length)`: passes exactly that many bytes, so that a length can be announced."""

    js_name = "FixedLengthStream"
    __slots__ = ("_left",)

    def __init__(self, length: int) -> None:
        super().__init__({})
        self._left = self._readable._length = length

    @static
    def new(cls, length: Any = None, *rest: Any, **options: Any) -> Any:
        """The constructor; the length is a whole number."""
        try:
            size = int(length)
        except (TypeError, ValueError, OverflowError):
            raise js_error(
                "TypeError", "The value cannot be converted because it is not an integer."
            ) from None
        if size < 0:
            raise js_error(
                "TypeError",
                "The value cannot be converted because it is negative and this API expects a positive "
                "bigint.",
            )
        if size >= 2**53:
            raise js_error(
                "TypeError", "FixedLengthStream requires an integer expected length less than 2^53."
            )
        return cls._make(size)

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise js_error("TypeError", "Attempt to write too many bytes through a FixedLengthStream.")

    async def _end(self) -> None:
        if self._left > 0:
            reason = js_error("TypeError", "FixedLengthStream did not see all expected bytes before close().")
            self._readable._fail(reason)
            raise reason
        await super()._end()


def byte_chunk(chunk: Any) -> bytes:
    """The bytes of a chunk written to a byte stream; a TypeError that helps for strings and the rest."""
    chunk = from_user(chunk)
    if isinstance(chunk, str):
        raise js_error("TypeError", _STRING)
    if isinstance(chunk, PythonBytes):
        raise js_error("TypeError", _NOT_BYTES)
    try:
        return bytes(to_bytes(chunk))
    except Exception:
        raise js_error("TypeError", _NOT_BYTES) from None

"""What Request and Response share: a body that is read once, from bytes at hand wherever that is possible.

A body's source is None, `bytes`, an asynchronous iterator of `bytes` (what a server reads), or a
ReadableStream. The stream that JavaScript sees is made only when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from sshim.platform import formdata, json_text
from sshim.platform.blob import Blob, decode, encode
from sshim.platform.buffers import ArrayBuffer, ByteSource
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.formdata import FormData
from sshim.platform.headers import Headers
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_string
from sshim.platform.promise import Promise, rejected, resolved, run
from sshim.platform.proxy import JsObject
from sshim.platform.readable import LOCKED, ReadableStream
from sshim.platform.runtime import is_nullish, runtime
from sshim.platform.typed_arrays import Uint8Array
from sshim.platform.url_search_params import URLSearchParams

USED = "Body has already been used. It can only be used once. Use tee() first if you need to read it twice."
Source = bytes | AsyncIterator[bytes] | ReadableStream | None


class Body(JsObject):
    """The body half of Request and Response; they keep their headers where `headers` finds them."""

    __slots__ = ("_source", "_stream", "_used")

    headers: Headers

    def __init__(self, source: Source) -> None:
        self._source: Source = source
        self._stream: ReadableStream | None = None
        self._used = False
        if source is not None and source.__class__ is not bytes:
            self._set_source(source)

    def _set_source(self, source: Source) -> None:
        self._source = source
        self._stream = source if isinstance(source, ReadableStream) else None

    @property
    def body(self) -> Any:
        """The body as a ReadableStream, the same one each time; null without a body."""
        if self._source is None:
            return runtime.null
        if self._stream is None:
            self._stream = self._make_stream()
        return self._stream

    def _make_stream(self) -> ReadableStream:
        source = self._source
        if self._used:
            # Somebody has read it past the stream: what is left is over, and taken.
            stream = ReadableStream._of_bytes(b"")
            stream._disturbed = True
            stream._lock()
        elif isinstance(source, bytes):
            stream = ReadableStream._of_bytes(source)
        else:
            self._source = stream = stream_of(source, self._body_length())
        return stream

    def _body_length(self) -> int | None:
        """How long an unread asynchronous source is, where a header tells."""
        return None

    @property
    def bodyUsed(self) -> bool:
        """Whether the body was read, or begun."""
        return self._used or (self._stream is not None and self._stream._disturbed)

    @property
    def body_source(self) -> bytes | ReadableStream | None:
        """For a server: takes the body to send it: `bytes` if they are at hand, a stream, None without one.

        Raises the JavaScript error for a body that somebody has read or locked.
        """
        claimed = self._claim()
        if claimed is None or claimed.__class__ is bytes or isinstance(claimed, bytes | ReadableStream):
            return claimed
        self._stream = stream_of(claimed, self._body_length())
        return self._stream

    def _claim(self) -> Source:
        """The source, for one reader, who is the last."""
        source, stream = self._source, self._stream
        if source is None:
            return None
        if self._used or (stream is not None and stream._disturbed):
            raise js_error("TypeError", USED)
        if stream is None:
            self._used = True
            return source
        if stream._reader is not None:
            raise js_error("TypeError", LOCKED)
        self._used = True
        if not isinstance(source, bytes):
            return stream
        # The stream was made but not read: its bytes are still here, so it can be passed by.
        stream._disturbed = True
        stream._lock()
        return source

    def _read(self, convert: Callable[[bytes], Any]) -> Promise:
        try:
            source = self._claim()
            if source is None:
                return resolved(convert(b""))
            if isinstance(source, bytes):
                return resolved(convert(source))
        except JsException as reason:
            return rejected(reason)
        return run(_gather(source, convert))

    def text(self) -> Promise:
        """The body as text."""
        return self._read(decode)

    def json(self) -> Promise:
        """The body as JSON.parse gives it; a SyntaxError for what is not JSON."""
        return self._read(lambda data: json_text.parse(decode(data)))

    def arrayBuffer(self) -> Promise:
        """The body as an ArrayBuffer."""
        return self._read(ArrayBuffer._make)

    def bytes(self) -> Promise:
        """The body as a Uint8Array."""
        return self._read(Uint8Array.from_bytes)

    def blob(self) -> Promise:
        """The body as a Blob of the type that the headers tell."""
        return self._read(lambda data: Blob._make(data, _blob_type(self._content_type())))

    def formData(self) -> Promise:
        """The body as FormData; a TypeError unless the headers name one of its two encodings."""
        return self._read(lambda data: formdata.parse(data, self._content_type()))

    def _content_type(self) -> str:
        value = self.headers.get("content-type")
        return "" if is_nullish(value) else value

    def _split(self) -> Source:
        """The source for a clone; afterwards both read the same."""
        if self.bodyUsed or (self._stream is not None and self._stream.locked):
            raise js_error("TypeError", "This ReadableStream is currently locked to a reader,")
        if self._source is None or isinstance(self._source, bytes):
            return self._source
        first, second = self.body.tee()
        self._source = self._stream = first
        branch: ReadableStream = second
        return branch


async def _gather(source: AsyncIterator[bytes] | ReadableStream, convert: Callable[[bytes], Any]) -> Any:
    chunks = source.iter_bytes() if isinstance(source, ReadableStream) else source
    return convert(b"".join([chunk async for chunk in chunks]))


def stream_of(source: Any, length: int | None) -> ReadableStream:
    """The stream over an asynchronous iterator of bytes; cancelling it closes the iterator."""

    async def pull() -> bytes | None:
        try:
            chunk: bytes = await anext(source)
        except StopAsyncIteration:
            return None
        return chunk

    async def cancel(reason: Any) -> None:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()

    return ReadableStream._of_pull(pull, cancel, length)


def extract(body: Any) -> tuple[Source, str | None]:
    """(source, default content type) of what a constructor was given as a body."""
    body = unwrap(body)
    if is_nullish(body):
        return None, None
    if isinstance(body, str):
        return encode(body), "text/plain;charset=UTF-8"
    if isinstance(body, ByteSource):
        return body.to_bytes(), None
    if isinstance(body, ReadableStream):
        if body._disturbed:
            raise js_error(
                "TypeError",
                "This ReadableStream is disturbed (has already been read from), "
                "and cannot be used as a body.",
            )
        return body, None
    if isinstance(body, Blob):
        return body._data, body.type or None
    if isinstance(body, FormData):
        return body._encode()
    if isinstance(body, URLSearchParams):
        return encode(body.toString()), "application/x-www-form-urlencoded;charset=UTF-8"
    if hasattr(body, "__aiter__") or hasattr(body, "__iter__"):
        return ReadableStream.from_(body), None
    return encode(js_string(body)), "text/plain;charset=UTF-8"


def _blob_type(content_type: str) -> str:
    """A content type as a Blob shows it: names in lower case, values as they are, no blanks."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    shown = [kind.lower()]
    for parameter in filter(None, parameters):
        name, equals, value = parameter.partition("=")
        shown.append(f"{name.lower()}{equals}{value}")
    return ";".join(shown)

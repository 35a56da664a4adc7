"""Blob and File: bytes with a type, and with a name."""

from __future__ import annotations

import time
from typing import Any

from sshim.platform.buffers import ArrayBuffer, ByteSource, bounds
from sshim.platform.exceptions import js_error
from sshim.platform.options import read_options, unwrap
from sshim.platform.primitives import js_number, js_string
from sshim.platform.promise import Promise, resolved
from sshim.platform.proxy import JsObject, static
from sshim.platform.readable import ReadableStream
from sshim.platform.runtime import is_nullish
from sshim.platform.text import scalar_text
from sshim.platform.typed_arrays import Uint8Array

_BOM = b"\xef\xbb\xbf"


def decode(data: bytes) -> str:
    """UTF-8 as bodies are decoded: bad bytes become U+FFFD, a byte order mark at the start goes."""
    return str(data[3:] if data[:3] == _BOM else data, "utf-8", "replace")


def encode(text: str) -> bytes:
    """Text as UTF-8; lone surrogates become U+FFFD."""
    return scalar_text(text).encode()


class Blob(JsObject):
    """`new Blob(parts, {type})`."""

    js_name = "Blob"
    __slots__ = ("_data", "_type")

    def __init__(self, data: bytes, type_: str = "") -> None:
        self._data = data
        self._type = type_

    @static
    def new(cls, parts: Any = None, options: Any = None, **keywords: Any) -> Any:
        """The constructor: parts are text, buffers and Blobs."""
        data = _join(cls.js_name, parts)
        return cls._make(data, _media_type(read_options(options, keywords).get("type")))

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def __len__(self) -> int:
        return len(self._data)

    @property
    def type(self) -> str:
        """The media type in lower case, "" when unknown."""
        return self._type

    def text(self) -> Promise:
        """The content as text, by UTF-8."""
        return resolved(decode(self._data))

    def arrayBuffer(self) -> Promise:
        """The content as an ArrayBuffer."""
        return resolved(ArrayBuffer._make(self._data))

    def bytes(self) -> Promise:
        """The content as a Uint8Array."""
        return resolved(Uint8Array.from_bytes(self._data))

    def stream(self) -> ReadableStream:
        """The content as a stream."""
        return ReadableStream._of_bytes(self._data)

    def slice(self, start: Any = None, end: Any = None, type: Any = None) -> Blob:
        """A Blob of a range of the bytes; negative numbers count from the end."""
        first, last = bounds(_index(start), _index(end, len(self._data)), len(self._data))
        made: Blob = Blob._make(self._data[first:last], _media_type(type))
        return made


class File(Blob):
    """`new File(parts, name, {type, lastModified})`."""

    js_name = "File"
    __slots__ = ("_last_modified", "_name")

    def __init__(self, data: bytes, name: str, type_: str = "", last_modified: Any = None) -> None:
        super().__init__(data, type_)
        self._name = name
        self._last_modified = int(time.time() * 1000) if is_nullish(last_modified) else last_modified

    @static
    def new(cls, parts: Any = None, name: Any = None, options: Any = None, **keywords: Any) -> Any:
        """The constructor."""
        given = read_options(options, keywords)
        data = _join("File", parts)
        return cls._make(data, js_string(name), _media_type(given.get("type")), given.get("lastModified"))

    @property
    def name(self) -> str:
        """The file's name."""
        return self._name

    @property
    def lastModified(self) -> Any:
        """When it was last changed, in milliseconds since 1970."""
        return self._last_modified


def _join(kind: str, parts: Any) -> bytes:
    parts = unwrap(parts)
    if parts is None:
        return b""
    if isinstance(parts, str | bytes | ByteSource) or not hasattr(parts, "__iter__"):
        raise js_error(
            "TypeError", f"Failed to construct '{kind}': constructor parameter 1 is not of type 'Array'."
        )
    pieces = [_piece(unwrap(part)) for part in parts]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _piece(part: Any) -> bytes:
    if isinstance(part, Blob):
        return part._data
    if isinstance(part, ByteSource):
        return part.to_bytes()
    return encode(js_string(part))


def _media_type(value: Any) -> str:
    if is_nullish(value):
        return ""
    text = js_string(value)
    return text.lower() if all(" " <= char <= "~" for char in text) else ""


def _index(value: Any, default: int = 0) -> int:
    """A position as JavaScript reads it: undefined is the default, null is 0, fractions are cut off."""
    if value is None:
        return default
    number = js_number(value)
    if number != number:
        return 0
    return int(max(-(2**53), min(2**53, number)))

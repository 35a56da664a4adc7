"""What travels through streams: JavaScript values, and the platform's own `bytes`."""

from __future__ import annotations

from typing import Any

from sshim.platform.buffers import ByteSource
from sshim.platform.exceptions import js_error
from sshim.platform.options import unwrap
from sshim.platform.typed_arrays import Uint8Array


class End:
    """The type of `END`, which a read gives when the stream is over."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "END"


END = End()


class PythonBytes:
    """Python `bytes` that user code put into a stream: to JavaScript an opaque object."""

    __slots__ = ("value",)

    def __init__(self, value: bytes) -> None:
        self.value = value


def from_user(chunk: Any) -> Any:
    """A chunk as streams hold it, of what user code wrote or enqueued."""
    chunk = unwrap(chunk)
    return PythonBytes(chunk) if isinstance(chunk, bytes) else chunk


def to_user(chunk: Any) -> Any:
    """A chunk as user code reads it: the platform's own bytes become a Uint8Array."""
    if isinstance(chunk, bytes):
        return Uint8Array.from_bytes(chunk)
    return chunk.value if isinstance(chunk, PythonBytes) else chunk


def to_bytes(chunk: Any) -> bytes:
    """The bytes of a chunk; a TypeError for chunks that are not bytes, as a body must be."""
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, ByteSource):
        return chunk.to_bytes()
    raise js_error("TypeError", "This ReadableStream did not return bytes.")

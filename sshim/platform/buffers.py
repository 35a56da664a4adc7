"""ArrayBuffer and DataView, and what all views of bytes share with Python, `to_bytes` and its kin.

Bytes that come in stay the caller's `bytes` object until something writes to them, so that bodies and chunks
pass through without a copy.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.kinds import JsBuffer
from sshim.platform.options import unwrap
from sshim.platform.proxy import JsObject, static


class ByteSource(JsBuffer, JsObject):
    """What ArrayBuffer and its views share. Subclasses say where their bytes are."""

    __slots__ = ()

    def _read(self) -> bytes | bytearray | memoryview:
        """The bytes, for reading only and not to be kept."""
        raise NotImplementedError

    def _write(self) -> memoryview:
        """The bytes as a writable view of unsigned bytes; what it changes, JavaScript sees."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """The content as `bytes`."""
        return bytes(self._read())

    def to_memoryview(self) -> memoryview:
        """A copy of the content as a writable memoryview of the element type."""
        return memoryview(bytearray(self._read()))

    def to_string(self, encoding: str | None = None) -> str:
        """The content decoded, by UTF-8 unless another encoding is named; bad bytes are a ValueError."""
        try:
            return str(self._read(), encoding or "utf-8")
        except UnicodeDecodeError as reason:
            raise ValueError(f"Failed to decode Javascript TypedArray as {encoding or 'utf8'}") from reason

    def to_py(self, *, depth: int = -1, default_converter: Any = None) -> memoryview:
        """The same as `to_memoryview`."""
        return self.to_memoryview()

    def assign(self, source: Any) -> None:
        """Fill this buffer from a Python buffer of the same size; another size is a ValueError."""
        with memoryview(source) as given:
            target = self._write()
            if given.nbytes != target.nbytes:
                # The lengths are the wrong way round in Pyodide too.
                sizes = f"of length {given.nbytes} from buffer of length {target.nbytes}"
                raise ValueError(f"cannot assign to TypedArray {sizes}")
            target[:] = given.cast("B")

    def assign_to(self, target: Any) -> None:
        """Fill a writable Python buffer of the same size from this one; another size is a ValueError."""
        with memoryview(target) as taken:
            source = self._read()
            if taken.nbytes != len(source):
                sizes = f"of length {len(source)} to buffer of length {taken.nbytes}"
                raise ValueError(f"cannot assign from TypedArray {sizes}")
            taken.cast("B")[:] = source

    def to_file(self, file: Any) -> None:
        """Write the content to an open binary file."""
        file.write(self._read())

    def from_file(self, file: Any) -> None:
        """Fill the buffer from an open binary file."""
        file.readinto(self._write())

    def _into_file(self, file: Any) -> None:
        self.to_file(file)

    def __bool__(self) -> bool:
        return len(self._read()) > 0


class ArrayBuffer(ByteSource):
    """A block of bytes. `_make(data)` keeps `bytes` as they are and copies them at the first write."""

    js_name = "ArrayBuffer"
    __slots__ = ("_data",)

    def __init__(self, data: bytes | bytearray | memoryview = b"") -> None:
        self._data = data

    @static
    def new(cls, length: Any = 0, *rest: Any, **options: Any) -> Any:
        """`new ArrayBuffer(length)`."""
        return cls._make(bytearray(index(length, "Invalid array buffer length")))

    @static
    def isView(cls, value: Any = None, *rest: Any) -> bool:
        """Whether the value is a typed array or a DataView."""
        return isinstance(value, ByteSource) and not isinstance(value, ArrayBuffer)

    @property
    def byteLength(self) -> int:
        """The size in bytes."""
        return len(self._data)

    def _read(self) -> bytes | bytearray | memoryview:
        return self._data

    def _write(self) -> memoryview:
        if isinstance(self._data, bytes):
            self._data = bytearray(self._data)
        return memoryview(self._data)

    def slice(self, begin: Any = 0, end: Any = None) -> ArrayBuffer:
        """A copy of the bytes from begin to end; negative numbers count from the end."""
        start, stop = bounds(begin, end, len(self._data))
        made: ArrayBuffer = ArrayBuffer._make(bytes(self._data[start:stop]))
        return made


class View(ByteSource):
    """A window on an ArrayBuffer: the base of typed arrays and DataView. `_size` is in bytes."""

    __slots__ = ("_buffer", "_offset", "_size")

    def __init__(self, buffer: ArrayBuffer, offset: int = 0, size: int | None = None) -> None:
        self._buffer = buffer
        self._offset = offset
        self._size = len(buffer._data) - offset if size is None else size

    @property
    def buffer(self) -> ArrayBuffer:
        """The ArrayBuffer below."""
        return self._buffer

    @property
    def byteOffset(self) -> int:
        """Where the window starts, in bytes."""
        return self._offset

    @property
    def byteLength(self) -> int:
        """The size of the window in bytes."""
        return self._size

    def _read(self) -> bytes | bytearray | memoryview:
        data = self._buffer._data
        if self._size == len(data):
            return data
        return memoryview(data)[self._offset : self._offset + self._size]

    def _write(self) -> memoryview:
        return self._buffer._write()[self._offset : self._offset + self._size]


def index(value: Any, message: str) -> int:
    """A size or position given to a constructor; negative or absurd ones are a RangeError."""
    number = int(value or 0)
    if not 0 <= number < 2**53:
        raise js_error("RangeError", message.replace("%", str(number)))
    return number


def bounds(begin: Any, end: Any, size: int) -> tuple[int, int]:
    """The half-open range that JavaScript's `slice(begin, end)` means in a sequence of this size."""
    start = 0 if begin is None else int(begin)
    stop = size if end is None else int(end)
    start = max(size + start, 0) if start < 0 else min(start, size)
    stop = max(size + stop, 0) if stop < 0 else min(stop, size)
    return start, max(start, stop)


_FIELDS = {
    "Int8": "b",
    "Uint8": "B",
    "Int16": "h",
    "Uint16": "H",
    "Int32": "i",
    "Uint32": "I",
    "Float16": "e",
    "Float32": "f",
    "Float64": "d",
    "BigInt64": "q",
    "BigUint64": "Q",
}


class DataView(View):
    """Numbers of any size at any place of an ArrayBuffer: `getUint16(offset, littleEndian)` and so on."""

    js_name = "DataView"
    __slots__ = ()

    @static
    def new(cls, buffer: Any = None, offset: Any = 0, length: Any = None, *rest: Any) -> Any:
        """`new DataView(buffer, byteOffset, byteLength)`."""
        buffer = unwrap(buffer)
        if not isinstance(buffer, ArrayBuffer):
            raise js_error("TypeError", "First argument to DataView constructor must be an ArrayBuffer")
        start = index(offset, "Start offset % is outside the bounds of the buffer")
        if start > buffer.byteLength:
            raise js_error("RangeError", f"Start offset {start} is outside the bounds of the buffer")
        size = None if length is None else index(length, "Invalid DataView length %")
        if size is not None and start + size > buffer.byteLength:
            raise js_error("RangeError", f"Invalid DataView length {size}")
        return cls._make(buffer, start, size)

    def _place(self, offset: Any, size: int) -> int:
        place = operator.index(offset)
        if place < 0 or place + size > self._size:
            raise js_error("RangeError", "Offset is outside the bounds of the DataView")
        return place


def _getter(code: str) -> Callable[..., Any]:
    little, big = struct.Struct("<" + code), struct.Struct(">" + code)

    def get(self: DataView, offset: Any = 0, littleEndian: Any = False) -> Any:
        packer = little if littleEndian else big
        return packer.unpack_from(self._read(), self._place(offset, packer.size))[0]

    return get


def _setter(code: str) -> Callable[..., Any]:
    little, big = struct.Struct("<" + code), struct.Struct(">" + code)

    def set(self: DataView, offset: Any = 0, value: Any = 0, littleEndian: Any = False) -> None:
        packer = little if littleEndian else big
        packer.pack_into(self._write(), self._place(offset, packer.size), element(code, value))

    return set


for _name, _code in _FIELDS.items():
    setattr(DataView, f"get{_name}", _getter(_code))
    setattr(DataView, f"set{_name}", _setter(_code))


def element(code: str, value: Any) -> Any:
    """A number as an element of the type holds it: integers wrap around."""
    if code in "efd":
        return float(value)
    bits = struct.calcsize("=" + code) * 8
    number = int(value or 0) & ((1 << bits) - 1)
    return number - (1 << bits) if code.islower() and number >> (bits - 1) else number

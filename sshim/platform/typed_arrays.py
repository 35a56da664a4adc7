"""Typed arrays: Uint8Array and its siblings, sequences of numbers over an ArrayBuffer."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from typing import Any

from sshim.platform.buffers import ArrayBuffer, View, bounds, element, index
from sshim.platform.exceptions import js_error
from sshim.platform.kinds import JsTypedArray
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_string, whole
from sshim.platform.proxy import static


class TypedArray(View, JsTypedArray):
    """The base of the typed arrays; `_code` is the element's format letter in `struct` and `memoryview`."""

    js_name = "TypedArray"
    __slots__ = ()
    _code = "B"
    BYTES_PER_ELEMENT = 1

    def __init_subclass__(cls, code: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if code:
            cls._code, cls.BYTES_PER_ELEMENT = code, struct.calcsize(f"={code}")

    @classmethod
    def from_bytes(cls, data: bytes) -> Any:
        """An array over these bytes, which are not copied until something writes to them."""
        return cls._make(ArrayBuffer._make(data), 0, len(data))

    @static
    def new(cls, source: Any = 0, offset: Any = 0, length: Any = None, *rest: Any) -> Any:
        """`new Uint8Array(length | iterable)` or `new Uint8Array(buffer, byteOffset, length)`."""
        source = unwrap(source)
        width = cls.BYTES_PER_ELEMENT
        if isinstance(source, ArrayBuffer):
            return cls._over(
                source, index(offset, "Start offset % is outside the bounds of the buffer"), length
            )
        if source is None or isinstance(source, int | float | str):
            return cls._make(
                ArrayBuffer._make(bytearray(index(source, "Invalid typed array length: %") * width))
            )
        if isinstance(source, TypedArray) and source._code == cls._code:
            return cls.from_bytes(bytes(source._read()))
        return cls._of(source)

    @classmethod
    def _over(cls, buffer: ArrayBuffer, start: int, length: Any) -> Any:
        width = cls.BYTES_PER_ELEMENT
        if start % width:
            raise js_error("RangeError", f"start offset of {cls.js_name} should be a multiple of {width}")
        if length is None and (buffer.byteLength - start) % width:
            raise js_error("RangeError", f"byte length of {cls.js_name} should be a multiple of {width}")
        size = (
            buffer.byteLength - start
            if length is None
            else index(length, "Invalid typed array length: %") * width
        )
        if size < 0 or start + size > buffer.byteLength:
            raise js_error("RangeError", f"Start offset {start} is outside the bounds of the buffer")
        return cls._make(buffer, start, size)

    @classmethod
    def _of(cls, numbers: Any) -> Any:
        try:
            elements = [cls._element(number) for number in numbers]
        except TypeError:
            raise js_error("TypeError", f"{cls.js_name}: the source is not iterable") from None
        return cls.from_bytes(struct.pack(f"={len(elements)}{cls._code}", *elements))

    @static
    def of(cls, *numbers: Any) -> Any:
        """An array of the arguments."""
        return cls._of(numbers)

    @static
    def from_(cls, source: Any, mapper: Any = None) -> Any:
        """`Uint8Array.from(iterable, mapFunction)`."""
        return cls._of(
            unwrap(source) if mapper is None else [mapper(value, i) for i, value in enumerate(source)]
        )

    @classmethod
    def _element(cls, value: Any) -> Any:
        return element(cls._code, value)

    def _own(self) -> dict[str, Any]:
        return {str(i): item for i, item in enumerate(self)} | vars(self)

    @property
    def length(self) -> int:
        """How many elements there are."""
        return self._size // self.BYTES_PER_ELEMENT

    def __len__(self) -> int:
        return self._size // self.BYTES_PER_ELEMENT

    def _items(self) -> Any:
        if self._code in "efd":
            return [whole(number) for number in struct.unpack(f"={len(self)}{self._code}", self._read())]
        return memoryview(self._read()).cast(self._code)  # type: ignore[call-overload]

    def to_memoryview(self) -> Any:
        """A copy of the content as a writable memoryview of the element type."""
        copied = memoryview(bytearray(self._read()))
        return copied if self._code == "e" else copied.cast(self._code)  # type: ignore[call-overload]

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            raise NotImplementedError("Slice subscripting isn't implemented for typed arrays")
        size = len(self)
        place = position + size if position < 0 else position
        if not 0 <= place < size:
            raise IndexError(position)
        return self._items()[place]

    def __setitem__(self, position: Any, value: Any) -> None:
        if isinstance(position, slice):
            raise NotImplementedError("Slice subscripting isn't implemented for typed arrays")
        size = len(self)
        place = position + size if position < 0 else position
        if not 0 <= place < size:
            # JavaScript takes no notice of an element outside.
            return
        width = self.BYTES_PER_ELEMENT
        struct.pack_into("=" + self._code, self._write(), place * width, self._element(value))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items())

    def __contains__(self, value: object) -> bool:
        return any(value == item for item in self)

    def subarray(self, begin: Any = 0, end: Any = None) -> Any:
        """A view of the same memory from begin to end, in elements."""
        start, stop = bounds(begin, end, len(self))
        width = self.BYTES_PER_ELEMENT
        return type(self)._make(self._buffer, self._offset + start * width, (stop - start) * width)

    def slice(self, begin: Any = 0, end: Any = None) -> Any:
        """A copy of the elements from begin to end."""
        start, stop = bounds(begin, end, len(self))
        width = self.BYTES_PER_ELEMENT
        if start == 0 and stop * width == self._size:
            return self.from_bytes(bytes(self._read()))
        return self.from_bytes(bytes(self._read()[start * width : stop * width]))

    def set(self, source: Any, offset: Any = 0) -> None:
        """Copy the elements of another array to this one, from the offset on."""
        given = self._of(unwrap(source))
        start = int(offset or 0) * self.BYTES_PER_ELEMENT
        if start < 0 or start + given._size > self._size:
            raise js_error("RangeError", "offset is out of bounds")
        self._write()[start : start + given._size] = given._read()

    def fill(self, value: Any, begin: Any = 0, end: Any = None) -> Any:
        """Set the elements from begin to end to one value; returns the array."""
        start, stop = bounds(begin, end, len(self))
        width = self.BYTES_PER_ELEMENT
        packed = struct.pack("=" + self._code, self._element(value))
        self._write()[start * width : stop * width] = packed * (stop - start)
        return self

    def at(self, position: Any = 0) -> Any:
        """The element at a position, counted from the end if negative; None outside."""
        place = int(position)
        return self[place] if -len(self) <= place < len(self) else None

    def indexOf(self, value: Any, start: Any = 0) -> int:
        """The first position of a value, or -1."""
        return next((i for i, item in enumerate(self) if i >= start and item == value), -1)

    def includes(self, value: Any) -> bool:
        """Whether an element has the value."""
        return value in self

    def join(self, separator: Any = ",") -> str:
        """The elements as text."""
        return js_string(separator).join(js_string(item) for item in self)

    def toString(self) -> str:
        """The elements as text with commas between."""
        return self.join()


class Uint8Array(TypedArray, code="B"):
    """Bytes."""


class Uint8ClampedArray(TypedArray, code="B"):
    """Bytes whose values stop at 0 and 255 instead of wrapping around."""

    @classmethod
    def _element(cls, value: Any) -> int:
        return max(0, min(255, round(value or 0)))


class Int8Array(TypedArray, code="b"):
    """Signed bytes."""


class Int16Array(TypedArray, code="h"):
    """Signed 16-bit integers."""


class Uint16Array(TypedArray, code="H"):
    """Unsigned 16-bit integers."""


class Int32Array(TypedArray, code="i"):
    """Signed 32-bit integers."""


class Uint32Array(TypedArray, code="I"):
    """Unsigned 32-bit integers."""


class Float16Array(TypedArray, code="e"):
    """16-bit floating point numbers."""


class Float32Array(TypedArray, code="f"):
    """32-bit floating point numbers."""


class Float64Array(TypedArray, code="d"):
    """64-bit floating point numbers."""


class BigInt64Array(TypedArray, code="q"):
    """Signed 64-bit integers."""


class BigUint64Array(TypedArray, code="Q"):
    """Unsigned 64-bit integers."""


TYPES: dict[str, type[TypedArray]] = {kind.js_name: kind for kind in TypedArray.__subclasses__()}


def array_of_type(name: str) -> Any:
    """The class of a typed array by its name."""
    return TYPES[name]


@functools.lru_cache(maxsize=64)
def array_of_format(letters: str, itemsize: int = 1) -> Any:
    """The class for a Python buffer by its format, as `memoryview.format` has it, and by its item size."""
    letter = letters.lstrip("@=<>!")
    if letter in ("c", "s", "p", "?", "B"):
        return Uint8Array
    signs = "e" if letter == "e" else "fd" if letter in "fd" else "bhiq" if letter.islower() else "BHIQ"
    for kind in TYPES.values():
        if kind._code in signs and itemsize == kind.BYTES_PER_ELEMENT:
            return kind
    raise TypeError(f"a buffer of format {letters!r} has no typed array")

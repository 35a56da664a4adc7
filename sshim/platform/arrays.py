"""JavaScript's Array, with the list methods that Pyodide adds to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import JsArray
from sshim.platform.options import unwrap
from sshim.platform.primitives import from_python, js_string, same_value_zero, truthy
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish


class Array(JsArray, JsObject):
    """An array; `_items` is the Python list that it is.

    Callbacks get all the arguments that JavaScript passes: value, index and array.
    """

    js_name = "Array"
    __slots__ = ("_items",)

    def __init__(self, items: list[Any] | None = None) -> None:
        self._items = [] if items is None else items

    @static
    def new(cls, *items: Any) -> Any:
        """`new Array(length)` or `new Array(...items)`."""
        if len(items) == 1 and isinstance(items[0], int | float) and not isinstance(items[0], bool):
            if items[0] != int(items[0]) or not 0 <= items[0] < 2**32:
                raise js_error("RangeError", "Invalid array length")
            return cls._make([None] * int(items[0]))
        return cls._make([from_python(item) for item in items])

    @classmethod
    def _call(cls, *items: Any) -> Any:
        return cls.new(*items)

    @static
    def of(cls, *items: Any) -> Any:
        """`Array.of(...items)`."""
        return cls._make([from_python(item) for item in items])

    @static
    def from_(cls, source: Any = None, mapper: Any = None, *rest: Any) -> Any:
        """`Array.from(iterable | {length}, mapper)`."""
        source = unwrap(source)
        if is_nullish(source):
            kind = "undefined" if source is None else "object null"
            message = f"{kind} is not iterable (cannot read property Symbol(Symbol.iterator))"
            raise js_error("TypeError", message)
        try:
            items = [from_python(item) for item in source]
        except TypeError:
            items = [getattr(source, str(i), None) for i in range(int(getattr(source, "length", 0) or 0))]
        return cls._make(items if mapper is None else [mapper(item, i) for i, item in enumerate(items)])

    @static
    def isArray(cls, value: Any = None) -> bool:
        """Whether the value is an Array."""
        return isinstance(unwrap(value), Array)

    def _own(self) -> dict[str, Any]:
        return {str(i): item for i, item in enumerate(self._items)} | vars(self)

    @property
    def length(self) -> int:
        """The number of items; set it to cut or pad the array."""
        return len(self._items)

    @length.setter
    def length(self, size: int) -> None:
        self._items[size:] = [None] * (size - len(self._items))

    # Python's side

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __reversed__(self) -> Iterator[Any]:
        return iter(self._items[::-1])

    def __contains__(self, value: object) -> bool:
        return any(same_value_zero(value, item) for item in self._items)

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            return Array._make(self._items[position])
        try:
            return self._items[position]
        except IndexError:
            raise IndexError(position) from None

    def __setitem__(self, position: Any, value: Any) -> None:
        if isinstance(position, slice):
            self._items[position] = [from_python(item) for item in value]
            return
        try:
            self._items[position] = from_python(value)
        except IndexError:
            raise IndexError(position) from None

    def __delitem__(self, position: Any) -> None:
        del self._items[position]

    def __add__(self, other: Iterable[Any]) -> Array:
        return self.concat(Array._make(list(other)))

    def __mul__(self, times: int) -> Array:
        return array_of(self._items * times)

    def append(self, value: Any) -> None:
        """Add one item, as Python's lists do."""
        self._items.append(from_python(value))

    def extend(self, values: Iterable[Any]) -> None:
        """Add all items of an iterable, as Python's lists do."""
        self._items.extend(from_python(value) for value in values)

    def insert(self, position: int, value: Any) -> None:
        """Insert before a position, as Python's lists do."""
        self._items.insert(position, from_python(value))

    def remove(self, value: Any) -> None:
        """Remove the first item of this value, as Python's lists do."""
        del self._items[self.index(value)]

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The first position of a value; a ValueError if there is none."""
        for place in range(*slice(start, stop).indices(len(self._items))):
            if same_value_zero(self._items[place], value):
                return place
        raise ValueError(f"{value!r} is not in list")

    def count(self, value: Any) -> int:
        """How many items have the value."""
        return sum(same_value_zero(item, value) for item in self._items)

    def pop(self, position: int = -1) -> Any:
        """Remove and return the item at a position, the last by default; an IndexError if there is none."""
        return self._items.pop(position)

    # JavaScript's side

    def push(self, *items: Any) -> int:
        """Add items at the end; returns the new length."""
        self._items.extend(from_python(item) for item in items)
        return len(self._items)

    def shift(self) -> Any:
        """Remove and return the first item, None if there is none."""
        return self._items.pop(0) if self._items else None

    def unshift(self, *items: Any) -> int:
        """Add items at the front; returns the new length."""
        self._items[:0] = [from_python(item) for item in items]
        return len(self._items)

    def at(self, position: Any = 0) -> Any:
        """The item at a position, counted from the end if negative; None outside."""
        place = int(position)
        return self._items[place] if -len(self._items) <= place < len(self._items) else None

    def concat(self, *others: Any) -> Array:
        """A new array of these items and the others', arrays among them taken apart."""
        items = list(self._items)
        for other in map(unwrap, others):
            items.extend(other._items if isinstance(other, Array) else [from_python(other)])
        return array_of(items)

    def slice(self, begin: Any = None, end: Any = None) -> Array:
        """A new array of the items from begin to end."""
        return array_of(self._items[begin:end])

    def splice(self, start: int = 0, count: int | None = None, *items: Any) -> Array:
        """Remove `count` items from `start` on, put others there; returns the removed ones."""
        first = slice(start, None).indices(len(self._items))[0]
        last = len(self._items) if count is None else min(first + max(count, 0), len(self._items))
        removed = self._items[first:last]
        self._items[first:last] = [from_python(item) for item in items]
        return array_of(removed)

    def reverse(self) -> None:
        """Turn the order around in place, as Python's lists do."""
        self._items.reverse()

    def sort(self, compare: Any = None) -> Array:
        """Sort in place, by text unless a comparison is given; undefined goes last. Returns the array."""
        defined = [item for item in self._items if item is not None]
        defined.sort(key=js_string if is_nullish(compare) else functools.cmp_to_key(compare))
        self._items[:] = defined + [None] * (len(self._items) - len(defined))
        return self

    def fill(self, value: Any = None, begin: Any = None, end: Any = None) -> Array:
        """Set the items from begin to end to one value; returns the array."""
        for place in range(*slice(begin, end).indices(len(self._items))):
            self._items[place] = from_python(value)
        return self

    def join(self, separator: Any = ",") -> str:
        """The items as text; null and undefined are empty."""
        return js_string(separator).join("" if is_nullish(item) else js_string(item) for item in self._items)

    def toString(self) -> str:
        """The items as text with commas between."""
        return self.join()

    def includes(self, value: Any = None) -> bool:
        """Whether an item has the value."""
        return value in self

    def indexOf(self, value: Any = None) -> int:
        """The first position of a value, or -1."""
        return next((i for i, item in enumerate(self._items) if same_value_zero(item, value)), -1)

    def lastIndexOf(self, value: Any = None) -> int:
        """The last position of a value, or -1."""
        places = [i for i, item in enumerate(self._items) if same_value_zero(item, value)]
        return places[-1] if places else -1

    def map(self, callback: Callable[..., Any]) -> Array:
        """A new array of what the callback makes of each item."""
        return array_of([from_python(callback(item, i, self)) for i, item in enumerate(list(self._items))])

    def filter(self, callback: Callable[..., Any]) -> Array:
        """A new array of the items for which the callback is true."""
        return array_of([item for i, item in enumerate(list(self._items)) if truthy(callback(item, i, self))])

    def forEach(self, callback: Callable[..., Any]) -> None:
        """Call the callback for each item."""
        for i, item in enumerate(list(self._items)):
            callback(item, i, self)

    def find(self, callback: Callable[..., Any]) -> Any:
        """The first item for which the callback is true, else None."""
        place = self.findIndex(callback)
        return None if place < 0 else self._items[place]

    def findIndex(self, callback: Callable[..., Any]) -> int:
        """The first position for which the callback is true, else -1."""
        return next((i for i, item in enumerate(list(self._items)) if truthy(callback(item, i, self))), -1)

    def some(self, callback: Callable[..., Any]) -> bool:
        """Whether the callback is true for any item."""
        return self.findIndex(callback) >= 0

    def every(self, callback: Callable[..., Any]) -> bool:
        """Whether the callback is true for all items."""
        return all(truthy(callback(item, i, self)) for i, item in enumerate(list(self._items)))

    def reduce(self, callback: Callable[..., Any], *initial: Any) -> Any:
        """Fold the items from the left: `callback(accumulator, item, index, array)`."""
        steps = enumerate(list(self._items))
        if initial:
            total = initial[0]
        elif self._items:
            total = next(steps)[1]
        else:
            raise js_error("TypeError", "Reduce of empty array with no initial value")
        for i, item in steps:
            total = callback(total, item, i, self)
        return total

    def flat(self, depth: int = 1) -> Array:
        """A new array with the arrays inside taken apart, to a depth."""
        items: list[Any] = []
        for item in self._items:
            deeper = isinstance(item, Array) and depth >= 1
            items.extend(item.flat(depth - 1)._items if deeper else [item])
        return array_of(items)

    def flatMap(self, callback: Callable[..., Any]) -> Array:
        """`map`, then `flat`."""
        return self.map(callback).flat()

    def entries(self) -> Any:
        """An iterator of [index, item] arrays."""
        return Iterated._make((array_of([i, item]) for i, item in enumerate(self._items)), "Array Iterator")

    def values(self) -> Any:
        """An iterator of the items."""
        return Iterated._make(self._items, "Array Iterator")


def array_of(items: list[Any]) -> Array:
    """The array that is this list: `Array._make` for where many are made."""
    made = _new(Array)
    made._items = items
    return made


_new = object.__new__

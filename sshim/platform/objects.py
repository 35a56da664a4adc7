"""JavaScript's containers: Object, Array, Map and Set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sshim.platform.kinds import JsArray, JsIterable, JsMutableMap
from sshim.platform.proxy import JsObject
from sshim.platform.runtime import runtime


class Object(JsObject):
    """A plain object, such as `{a: 1}`. Its properties are its Python attributes."""

    js_name = "Object"

    def __init__(self, properties: dict[str, Any] | None = None) -> None:
        if properties:
            self.__dict__.update(properties)


class Array(JsArray, JsObject):
    """An array; `_items` is the Python list that it is."""

    js_name = "Array"
    __slots__ = ("_items",)

    def __init__(self, items: list[Any] | None = None) -> None:
        self._items = [] if items is None else items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, position: Any) -> Any:
        return self._items[position]


class Map(JsMutableMap, JsObject):
    """A Map; `_entries` is the Python dict that it is."""

    js_name = "Map"
    __slots__ = ("_entries",)

    def __init__(self, entries: dict[Any, Any] | None = None) -> None:
        self._entries = {} if entries is None else entries


class Set(JsIterable, JsObject):
    """A Set; `_entries` is a dict whose keys are the members in order."""

    js_name = "Set"
    __slots__ = ("_entries",)

    def __init__(self, members: Any = ()) -> None:
        self._entries = dict.fromkeys(members)


def plain_object(properties: dict[str, Any]) -> Any:
    """A plain JavaScript object with these properties, which are JavaScript values already."""
    return Object._make(properties)


def from_json(value: Any) -> Any:
    """A JavaScript value of what Python's `json.loads` gives, as `JSON.parse` would have made it."""
    if value is None:
        return runtime.null
    if isinstance(value, dict):
        return Object._make({key: from_json(item) for key, item in value.items()})
    if isinstance(value, list):
        return Array._make([from_json(item) for item in value])
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value

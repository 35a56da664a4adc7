"""JavaScript's plain objects: `Object`, its functions, and what JSON text becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sshim.platform.arrays import Array, array_of
from sshim.platform.exceptions import js_error
from sshim.platform.maps import LiteralMap, Map, Set
from sshim.platform.options import unwrap
from sshim.platform.primitives import from_python, js_string, same_value_zero, whole
from sshim.platform.proxy import JsObject, JsProxy, own_properties, static
from sshim.platform.runtime import is_nullish, runtime

__all__ = ["Array", "LiteralMap", "Map", "Object", "Set", "from_json", "plain_object", "properties_of"]


class Object(JsObject):
    """A plain object, such as `{a: 1}`. Its properties are its Python attributes."""

    js_name = "Object"

    class _Constructor:
        """Gives way to a property of the same name, which `constructor` of other classes does not."""

        def __get__(self, instance: Any, owner: type) -> type:
            return owner

    constructor: Any = _Constructor()

    def __init__(self, properties: dict[str, Any] | None = None) -> None:
        if properties:
            self.__dict__.update(properties)

    def __bool__(self) -> bool:
        # Pyodide takes an object whose size is 0 for an empty container.
        sizes = (self.__dict__.get("size"), self.__dict__.get("byteLength"))
        return not any(size == 0 and size is not False for size in sizes)

    @static
    def new(cls, value: Any = None, *rest: Any, **properties: Any) -> Any:
        """`new Object()`, or the argument itself if it is an object."""
        if properties and value is None:
            return cls._make(properties)
        return cls._make() if is_nullish(value) else value

    @classmethod
    def _call(cls, *args: Any, **properties: Any) -> Any:
        return cls.new(*args, **properties)

    @static
    def fromEntries(cls, entries: Any = None, *rest: Any) -> Any:
        """`Object.fromEntries(iterable of [name, value])`."""
        made: Any = cls._make()
        properties = made.__dict__
        for name, value in Map.new(entries).items() if not isinstance(entries, Map) else entries.items():
            properties[js_string(name)] = value
        return made

    @static
    def entries(cls, value: Any = None) -> Any:
        """`Object.entries(value)`."""
        return Array._make([Array._make([name, item]) for name, item in properties_of(value).items()])

    @static
    def keys(cls, value: Any = None) -> Any:
        """`Object.keys(value)`."""
        return Array._make(list(properties_of(value)))

    @static
    def values(cls, value: Any = None) -> Any:
        """`Object.values(value)`."""
        return Array._make(list(properties_of(value).values()))

    @static
    def assign(cls, target: Any = None, *sources: Any) -> Any:
        """`Object.assign(target, ...sources)`."""
        if is_nullish(target):
            raise js_error("TypeError", "Cannot convert undefined or null to object")
        for source in sources:
            if not is_nullish(source):
                for name, item in properties_of(source).items():
                    setattr(target, name, item)
        return target

    @static
    def create(cls, prototype: Any = None, *rest: Any) -> Any:
        """`Object.create(prototype)`: a new object with the prototype's properties."""
        return cls._make({} if is_nullish(prototype) else dict(properties_of(prototype)))

    @static
    def hasOwn(cls, value: Any = None, name: Any = None) -> bool:
        """`Object.hasOwn(value, name)`."""
        return js_string(name) in properties_of(value)

    @static
    def groupBy(cls, items: Any = None, callback: Callable[..., Any] | None = None) -> Any:
        """`Object.groupBy(items, callback)`: an object of arrays by what the callback says of each item."""
        if callback is None:
            raise js_error("TypeError", "undefined is not a function")
        groups: dict[str, list[Any]] = {}
        for i, item in enumerate(items):
            groups.setdefault(js_string(callback(item, i)), []).append(from_python(item))
        return cls._make({name: Array._make(group) for name, group in groups.items()})

    @static
    def freeze(cls, value: Any = None) -> Any:
        """`Object.freeze(value)`: the value; changes to it are not prevented here."""
        return value


def _is(cls: type, left: Any = None, right: Any = None) -> bool:
    return same_value_zero(left, right)


# `is` is a word of Python's own, so it can be reached only with an underscore after it or by getattr.
Object.is_ = static(_is)  # type: ignore[attr-defined]


def properties_of(value: Any) -> dict[str, Any]:
    """The own properties of any value, as `Object.entries` lists them.

    A Python dict shows its text keys from Pyodide 0.28 on; other Python objects have no properties.
    """
    value = unwrap(value)
    if is_nullish(value):
        raise js_error("TypeError", "Cannot convert undefined or null to object")
    if isinstance(value, JsProxy):
        return own_properties(value)
    if isinstance(value, dict):
        if not runtime.dicts_have_properties:
            return {}
        return {key: item for key, item in value.items() if isinstance(key, str)}
    if isinstance(value, str | list | tuple):
        return {str(i): item for i, item in enumerate(value)}
    return {}


def plain_object(properties: dict[str, Any]) -> Any:
    """A plain JavaScript object that has this dict, of JavaScript values, as its properties."""
    made = _new(Object)
    made.__dict__ = properties
    return made


_new = object.__new__


def from_json(value: Any) -> Any:
    """A JavaScript value of what Python's `json.loads` gives, as `JSON.parse` would have made it."""
    if value is None:
        return runtime.null
    if isinstance(value, dict):
        return plain_object({key: from_json(item) for key, item in value.items()})
    if isinstance(value, list):
        return array_of([from_json(item) for item in value])
    return whole(value) if isinstance(value, float) else value

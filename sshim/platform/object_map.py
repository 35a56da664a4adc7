"""`as_object_map` and `as_py_json`: an object's properties as a Python mapping, without copying them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.kinds import JsMutableMap
from sshim.platform.objects import Object
from sshim.platform.primitives import from_python
from sshim.platform.proxy import JsObject, JsProxy, own_properties

_MISSING = object()


def as_py_json(value: Any) -> Any:
    """A plain object as a mapping, an array as a sequence, and so on inside; any other value itself."""
    if type(value) is Object:
        return ObjectMap._make(value, True)
    return JsonArray._make(value._items) if isinstance(value, Array) else value


class JsonArray(Array):
    """An array whose objects are read as mappings. It shares the items of the array it stands for."""

    js_name = "Array"
    __slots__ = ()

    def __getitem__(self, position: Any) -> Any:
        return as_py_json(super().__getitem__(position))

    def __iter__(self) -> Iterator[Any]:
        return map(as_py_json, self._items)


class ObjectMap(JsMutableMap, JsObject):
    """A mapping over the own properties of an object."""

    js_name = "Object"
    __slots__ = ("_hereditary", "_target")

    def __init__(self, target: JsProxy, hereditary: bool) -> None:
        self._target = target
        self._hereditary = hereditary

    def _read(self, value: Any) -> Any:
        return as_py_json(value) if self._hereditary else value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def __len__(self) -> int:
        return len(own_properties(self._target))

    def __iter__(self) -> Iterator[str]:
        return iter(list(own_properties(self._target)))

    def __contains__(self, name: object) -> bool:
        return name in own_properties(self._target)

    def __getitem__(self, name: str) -> Any:
        return self._read(own_properties(self._target)[name])

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._target, name, from_python(value))

    def __delitem__(self, name: str) -> None:
        if name not in own_properties(self._target):
            raise KeyError(name)
        delattr(self._target, name)

    def get(self, name: str, default: Any = None) -> Any:
        """The property, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def keys(self) -> list[str]:
        """The names."""
        return list(self)

    def values(self) -> list[Any]:
        """The values."""
        return [self[name] for name in self]

    def items(self) -> list[tuple[str, Any]]:
        """The (name, value) tuples."""
        return [(name, self[name]) for name in self]

    def pop(self, name: str, default: Any = _MISSING) -> Any:
        """Remove a property and return its value; a KeyError without it and without a default."""
        if name not in self and default is not _MISSING:
            return default
        value = self[name]
        del self[name]
        return value

    def update(self, other: Any = (), **keywords: Any) -> None:
        """Take over the entries of a mapping or of an iterable of pairs."""
        for name, value in [*dict(other).items(), *keywords.items()]:
            self[name] = value

    def to_py(self, *, depth: int = -1, default_converter: Any = None) -> Any:
        """The Python copy of the object."""
        return self._target.to_py(depth=depth, default_converter=default_converter)

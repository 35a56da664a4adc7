"""JavaScript's Map and Set, and LiteralMap: the Map that Pyodide makes of a Python dict."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, cast

from sshim.platform.arrays import Array
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import JsIterable, JsMutableMap
from sshim.platform.options import unwrap
from sshim.platform.primitives import from_python, js_string, typeof
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish

_MISSING = object()


class _Key:
    """Stands in a Python dict for a boolean key, since `True == 1` in Python but not in JavaScript."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.value is self.value

    def __hash__(self) -> int:
        return hash(("boolean", self.value))


class _Identity:
    """Stands in a Python dict for an unhashable Python object, by identity as in JavaScript."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def _key(value: Any) -> Any:
    value = from_python(value)
    if isinstance(value, bool):
        return _Key(value)
    return _Identity(value) if type(value).__hash__ is None else value


def _open(key: Any) -> Any:
    return key.value if isinstance(key, _Key | _Identity) else key


def not_iterable(value: Any) -> JsException:
    """The TypeError for a value that should have been iterable."""
    kind = "object" if is_nullish(value) and value is not None else typeof(value)
    what = "undefined" if value is None else f"{kind} {js_string(value)}"
    return js_error("TypeError", f"{what} is not iterable (cannot read property Symbol(Symbol.iterator))")


def _pairs(source: Any) -> Iterable[tuple[Any, Any]]:
    source = unwrap(source)
    if is_nullish(source):
        return
    if isinstance(source, Map):
        source = source.entries()
    try:
        entries = iter(source)
    except TypeError:
        raise not_iterable(source) from None
    for entry in entries:
        try:
            pair = list(unwrap(entry)) if not isinstance(entry, str) else None
        except TypeError:
            pair = None
        if pair is None:
            raise js_error("TypeError", f"Iterator value {js_string(entry)} is not an entry object")
        key, value, *_ = [*pair, None, None]
        yield key, value


class _Keyed(JsObject):
    """What Map and Set have in common: `_entries`, a Python dict, whose keys Python iterates over."""

    __slots__ = ("_entries",)

    _entries: dict[Any, Any]

    @property
    def size(self) -> int:
        """The number of keys."""
        return len(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return map(_open, self._entries)

    def __contains__(self, key: object) -> bool:
        return _key(key) in self._entries

    def has(self, key: Any = None) -> bool:
        """Whether there is such a key."""
        return key in self

    def delete(self, key: Any = None) -> bool:
        """Remove a key; returns whether it was there."""
        return self._entries.pop(_key(key), _MISSING) is not _MISSING

    def clear(self) -> None:
        """Remove all keys."""
        self._entries.clear()


class Map(JsMutableMap, _Keyed):
    """A Map: its entries are those of a dict."""

    js_name = "Map"
    __slots__ = ()

    def __init__(self, entries: Mapping[Any, Any] | None = None) -> None:
        self._entries = {}
        for key, value in (entries or {}).items():
            self._entries[_key(key)] = from_python(value)

    @static
    def new(cls, source: Any = None, *rest: Any) -> Any:
        """`new Map(iterable of [key, value])`."""
        made = cls._make()
        for key, value in _pairs(source):
            made[key] = value
        return made

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._entries[_key(key)]
        except KeyError:
            raise KeyError(key) from None

    def __setitem__(self, key: Any, value: Any) -> None:
        self._entries[_key(key)] = from_python(value)

    def __delitem__(self, key: Any) -> None:
        try:
            del self._entries[_key(key)]
        except KeyError:
            raise KeyError(key) from None

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return self._entries.get(_key(key), default)

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Remove a key and return its value; a KeyError without it and without a default."""
        if _key(key) not in self._entries and default is _MISSING:
            raise KeyError(key)
        return self._entries.pop(_key(key), default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value of a key, which the default becomes if it had none."""
        return self._entries.setdefault(_key(key), from_python(default))

    def update(self, other: Any = (), **keywords: Any) -> None:
        """Take over the entries of a mapping or of an iterable of pairs."""
        for key, value in [*dict(other).items(), *keywords.items()]:
            self[key] = value

    def set(self, key: Any = None, value: Any = None) -> Map:
        """Set an entry; returns the Map."""
        self[key] = value
        return self

    def keys(self) -> KeysView[Any]:
        """The keys, as a view like a dict's."""
        return KeysView(cast("Mapping[Any, Any]", self))

    def values(self) -> ValuesView[Any]:
        """The values, as a view like a dict's."""
        return ValuesView(cast("Mapping[Any, Any]", self))

    def items(self) -> ItemsView[Any, Any]:
        """The (key, value) tuples, as a view like a dict's."""
        return ItemsView(cast("Mapping[Any, Any]", self))

    def entries(self) -> Any:
        """An iterator of [key, value] arrays."""
        pairs = (Array._make([_open(key), value]) for key, value in list(self._entries.items()))
        return Iterated._make(pairs, "Map Iterator")

    def forEach(self, callback: Callable[..., Any]) -> None:
        """Call `callback(value, key, map)` for each entry."""
        for key, value in list(self._entries.items()):
            callback(value, _open(key), self)


class LiteralMap(Map):
    """The Map that `to_js` makes of a dict: keys that are text can be read as properties too."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self._entries[name]
        except KeyError:
            return super().__getattr__(name)

    def __bool__(self) -> bool:
        # Its own key "size" would hide the Map's, so Pyodide does not look at it.
        return True

    def toString(self) -> str:
        """The same as a Map's."""
        return "[object Map]"

    def _own(self) -> dict[str, Any]:
        return {key: value for key, value in self._entries.items() if isinstance(key, str)} | vars(self)


class Set(JsIterable, _Keyed):
    """A Set: its members are the keys of a dict, in their order."""

    js_name = "Set"
    __slots__ = ()

    def __init__(self, members: Iterable[Any] = ()) -> None:
        self._entries = {_key(member): None for member in members}

    @static
    def new(cls, source: Any = None, *rest: Any) -> Any:
        """`new Set(iterable)`."""
        source = unwrap(source)
        try:
            return cls._make(() if is_nullish(source) else source)
        except TypeError:
            raise not_iterable(source) from None

    def add(self, value: Any = None) -> Set:
        """Add a member; returns the Set."""
        self._entries[_key(value)] = None
        return self

    def values(self) -> Any:
        """An iterator of the members."""
        return Iterated._make(list(self), "Set Iterator")

    keys = values

    def entries(self) -> Any:
        """An iterator of [member, member] arrays."""
        return Iterated._make((Array._make([member, member]) for member in list(self)), "Set Iterator")

    def forEach(self, callback: Callable[..., Any]) -> None:
        """Call `callback(member, member, set)` for each member."""
        for member in list(self):
            callback(member, member, self)

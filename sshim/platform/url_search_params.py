"""URLSearchParams: the parameters of a query or of a url-encoded form, in order."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, cast
from urllib.parse import quote_plus, unquote_to_bytes

from sshim.platform.arrays import Array
from sshim.platform.exceptions import js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import JsMutableMap
from sshim.platform.maps import Map
from sshim.platform.objects import properties_of
from sshim.platform.options import Options, unwrap
from sshim.platform.primitives import js_string
from sshim.platform.proxy import JsObject, JsProxy, static
from sshim.platform.runtime import JsNull, runtime
from sshim.platform.text import scalar_text

_MISSING = object()


def decode(query: str) -> list[tuple[str, str]]:
    """The pairs of `application/x-www-form-urlencoded` text; bad escapes stay, bad UTF-8 is replaced."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_plain(name), _plain(value)))
    return pairs


def _plain(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text


def encode(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs as `application/x-www-form-urlencoded` text."""
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)


def _escaped(text: str) -> str:
    # urllib never escapes the tilde, the standard always does.
    return quote_plus(text, safe="*").replace("~", "%7E")


class URLSearchParams(JsMutableMap, JsObject):
    """Parameters with repeats. `changed` hears the new text after each change.

    Having `size`, `get` and `has`, it is a map to Pyodide: Python iterates over its names.
    """

    js_name = "URLSearchParams"
    __slots__ = ("_changed", "_pairs")

    def __init__(self, query: str = "", changed: Callable[[str], None] | None = None) -> None:
        self._changed = changed
        self._read(query)

    def _read(self, query: str) -> None:
        self._pairs = decode(query)

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed(encode(self._pairs))

    @static
    def new(cls, init: Any = None, *rest: Any, **parameters: Any) -> Any:
        """`new URLSearchParams(text | pairs | record)`; a Python dict counts as a record, as users expect."""
        if parameters and init is None:
            init = Options(parameters)
        init = unwrap(init)
        if init is None:
            return cls._make()
        if isinstance(init, str):
            return cls._make(scalar_text(init).removeprefix("?"))
        if isinstance(init, int | float | JsNull):
            return cls._make(js_string(init))
        made = cls._make()
        if isinstance(init, URLSearchParams):
            made._pairs = list(init._pairs)
        elif isinstance(init, dict | Map):
            made._pairs = [(_text(name), _text(value)) for name, value in init.items()]
        elif hasattr(type(init), "__iter__"):
            made._pairs = [_two(pair) for pair in init]
        elif isinstance(init, JsProxy):
            made._pairs = [(_text(name), _text(value)) for name, value in properties_of(init).items()]
        else:
            made._read(scalar_text(js_string(init)))
        return made

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def append(self, name: Any = _MISSING, value: Any = _MISSING) -> None:
        """Add a pair at the end."""
        self._pairs.append((_argument("append", 1, name), _argument("append", 2, value)))
        self._tell()

    def set(self, name: Any = _MISSING, value: Any = _MISSING) -> None:
        """Give the name one value, in the place of its first."""
        wanted, given = _argument("set", 1, name), _argument("set", 2, value)
        places = [i for i, pair in enumerate(self._pairs) if pair[0] == wanted]
        if places:
            self._pairs[places[0]] = (wanted, given)
            self._pairs = [pair for i, pair in enumerate(self._pairs) if i not in places[1:]]
        else:
            self._pairs.append((wanted, given))
        self._tell()

    def delete(self, name: Any = _MISSING, value: Any = None) -> None:
        """Remove a name, or only its pairs with the value."""
        wanted = _argument("delete", 1, name)
        given = None if value is None else _text(value)
        self._pairs = [p for p in self._pairs if p[0] != wanted or given not in (None, p[1])]
        self._tell()

    def get(self, name: Any = _MISSING) -> Any:
        """The first value of a name, or null."""
        wanted = _argument("get", 1, name)
        return next((value for key, value in self._pairs if key == wanted), runtime.null)

    def getAll(self, name: Any = _MISSING) -> Any:
        """All values of a name, as an Array."""
        wanted = _argument("getAll", 1, name)
        return Array._make([value for key, value in self._pairs if key == wanted])

    def has(self, name: Any = _MISSING, value: Any = None) -> bool:
        """Whether the name is there, with this value if one is given."""
        wanted = _argument("has", 1, name)
        given = None if value is None else _text(value)
        return any(key == wanted and given in (None, item) for key, item in self._pairs)

    def sort(self) -> None:
        """Sort by name, in UTF-16 order; pairs of one name keep their order."""
        self._pairs.sort(key=lambda pair: pair[0].encode("utf-16-be"))
        self._tell()

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._pairs])

    def __contains__(self, name: object) -> bool:
        return self.has(name)

    def __getitem__(self, name: Any) -> Any:
        return self.get(name)

    def __setitem__(self, name: Any, value: Any) -> None:
        self.set(name, value)

    def entries(self) -> Any:
        """An iterator of [name, value] arrays."""
        return Iterated._make((Array._make(list(pair)) for pair in list(self._pairs)), "EntryIterator")

    def keys(self) -> KeysView[str]:
        """The names, as a view like a dict's."""
        return KeysView(cast("Mapping[str, str]", self))

    def values(self) -> ValuesView[str]:
        """The first value of each name, as a view like a dict's."""
        return ValuesView(cast("Mapping[str, str]", self))

    def items(self) -> ItemsView[str, str]:
        """The (name, first value) tuples, as a view like a dict's."""
        return ItemsView(cast("Mapping[str, str]", self))

    def forEach(self, callback: Callable[..., Any], *rest: Any) -> None:
        """Call `callback(value, name, parameters)` for each pair."""
        for name, value in list(self._pairs):
            callback(value, name, self)

    def toString(self) -> str:
        """The parameters as a query without question mark."""
        return encode(self._pairs)


def _text(value: Any) -> str:
    return scalar_text(js_string(unwrap(value)))


def _argument(method: str, place: int, value: Any) -> str:
    if value is _MISSING:
        message = f"parameter {place} is not of type 'string'."
        raise js_error("TypeError", f"Failed to execute '{method}' on 'URLSearchParams': {message}")
    return _text(value)


def _two(pair: Any) -> tuple[str, str]:
    pair = unwrap(pair)
    try:
        name, value = [] if isinstance(pair, str) else pair
    except (TypeError, ValueError):
        raise js_error("TypeError", "Invalid URL search params sequence.") from None
    return _text(name), _text(value)

"""Headers: a multimap of HTTP header fields, with workerd's rules and error texts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sshim.platform.arrays import Array, array_of
from sshim.platform.exceptions import js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import JsIterable
from sshim.platform.maps import Map
from sshim.platform.objects import properties_of
from sshim.platform.options import Options, unwrap
from sshim.platform.primitives import js_string
from sshim.platform.proxy import JsObject, JsProxy, static
from sshim.platform.runtime import runtime
from sshim.platform.text import scalar_text

# workerd refuses ASCII that is no token character, and lets the rest and the empty name pass.
_BAD_NAME = re.compile(r'[\x00-\x20"(),/:;<=>?@\[\\\]{}\x7f]')
_BAD_VALUE = re.compile(r"[\x00\r\n]")
_MISSING = object()


@functools.lru_cache(maxsize=1024)
def _lower(name: str) -> str:
    if _BAD_NAME.search(name):
        raise js_error("TypeError", "Invalid header name.")
    return name.lower()


def _value(value: Any) -> str:
    if type(value) is str and value.isascii() and value.isprintable() and value == value.strip():
        return value
    text = scalar_text(js_string(value)).strip(" \t\r\n")
    if _BAD_VALUE.search(text):
        raise js_error("TypeError", "Invalid header value.")
    return text


class Headers(JsIterable, JsObject):
    """Header fields. Iterates as [name, value]: names in lower case and sorted, their values joined by ", ".

    Only Set-Cookie is never joined. `_fields` maps the lower-case name to [name as written, value, …].
    """

    js_name = "Headers"
    __slots__ = ("_fields", "_immutable")

    def __init__(self) -> None:
        self._fields: dict[str, list[str]] = {}
        self._immutable = False

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]], *, immutable: bool = False) -> Headers:
        """Headers of fields that came over the wire: taken as they are, without checks."""
        made: Headers = cls._make()
        fields = made._fields
        for name, value in pairs:
            field = fields.get(lower := name.lower())
            if field is None:
                fields[lower] = [name, value]
            else:
                field.append(value)
        made._immutable = immutable
        return made

    def raw_items(self) -> list[tuple[str, str]]:
        """The fields for the wire: names as written, repeated values joined except Set-Cookie's."""
        pairs = []
        for lower, field in self._fields.items():
            if len(field) == 2:
                pairs.append((field[0], field[1]))
            elif lower == "set-cookie":
                pairs.extend((field[0], value) for value in field[1:])
            else:
                pairs.append((field[0], ", ".join(field[1:])))
        return pairs

    def copy(self) -> Headers:
        """A changeable copy."""
        made: Headers = Headers._make()
        made._fields = {lower: list(field) for lower, field in self._fields.items()}
        return made

    @static
    def new(cls, init: Any = None, *rest: Any, **fields: Any) -> Any:
        """`new Headers(headers | pairs | record)`; a Python dict counts as a record, as users expect."""
        if fields and init is None:
            init = Options(fields)
        init = unwrap(init)
        if isinstance(init, Headers):
            return init.copy()
        made = cls._make()
        if init is not None:
            made._fill(init)
        return made

    def _fill(self, init: Any) -> None:
        if isinstance(init, dict):
            pairs: Iterable[Any] = init.items()
        elif isinstance(init, Map):
            pairs = init.items()
        elif isinstance(init, str | int | float) or init is runtime.null:
            pairs = _refuse()
        elif hasattr(type(init), "__iter__"):
            pairs = init
        elif isinstance(init, JsProxy):
            pairs = properties_of(init).items()
        else:
            pairs = _refuse()
        for pair in pairs:
            name, value = pair if type(pair) is tuple and len(pair) == 2 else _two(unwrap(pair))
            self.append(name, value)

    def _changeable(self) -> dict[str, list[str]]:
        if self._immutable:
            raise js_error("TypeError", "Can't modify immutable headers.")
        return self._fields

    def append(self, name: Any = _MISSING, value: Any = _MISSING) -> None:
        """Add a value, beside those that the name has."""
        text = _name("append", name, value)
        lower, given, fields = _lower(text), _value(value), self._changeable()
        if (field := fields.get(lower)) is None:
            fields[lower] = [text, given]
        else:
            field.append(given)

    def set(self, name: Any = _MISSING, value: Any = _MISSING) -> None:
        """Set the one value of a name."""
        text = _name("set", name, value)
        lower, given, fields = _lower(text), _value(value), self._changeable()
        fields[lower] = [fields[lower][0] if lower in fields else text, given]

    def delete(self, name: Any = _MISSING) -> None:
        """Remove a name with all its values."""
        self._changeable().pop(_lower(_name("delete", name)), None)

    def get(self, name: Any = _MISSING) -> Any:
        """The values of a name joined by ", ", or null."""
        field = self._fields.get(_lower(_name("get", name)))
        if field is None:
            return runtime.null
        return field[1] if len(field) == 2 else ", ".join(field[1:])

    def has(self, name: Any = _MISSING) -> bool:
        """Whether there is such a name."""
        return _lower(_name("has", name)) in self._fields

    def getSetCookie(self) -> Any:
        """The values of Set-Cookie, as an Array."""
        return Array._make(self._fields.get("set-cookie", [""])[1:])

    def getAll(self, name: Any = _MISSING) -> Any:
        """The same as `getSetCookie`: other names than Set-Cookie are refused."""
        if _lower(_name("getAll", name)) != "set-cookie":
            raise js_error("TypeError", 'getAll() can only be used with the header name "Set-Cookie".')
        return self.getSetCookie()

    def _sorted(self) -> Iterator[tuple[str, str]]:
        for name, field in sorted(self._fields.items()):
            if len(field) == 2:
                yield name, field[1]
            elif name == "set-cookie":
                for value in field[1:]:
                    yield name, value
            else:
                yield name, ", ".join(field[1:])

    def __iter__(self) -> Iterator[Any]:
        return (array_of([name, value]) for name, value in self._sorted())

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __contains__(self, name: object) -> bool:
        return self.has(name)

    def entries(self) -> Any:
        """An iterator of [name, value] arrays."""
        return Iterated._make(self, "EntryIterator")

    def keys(self) -> Any:
        """An iterator of the names."""
        return Iterated._make((name for name, _ in self._sorted()), "KeyIterator")

    def values(self) -> Any:
        """An iterator of the values."""
        return Iterated._make((value for _, value in self._sorted()), "ValueIterator")

    def forEach(self, callback: Callable[..., Any], *rest: Any) -> None:
        """Call `callback(value, name, headers)` for each field."""
        for name, value in list(self._sorted()):
            callback(value, name, self)


def _name(method: str, name: Any, value: Any = "") -> str:
    """A header name as given; a missing argument is an error that says which."""
    if name is _MISSING or value is _MISSING:
        place = 1 if name is _MISSING else 2
        message = f"Failed to execute '{method}' on 'Headers': parameter {place} is not of type 'string'."
        raise js_error("TypeError", message)
    return name if type(name) is str else js_string(name)


def _refuse() -> Any:
    message = "constructor parameter 1 is not of type 'Headers or Sequence or object'."
    raise js_error("TypeError", f"Failed to construct 'Headers': {message}")


def _two(pair: Any) -> tuple[Any, Any]:
    try:
        name, value = [] if isinstance(pair, str) else pair
    except (TypeError, ValueError):
        message = "each inner sequence must have exactly two elements."
        raise js_error("TypeError", f"To initialize a Headers object from a sequence, {message}") from None
    return name, value

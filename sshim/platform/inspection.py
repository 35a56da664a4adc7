"""How `console.log` shows a value, in the manner of workerd: `{ a: 1 }`, `[ 1, 'b' ]`, `Map(1) { … }`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.buffers import ArrayBuffer
from sshim.platform.date import Date
from sshim.platform.exceptions import JsException
from sshim.platform.headers import Headers
from sshim.platform.iterators import Iterated
from sshim.platform.json_text import stringify
from sshim.platform.maps import Map, Set
from sshim.platform.objects import Object
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_number, js_string
from sshim.platform.promise import Promise
from sshim.platform.proxy import Function, JsClass, JsProxy, own_properties
from sshim.platform.runtime import JsNull
from sshim.platform.typed_arrays import TypedArray
from sshim.platform.url_search_params import URLSearchParams

_WIDTH = 72
_MANY = 100


def inspect(value: Any, depth: int = 2) -> str:
    """The value as text; objects deeper than `depth` are only named."""
    return _Inspector().show(value, depth)


def format_message(args: tuple[Any, ...]) -> str:
    """One console message: text as it is, `%s`, `%d` and so on filled in, other values inspected."""
    values = [unwrap(arg) for arg in args]
    parts: list[str] = []
    if values and isinstance(values[0], str) and "%" in values[0]:
        parts.append(_fill(values.pop(0), values))
    parts.extend(value if isinstance(value, str) else inspect(value) for value in values)
    return " ".join(parts)


def _fill(template: str, values: list[Any]) -> str:
    out, rest = "", template
    while "%" in rest:
        before, _, rest = rest.partition("%")
        out += before
        letter, rest = rest[:1], rest[1:]
        if letter == "%":
            out += "%"
        elif letter not in _DIRECTIVES or not letter or not values:
            out += "%" + letter
        else:
            out += _DIRECTIVES[letter](values.pop(0))
    return out + rest


def _number(value: Any) -> str:
    return js_string(js_number(value))


def _integer(value: Any) -> str:
    number = js_number(value)
    return js_string(int(number)) if number == number and abs(number) != float("inf") else "NaN"


def _json(value: Any) -> str:
    return js_string(stringify(value))


_DIRECTIVES: dict[str, Callable[[Any], str]] = {
    "s": lambda value: value if isinstance(value, str) else inspect(value, 0),
    "d": _number,
    "f": _number,
    "i": _integer,
    "j": _json,
    "o": lambda value: inspect(value, 4),
    "O": inspect,
    "c": lambda value: "",
}


def quoted(text: str) -> str:
    """Text in single quotes, or in such as it does not hold."""
    quote = next((q for q in "'\"`" if q not in text), "'")
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return quote + (escaped.replace("'", "\\'") if quote == "'" else escaped) + quote


class _Inspector:
    """One run of `inspect`, which remembers the objects it is inside of."""

    def __init__(self) -> None:
        self.inside: list[Any] = []

    def show(self, value: Any, depth: int) -> str:
        value = unwrap(value)
        if isinstance(value, str):
            return quoted(value)
        if value is None or isinstance(value, bool | int | float | JsNull):
            return js_string(value)
        if isinstance(value, JsClass):
            return f"[class {value.js_name}]"
        if isinstance(value, Function | types.FunctionType | types.MethodType | types.BuiltinFunctionType):
            name = getattr(value, "name", None) or getattr(value, "__name__", "")
            return f"[Function: {name}]" if name and name != "<lambda>" else "[Function (anonymous)]"
        if isinstance(value, JsException):
            return value.stack
        if isinstance(value, Date):
            return js_string(value.toJSON()) if value._time == value._time else "Invalid Date"
        if not isinstance(value, JsProxy):
            return repr(value)
        if any(outer is value for outer in self.inside):
            return "[Circular *1]"
        if depth < 0:
            return "[Array]" if isinstance(value, Array) else f"[{type(value).js_name}]"
        self.inside.append(value)
        text = self._compound(value, depth - 1)
        self.inside.pop()
        return text

    def _compound(self, value: JsProxy, deeper: int) -> str:
        if isinstance(value, Array | TypedArray):
            items = [self.show(item, deeper) for item in list(value)[:_MANY]]
            if len(value) > _MANY:
                items.append(f"... {len(value) - _MANY} more items")
            label = "" if isinstance(value, Array) else f"{type(value).js_name}({len(value)}) "
            return _wrap(label, "[]", items)
        name = type(value).js_name
        entries = isinstance(value, Map | Headers | URLSearchParams)
        if isinstance(value, Map | Headers | URLSearchParams):
            pairs = value if isinstance(value, Headers) else value.entries()
            parts = [f"{self.show(key, deeper)} => {self.show(item, deeper)}" for key, item in pairs]
            name = f"{name}({len(parts)})"
        elif isinstance(value, Set):
            parts = [self.show(member, deeper) for member in value]
            name = f"{name}({len(parts)})"
        elif isinstance(value, ArrayBuffer):
            content = " ".join(f"{byte:02x}" for byte in bytes(value._data[:50]))
            parts = [f"[Uint8Contents]: <{content}>", f"byteLength: {value.byteLength}"]
        elif isinstance(value, Promise):
            parts = [self._promise(value, deeper)]
        elif isinstance(value, Iterated):
            name, parts = f"Object [{value._label}]", []
        else:
            parts = []
        own = {} if entries else own_properties(value)
        parts += [f"{_name(key)}: {self.show(item, deeper)}" for key, item in own.items()]
        return _wrap("" if type(value) is Object else f"{name} ", "{}", parts)

    def _promise(self, value: Promise, deeper: int) -> str:
        if not value._settled:
            return "<pending>"
        return f"<rejected> {value._value}" if value._rejected else self.show(value._value, deeper)


def _name(key: str) -> str:
    return key if key.isidentifier() else quoted(key)


def _wrap(name: str, brackets: str, parts: list[str]) -> str:
    if not parts:
        return f"{name}{brackets}"
    line = f"{name}{brackets[0]} {', '.join(parts)} {brackets[1]}"
    if len(line) <= _WIDTH + len(name) and "\n" not in line:
        return line
    body = ",\n".join("  " + part.replace("\n", "\n  ") for part in parts)
    return f"{name}{brackets[0]}\n{body}\n{brackets[1]}"

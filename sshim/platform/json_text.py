"""`js.JSON`: parse and stringify as JavaScript does them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.buffers import ArrayBuffer
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.objects import Object, from_json, properties_of
from sshim.platform.options import unwrap
from sshim.platform.primitives import MAX_SAFE_INTEGER, from_python, js_string, number_text
from sshim.platform.proxy import JsClass, JsObject, JsProxy
from sshim.platform.runtime import JsNull, is_nullish


class _NotJson(ValueError):
    pass


def _refuse(constant: str) -> Any:
    raise _NotJson(constant)


def _integer(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= MAX_SAFE_INTEGER else float(number)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer)


def parse(text: Any = None, reviver: Callable[..., Any] | None = None) -> Any:
    """`JSON.parse(text, reviver)`; a SyntaxError with V8's words for bad text."""
    source = js_string(text)
    try:
        value = from_json(_DECODER.decode(source))
    except (_NotJson, json.JSONDecodeError, RecursionError) as reason:
        raise _syntax_error(source, reason) from None
    if is_nullish(reviver) or reviver is None:
        return value
    return _revive(Object._make({"": value}), "", reviver)


_MESSAGES = {
    "Expecting property name enclosed in double quotes": "Expected double-quoted property name in JSON",
    "Illegal trailing comma before end of object": "Expected double-quoted property name in JSON",
    "Expecting ':' delimiter": "Expected ':' after property name in JSON",
    "Unterminated string starting at": "Unterminated string in JSON",
    "Invalid control character at": "Bad control character in string literal in JSON",
    "Invalid \\escape": "Bad escaped character in JSON",
    "Invalid \\uXXXX escape": "Bad Unicode escape in JSON",
    "Extra data": "Unexpected non-whitespace character after JSON",
}


def _syntax_error(source: str, reason: Exception) -> JsException:
    if not isinstance(reason, json.JSONDecodeError):
        return js_error("SyntaxError", f"{_quoted(source)} is not valid JSON")
    message, position = reason.msg, reason.pos
    if message == "Unterminated string starting at":
        position = len(source)
    elif position >= len(source.rstrip(" \t\r\n")) and not source.endswith("{"):
        return js_error("SyntaxError", "Unexpected end of JSON input")
    if message.startswith("Illegal trailing comma"):
        # So says Python from 3.13 on, and points to the comma; V8 points to what follows it.
        position = source.index("}" if message.endswith("object") else "]", position)
    known = _MESSAGES.get(message)
    if message == "Expecting ',' delimiter":
        known = f"Expected ',' or {_closing(source[:position])} in JSON"
    elif known is not None and source[:position].rstrip().endswith("{"):
        known = "Expected property name or '}' in JSON"
    if known is None:
        if message == "Expecting value" and source[position] in "ntf":
            position += _common(source[position:])
            if position == len(source):
                return js_error("SyntaxError", "Unexpected end of JSON input")
        return js_error(
            "SyntaxError",
            f"Unexpected token '{source[position]}', {_quoted(source, position)} is not valid JSON",
        )
    line = source.count("\n", 0, position) + 1
    column = position - source.rfind("\n", 0, position)
    return js_error("SyntaxError", f"{known} at position {position} (line {line} column {column})")


def _common(text: str) -> int:
    """How far the text goes along with the word that its first letter promises."""
    word = {"n": "null", "t": "true", "f": "false"}[text[0]]
    return next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), len(text))


def _closing(before: str) -> str:
    """What could have closed the innermost open bracket, in V8's words."""
    stack = []
    for bracket in re.sub(r'"(\\.|[^"\\])*"', "", before):
        if bracket in "{[":
            stack.append(bracket)
        elif bracket in "}]" and stack:
            stack.pop()
    return "'}' after property value" if stack[-1:] == ["{"] else "']' after array element"


def _quoted(source: str, position: int = 0) -> str:
    if len(source) <= 40:
        return f'"{source}"'
    start, end = max(position - 10, 0), min(position + 10, len(source))
    return f'{"..." if start else ""}"{source[start:end]}"{"..." if end < len(source) else ""}'


def _revive(holder: Any, name: str, reviver: Callable[..., Any]) -> Any:
    value = holder[int(name)] if isinstance(holder, Array) else vars(holder)[name]
    if isinstance(value, Array):
        value._items[:] = [_revive(value, str(i), reviver) for i in range(len(value))]
    elif isinstance(value, Object):
        for key in list(vars(value)):
            revived = _revive(value, key, reviver)
            if revived is None:
                delattr(value, key)
            else:
                setattr(value, key, revived)
    return from_python(reviver(name, value, Object._make()))


class _Writer:
    """One run of `stringify`: its replacer, its indentation and the objects it is inside of."""

    def __init__(self, replacer: Any, space: Any) -> None:
        self.replace = replacer if callable(replacer) else None
        names = isinstance(replacer, Array | list | tuple)
        self.names = [js_string(name) for name in replacer] if names else None
        if isinstance(space, int | float) and not isinstance(space, bool):
            self.indent = " " * max(0, min(10, int(space)))
        else:
            self.indent = space[:10] if isinstance(space, str) else ""
        self.inside: list[Any] = []

    def write(self, name: str, value: Any, margin: str) -> str | None:
        """The text of one value, None where JavaScript leaves it out."""
        value = unwrap(value)
        if isinstance(value, JsProxy) and callable(convert := getattr(value, "toJSON", None)):
            value = convert(name)
        if self.replace is not None:
            value = unwrap(self.replace(name, value))
        if value is None:
            return None
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, bool | JsNull):
            return "null" if isinstance(value, JsNull) else js_string(value)
        if isinstance(value, int):
            if abs(value) > MAX_SAFE_INTEGER:
                raise js_error("TypeError", "Do not know how to serialize a BigInt")
            return js_string(value)
        if isinstance(value, float):
            text = number_text(value)
            return "null" if text in ("NaN", "Infinity", "-Infinity") else text
        if (isinstance(type(value), JsClass) and callable(value)) or isinstance(value, JsClass):
            return None
        if not isinstance(value, JsProxy) and callable(value):
            return None
        return self._compound(value, margin)

    def _compound(self, value: Any, margin: str) -> str:
        if any(outer is value for outer in self.inside):
            raise js_error("TypeError", "Converting circular structure to JSON")
        self.inside.append(value)
        deeper = margin + self.indent
        if isinstance(value, Array | list | tuple):
            parts = [self.write(str(i), item, deeper) or "null" for i, item in enumerate(value)]
            text = self._wrap("[", "]", parts, margin, deeper)
        else:
            properties = {} if isinstance(value, ArrayBuffer) else properties_of(value)
            names = properties if self.names is None else [n for n in self.names if n in properties]
            colon = ": " if self.indent else ":"
            written = ((name, self.write(name, properties[name], deeper)) for name in names)
            parts = [f"{quote(name)}{colon}{part}" for name, part in written if part is not None]
            text = self._wrap("{", "}", parts, margin, deeper)
        self.inside.pop()
        return text

    def _wrap(self, opening: str, closing: str, parts: list[str], margin: str, deeper: str) -> str:
        if not parts or not self.indent:
            return opening + ",".join(parts) + closing
        return f"{opening}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{margin}{closing}"


def quote(text: str) -> str:
    """Text as a JSON string; lone surrogates are escaped, as well-formed JSON asks for."""
    quoted = json.dumps(text, ensure_ascii=False)
    if any("\ud800" <= c <= "\udfff" for c in quoted):
        quoted = re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", quoted)
    return quoted


def stringify(value: Any = None, replacer: Any = None, space: Any = None) -> Any:
    """`JSON.stringify(value, replacer, space)`; None for what has no JSON, such as a function."""
    return _Writer(unwrap(replacer), unwrap(space)).write("", value, "")


class _JSON(JsObject):
    """The object `js.JSON`."""

    js_name = "Object"
    __slots__ = ()

    parse = staticmethod(parse)
    stringify = staticmethod(stringify)

    def toString(self) -> str:
        """`[object JSON]`."""
        return "[object JSON]"


JSON = _JSON._make()

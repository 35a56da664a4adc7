"""Values as JavaScript has them: numbers, key order, property reads, `JSON.stringify`.

wrangler's reading of a configuration follows from these rules, and its messages show values in this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAFE_INTEGER = 2**53 - 1
_INFINITY = float("inf")
_NAN = float("nan")
_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)

PROTOTYPE = frozenset(
    (
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"),
        *("toString", "valueOf", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__"),
        "__lookupSetter__",
    )
)
"""Names that every JavaScript object has, so that `name in object` is true for them."""


class Missing:
    """The type of `MISSING`: JavaScript's undefined, as opposed to None for null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


class TomlDate(Mapping[str, object]):
    """A TOML date or time, kept as the text JavaScript prints for it (`2026-01-01T01:02:03.500+02:00`).

    Where an object is asked for it passes, as in JavaScript: as one without properties.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TomlDate) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"TomlDate({self.text!r})"

    def __getitem__(self, key: str) -> object:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True


def number(value: float | int) -> int | float:
    """A double as Python holds it here: an int where it is integral and exact, else a float (-0.0 too)."""
    value = float(value)
    if value.is_integer() and abs(value) <= SAFE_INTEGER and not (value == 0 and str(value) == "-0.0"):
        return int(value)
    return value


def show_number(value: float | int) -> str:
    """`JSON.stringify` of a number: shortest digits, `1e+21` from there on, null for NaN and infinities."""
    value = float(value)
    if value != value or value in (_INFINITY, -_INFINITY):
        return "null"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, power = f"{abs(value)!r}".partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    point = len(whole) + (int(power) if power else 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def show_string(value: str) -> str:
    """`JSON.stringify` of a string: non-ASCII stays, control characters and lone surrogates are escaped."""
    import json  # only a message that quotes a value pays for it

    shown = json.dumps(value, ensure_ascii=False)
    if shown.isascii():
        return shown
    return re.sub(r"[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", shown)


def show(value: Any, *, indent: int = 0) -> str:
    """`JSON.stringify(value, null, indent)`, without recursion; None is null."""
    parts: list[str] = []
    work: list[str | tuple[Any, int]] = [(value, 1)]
    while work:
        item = work.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        value, level = item
        if not isinstance(value, Mapping | list | tuple) or isinstance(value, TomlDate):
            parts.append(_show_scalar(value))
            continue
        opening, closing = "{}" if isinstance(value, Mapping) else "[]"
        inner = "\n" + " " * indent * level if indent else ""
        outer = "\n" + " " * indent * (level - 1) if indent else ""
        colon = ": " if indent else ":"
        if isinstance(value, Mapping):
            pairs = [(show_string(key) + colon, entry) for key, entry in value.items()]
        else:
            pairs = [("", entry) for entry in value]
        if not pairs:
            parts.append(opening + closing)
            continue
        work.append(outer + closing)
        for number, (key, entry) in reversed(list(enumerate(pairs))):
            work.append((entry, level + 1))
            work.append(("," if number else opening) + inner + key)
    return "".join(parts)


def _show_scalar(value: Any) -> str:
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return show_string(value)
    if isinstance(value, int | float):
        return show_number(value)
    assert isinstance(value, TomlDate)
    return show_string(value.text)


def is_index(key: str) -> bool:
    """Whether JavaScript would take the key for an array index, which puts it before all others."""
    return (
        "0" <= key[:1] <= "9"
        and len(key) <= 10
        and key.isascii()
        and key.isdigit()
        and (key == "0" or key[0] != "0")
        and int(key) < 2**32 - 1
    )


def order_keys(table: dict[str, Any]) -> None:
    """Puts index-like keys first, ascending, as JavaScript enumerates them; in place."""
    found = [key for key in table if "0" <= key[:1] <= "9" and is_index(key)]
    if not found:
        return
    found.sort(key=int)
    rest = [key for key in table if not is_index(key)]
    for key in found + rest:
        table[key] = table.pop(key)


def kind(value: Any) -> str:
    """JavaScript's `typeof`; lists, dates and null are objects."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number"
    return "undefined" if value is MISSING else "object"


def truthy(value: Any) -> bool:
    """Whether JavaScript takes the value for true: objects and lists always are, NaN is not."""
    if isinstance(value, float) and value != value:
        return False
    return (kind(value) == "object" and value is not None) or bool(value)


def entries(value: Any) -> Iterator[tuple[str, Any]]:
    """`Object.entries(value)`: pairs of an object, index and item of a list or text, else nothing."""
    if isinstance(value, (dict, Mapping)):
        yield from value.items()
    elif isinstance(value, list | tuple | str):
        for index, item in enumerate(value):
            yield str(index), item


def keys(value: Any) -> list[str]:
    """`Object.keys(value)`."""
    return list(value) if isinstance(value, dict) else [key for key, _ in entries(value)]


def read(value: Any, key: str) -> Any:
    """`value[key]` of an object or list; `MISSING` where it has no such property of its own."""
    if isinstance(value, (dict, Mapping)):  # the class itself first: most values are of it
        return value.get(key, MISSING)
    if isinstance(value, list | tuple) and is_index(key) and int(key) < len(value):
        return value[int(key)]
    return MISSING


def text(value: Any) -> str:
    """`String(value)`: text as it is, undefined and null by their words, objects by none."""
    if isinstance(value, str):
        return value
    if value is MISSING:
        return "undefined"
    if isinstance(value, Mapping):
        return value.text if isinstance(value, TomlDate) else "[object Object]"
    if isinstance(value, list):
        return ",".join("" if item is None else text(item) for item in value)
    if isinstance(value, float) and not -_INFINITY < value < _INFINITY:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return show(value)


def identity(value: Any) -> tuple[str, Any]:
    """What a JavaScript Set tells the value by: its kind and text, which undefined and null have none of;
    objects and lists are equal to none but themselves."""
    if value is MISSING or value is None:
        return kind(value), ""
    return (kind(value), id(value)) if kind(value) == "object" else (kind(value), text(value))


def show_or_undefined(value: Any) -> str:
    """`JSON.stringify(value)` inside a message, where undefined shows by that word."""
    return "undefined" if value is MISSING else show(value)


def is_whole(value: Any, least: float, most: float = _INFINITY) -> bool:
    """Whether the value is a whole number between the two."""
    return kind(value) == "number" and float(value).is_integer() and least <= value <= most


def to_number(value: Any) -> float:
    """`Number(value)`, as comparisons with `<` have it; NaN where it is none."""
    if value is None or isinstance(value, bool | int | float):
        return float(value or 0)
    if isinstance(value, list):
        value = text(value)
    plain = value.strip(_BLANKS) if isinstance(value, str) else "NaN"
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", plain):
        return float(plain)
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", plain):
        whole = int(plain, 0)
        return float(whole) if whole.bit_length() <= 1023 else _INFINITY
    return {"": 0.0, "Infinity": _INFINITY, "+Infinity": _INFINITY, "-Infinity": -_INFINITY}.get(plain, _NAN)

"""Numbers, strings and key order as JavaScript has them, for values and for messages that show values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SAFE_INTEGER = 2**53 - 1

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class TomlDate:
    """A TOML date or time, kept as the text JavaScript prints for it (`2026-01-01T01:02:03.500+02:00`)."""

    text: str


def number(value: float | int) -> int | float:
    """A double as Python holds it here: an int where it is integral and exact, else a float (-0.0 too)."""
    value = float(value)
    if value.is_integer() and abs(value) <= SAFE_INTEGER and not (value == 0 and math.copysign(1, value) < 0):
        return int(value)
    return value


def show_number(value: float | int) -> str:
    """`JSON.stringify` of a number: shortest digits, `1e+21` from there on, null for NaN and infinities."""
    value = float(value)
    if not math.isfinite(value):
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


_SURROGATE = re.compile(r"[\ud800-\udfff]")


def show_string(value: str) -> str:
    """`JSON.stringify` of a string: non-ASCII stays, control characters and lone surrogates are escaped."""
    shown = json.dumps(value, ensure_ascii=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def show(value: Any) -> str:
    """`JSON.stringify(value)`, without recursion; None is null."""
    parts: list[str] = []
    work: list[Any] = [(value,)]
    while work:
        item = work.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        (item,) = item
        if item is None:
            parts.append("null")
        elif isinstance(item, bool):
            parts.append("true" if item else "false")
        elif isinstance(item, str):
            parts.append(show_string(item))
        elif isinstance(item, int | float):
            parts.append(show_number(item))
        elif isinstance(item, TomlDate):
            parts.append(show_string(item.text))
        elif isinstance(item, Mapping):
            work.append("}")
            pairs = [((show_string(key) + ":"), entry) for key, entry in item.items()]
            for place, (key, entry) in reversed(list(enumerate(pairs))):
                work.append((entry,))
                work.append(("," if place else "{") + key)
            if not pairs:
                work.append("{")
        else:
            work.append("]")
            entries = list(item)
            for place, entry in reversed(list(enumerate(entries))):
                work.append((entry,))
                work.append("," if place else "[")
            if not entries:
                work.append("[")
    return "".join(parts)


def is_index(key: str) -> bool:
    """Whether JavaScript would take the key for an array index, which puts it before all others."""
    return _INDEX.fullmatch(key) is not None and int(key) < 2**32 - 1


def order_keys(table: dict[str, Any]) -> None:
    """Puts index-like keys first, ascending, as JavaScript enumerates them; in place."""
    found = [key for key in table if is_index(key)]
    if not found:
        return
    found.sort(key=int)
    rest = [key for key in table if not is_index(key)]
    for key in found + rest:
        table[key] = table.pop(key)

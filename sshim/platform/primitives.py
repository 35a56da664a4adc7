"""JavaScript's primitive values: how they become text, numbers and truth, and when two are the same."""

from __future__ import annotations

import math
from typing import Any

from sshim.platform.options import unwrap
from sshim.platform.proxy import JsClass, JsProxy
from sshim.platform.runtime import JsNull

MAX_SAFE_INTEGER = 2**53 - 1
_AS_THEY_ARE = frozenset({str, int, bool, type(None), JsNull})


def js_string(value: Any) -> str:
    """`String(value)`: what JavaScript writes where it expects text."""
    if isinstance(value, str):
        return value if type(value) is str else str.__str__(value)
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, JsNull):
        return "null"
    if isinstance(value, JsProxy) and not isinstance(value, JsClass):
        return str(value.toString())
    return str(value)


def number_text(number: float) -> str:
    """A number as JavaScript writes it: `1` for 1.0, `1e+21`, `1e-7`, `NaN`, `Infinity`."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    text = repr(float(number))
    if "e" not in text:
        return text.removesuffix(".0")
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = text.removeprefix("-").partition("e")
    digits, power = mantissa.replace(".", ""), int(exponent)
    if 0 <= power < 21:
        return sign + digits.ljust(power + 1, "0")
    if -7 < power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    return f"{sign}{mantissa}e{power:+d}"


def js_number(value: Any) -> int | float:
    """`Number(value)`; whole numbers are int, and NaN stands for what is no number."""
    if value is None:
        return math.nan
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return whole(value)
    if isinstance(value, JsNull):
        return 0
    if isinstance(value, JsClass):
        return math.nan
    if isinstance(value, JsProxy):
        primitive = value.valueOf()
        return js_number(value.toString() if isinstance(primitive, JsProxy) else primitive)
    return _number_of_text(js_string(value))


def _number_of_text(text: str) -> int | float:
    text = text.strip()
    if not text:
        return 0
    sign = text.removeprefix("-").removeprefix("+")
    if sign == "Infinity":
        return -math.inf if text[0] == "-" else math.inf
    try:
        if text[:2].lower() in ("0x", "0o", "0b"):
            return whole(float(int(text, 0)))
        if "_" in text or sign[:1] not in set(".0123456789"):
            return math.nan
        return whole(float(text))
    except ValueError:
        return math.nan


def whole(number: float) -> int | float:
    """The number as Python sees it coming from JavaScript: an int if it is a safe integer."""
    return int(number) if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER else number


def from_python(value: Any) -> Any:
    """A value as it reads after Python stored it in JavaScript: whole floats are int, text is str."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is float:
        return whole(value)
    if isinstance(value, str):
        return str.__str__(value)
    return int(value) if isinstance(value, int) else value


def truthy(value: Any) -> bool:
    """Whether JavaScript takes the value for true: every object is, empty ones too."""
    if isinstance(value, JsProxy):
        return True
    if isinstance(value, float):
        return bool(value) and not math.isnan(value)
    if value is None or isinstance(value, JsNull | bool | int | str):
        return bool(value)
    return True


def same_value_zero(left: Any, right: Any) -> bool:
    """`===`, except that NaN equals itself: how `includes`, Map and Set compare."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or (left != left and right != right)
    if isinstance(left, str) and isinstance(right, str):
        return str(left) == str(right)
    return unwrap(left) is unwrap(right)


def typeof(value: Any) -> str:
    """The `typeof` operator."""
    value = unwrap(value)
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "number" if abs(value) <= MAX_SAFE_INTEGER else "bigint"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "function" if callable(value) else "object"

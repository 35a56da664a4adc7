"""JavaScript's constructors for primitive values: Number, String, Boolean, BigInt and Symbol."""

from __future__ import annotations

import math
import re
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.primitives import (
    MAX_SAFE_INTEGER,
    js_number,
    js_string,
    truthy,
    whole,
)
from sshim.platform.proxy import JsObject, static


def parseInt(text: Any = None, radix: Any = 0) -> Any:
    """The integer at the start of a text, NaN if there is none."""
    found = re.match(r"\s*([+-]?)(0[xX])?", js_string(text))
    assert found is not None
    base = int(js_number(radix)) if truthy(js_number(radix)) else 0
    rest = js_string(text)[found.end() :]
    if found[2] and base not in (0, 16):
        rest = "0"
    base = base or (16 if found[2] else 10)
    if not 2 <= base <= 36:
        return math.nan
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    run = re.match(f"[{digits}]*", rest.lower())
    if run is None or not run[0]:
        return math.nan
    value = int(run[0], base)
    return whole(float(-value if found[1] == "-" else value))


def parseFloat(text: Any = None) -> Any:
    """The number at the start of a text, NaN if there is none."""
    found = re.match(
        r"\s*([+-]?(?:Infinity|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))", js_string(text)
    )
    return whole(float(found[1].replace("Infinity", "inf"))) if found else math.nan


def isNaN(value: Any = None) -> bool:
    """Whether the value, made a number, is NaN."""
    return math.isnan(js_number(value))


def isFinite(value: Any = None) -> bool:
    """Whether the value, made a number, is finite."""
    return math.isfinite(js_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Boxed(JsObject):
    """A primitive value as an object, such as `new Number(3)`."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def valueOf(self) -> Any:
        """The primitive value."""
        return self._value

    def toString(self) -> str:
        """The primitive value as text."""
        return js_string(self._value)


class Number(Boxed):
    """`Number(value)` converts, `Number.new(value)` makes an object."""

    js_name = "Number"
    __slots__ = ()

    MAX_SAFE_INTEGER = MAX_SAFE_INTEGER
    MIN_SAFE_INTEGER = -MAX_SAFE_INTEGER
    MAX_VALUE = 1.7976931348623157e308
    MIN_VALUE = 5e-324
    EPSILON = 2.0**-52
    POSITIVE_INFINITY = math.inf
    NEGATIVE_INFINITY = -math.inf
    NaN = math.nan

    parseInt = staticmethod(parseInt)
    parseFloat = staticmethod(parseFloat)

    @static
    def new(cls, value: Any = 0, *rest: Any) -> Any:
        """`new Number(value)`."""
        return cls._make(js_number(value))

    @classmethod
    def _call(cls, value: Any = 0, *rest: Any) -> Any:
        return js_number(value)

    @static
    def isInteger(cls, value: Any = None) -> bool:
        """Whether the value is a whole number."""
        return _is_number(value) and math.isfinite(value) and float(value).is_integer()

    @static
    def isSafeInteger(cls, value: Any = None) -> bool:
        """Whether the value is a whole number that a double holds exactly."""
        return cls.isInteger(value) and abs(value) <= MAX_SAFE_INTEGER

    @static
    def isFinite(cls, value: Any = None) -> bool:
        """Whether the value is a finite number."""
        return _is_number(value) and math.isfinite(value)

    @static
    def isNaN(cls, value: Any = None) -> bool:
        """Whether the value is the number NaN."""
        return _is_number(value) and math.isnan(value)

    def toFixed(self, digits: int = 0) -> str:
        """The number with this many decimal places."""
        return f"{self._value:.{digits}f}"


class String(Boxed):
    """`String(value)` converts, `String.new(value)` makes an object."""

    js_name = "String"
    __slots__ = ()

    @static
    def new(cls, value: Any = "", *rest: Any) -> Any:
        """`new String(value)`."""
        return cls._make(js_string(value))

    @classmethod
    def _call(cls, value: Any = "", *rest: Any) -> Any:
        return js_string(value)

    @static
    def fromCharCode(cls, *codes: Any) -> str:
        """The text of UTF-16 units."""
        units = b"".join((int(js_number(code)) & 0xFFFF).to_bytes(2, "little") for code in codes)
        return units.decode("utf-16-le", "surrogatepass")

    @static
    def fromCodePoint(cls, *points: Any) -> str:
        """The text of Unicode code points."""
        return "".join(chr(int(js_number(point))) for point in points)

    @property
    def length(self) -> int:
        """The length in UTF-16 units."""
        return len(self._value.encode("utf-16-le", "surrogatepass")) // 2


class Boolean(Boxed):
    """`Boolean(value)` converts, `Boolean.new(value)` makes an object."""

    js_name = "Boolean"
    __slots__ = ()

    @static
    def new(cls, value: Any = None, *rest: Any) -> Any:
        """`new Boolean(value)`."""
        return cls._make(truthy(value))

    @classmethod
    def _call(cls, value: Any = None, *rest: Any) -> bool:
        return truthy(value)


class BigInt(JsObject):
    """`BigInt(value)`: a Python int."""

    js_name = "BigInt"
    __slots__ = ()

    @static
    def new(cls, *args: Any) -> Any:
        """Refuses, as in JavaScript."""
        raise js_error("TypeError", "BigInt is not a constructor")

    @classmethod
    def _call(cls, value: Any = None, *rest: Any) -> int:
        try:
            return int(value, 0) if isinstance(value, str) else int(value)
        except (TypeError, ValueError):
            raise js_error("SyntaxError", f"Cannot convert {js_string(value)} to a BigInt") from None


class Symbol(JsObject):
    """`Symbol(description)`: a value equal only to itself."""

    js_name = "Symbol"
    __slots__ = ("description",)

    typeof = "symbol"

    def __init__(self, description: Any = None) -> None:
        self.description = description

    @static
    def new(cls, *args: Any) -> Any:
        """Refuses, as in JavaScript."""
        raise js_error("TypeError", "Symbol is not a constructor")

    @classmethod
    def _call(cls, description: Any = None, *rest: Any) -> Any:
        return cls._make(description)

    def toString(self) -> str:
        """`Symbol(description)`."""
        return f"Symbol({'' if self.description is None else self.description})"


for _name in (
    "iterator",
    "asyncIterator",
    "hasInstance",
    "toPrimitive",
    "toStringTag",
    "dispose",
    "asyncDispose",
):
    setattr(Symbol, _name, Symbol._make(f"Symbol.{_name}"))

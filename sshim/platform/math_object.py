"""JavaScript's `Math`."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from sshim.platform.primitives import js_number, whole
from sshim.platform.proxy import JsObject


class _Math(JsObject):
    """The object `js.Math`."""

    js_name = "Object"
    __slots__ = ()

    E = math.e
    LN10 = math.log(10)
    LN2 = math.log(2)
    LOG10E = math.log10(math.e)
    LOG2E = math.log2(math.e)
    PI = math.pi
    SQRT1_2 = math.sqrt(0.5)
    SQRT2 = math.sqrt(2)

    def random(self) -> float:
        """A random number from 0 up to 1, not for secrets."""
        return random.random()  # noqa: S311 - what JavaScript promises, too

    def max(self, *values: Any) -> Any:
        """The largest value."""
        numbers = [js_number(value) for value in values]
        return math.nan if any(n != n for n in numbers) else max(numbers, default=-math.inf)

    def min(self, *values: Any) -> Any:
        """The smallest value."""
        numbers = [js_number(value) for value in values]
        return math.nan if any(n != n for n in numbers) else min(numbers, default=math.inf)

    def round(self, value: Any = None) -> Any:
        """The nearest integer, halves up."""
        number = js_number(value)
        return whole(float(math.floor(number + 0.5))) if math.isfinite(number) else number

    def sign(self, value: Any = None) -> Any:
        """-1, 0 or 1."""
        number = js_number(value)
        return number if number != number else (number > 0) - (number < 0)

    def pow(self, base: Any = None, exponent: Any = None) -> Any:
        """The power."""
        try:
            result = js_number(base) ** js_number(exponent)
            return whole(float(result)) if not isinstance(result, complex) else math.nan
        except (OverflowError, ZeroDivisionError):
            return math.inf

    def hypot(self, *values: Any) -> Any:
        """The square root of the sum of squares."""
        return whole(math.hypot(*map(js_number, values)))

    def toString(self) -> str:
        """`[object Math]`."""
        return "[object Math]"


def _by(function: Callable[..., float]) -> Callable[..., Any]:
    """The method for a function of Python's `math`: arguments made numbers, NaN where Python raises."""

    def apply(self: Any, *values: Any) -> Any:
        numbers = [js_number(value) for value in values or (None,)]
        try:
            return whole(float(function(*numbers)))
        except (ValueError, OverflowError):
            rounding = function in (math.floor, math.ceil, math.trunc)
            return numbers[0] if rounding and math.isinf(numbers[0]) else math.nan

    return apply


_FUNCTIONS = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh exp expm1 floor log10 log1p log2 log sin"
)
for _name in [*_FUNCTIONS.split(), "sinh", "sqrt", "tan", "tanh", "trunc"]:
    setattr(_Math, _name, _by(getattr(math, _name)))
_Math.abs = _by(math.fabs)  # type: ignore[attr-defined]

Math = _Math._make()

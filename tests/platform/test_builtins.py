"""The constructors of primitive values: what they make, and what they read from text."""

from __future__ import annotations

import math

import pytest

from sshim.platform.builtins import BigInt, Boolean, Number, String, Symbol, parseFloat, parseInt
from sshim.platform.exceptions import JsException


def test_constructors_convert_when_called_and_box_with_new() -> None:
    assert (Number("5"), String(5.0), Boolean("x"), BigInt("0x10")) == (5, "5", True, 16)
    boxed = Number.new(3)
    assert (boxed.constructor.name, boxed.valueOf(), str(boxed)) == ("Number", 3, "3")
    assert Boolean.new(0).valueOf() is False and String.new("ab").length == 2
    for refused in (BigInt, Symbol):
        with pytest.raises(JsException, match="is not a constructor"):
            refused.new()
    with pytest.raises(JsException, match="SyntaxError: Cannot convert x to a BigInt"):
        BigInt("x")


def test_symbols_are_equal_to_themselves_only() -> None:
    one = Symbol("a")
    assert one == one and one != Symbol("a") and str(one) == "Symbol(a)" and one.typeof == "symbol"


def test_reading_numbers_from_text() -> None:
    assert (parseInt("-0x1F"), parseInt("12", 3), parseInt("9" * 30)) == (-31, 5, 1e30)
    assert math.isnan(parseInt("8", 1)) and math.isnan(parseInt("x"))
    assert (parseFloat("  -1.5e2xyz"), parseFloat("Infinity")) == (-150, math.inf)


def test_more_of_the_constructors() -> None:
    assert (
        Number.isFinite(1) and not Number.isFinite("1") and Number.isNaN(math.nan) and not Number.isNaN("x")
    )
    assert String.fromCodePoint(128512) == "\U0001f600" and parseInt("0x10", 10) == 0

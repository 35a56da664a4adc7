"""Primitive values: text, numbers, truth, sameness."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sshim.platform.builtins import BigInt, Boolean, Math, Number, String, Symbol, parseFloat, parseInt
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Array, Object, create_proxy, jsnull
from sshim.platform.primitives import (
    js_number,
    js_string,
    number_text,
    same_value_zero,
    truthy,
    typeof,
    whole,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (123456789012345680000.0, "123456789012345680000"),
        (0.000001, "0.000001"),
        (-0.00000123, "-0.00000123"),
        (1e-7, "1e-7"),
        (0.1 + 0.2, "0.30000000000000004"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_numbers_are_written_as_javascript_writes_them(number: float, text: str) -> None:
    assert number_text(number) == text


def test_text_of_anything() -> None:
    assert [js_string(v) for v in (None, jsnull, True, 2**60, Object, create_proxy([1]))] == [
        "undefined",
        "null",
        "true",
        str(2**60),
        "function Object() { [native code] }",
        "[1]",
    ]


def test_numbers_of_anything() -> None:
    assert [js_number(v) for v in ("", " 12 ", "0b11", "-Infinity", True, jsnull, Array.of(4), 5.0)] == [
        0,
        12,
        3,
        -math.inf,
        1,
        0,
        4,
        5,
    ]
    assert all(math.isnan(js_number(v)) for v in (None, "1_0", "infinity", "x", Object, Object.new()))


def test_whole_numbers_are_int_while_safe() -> None:
    assert type(whole(2.0)) is int and type(whole(2.0**53)) is float and whole(1.5) == 1.5


def test_truth() -> None:
    assert all(truthy(v) for v in (1, "x", Array.new(), Object.new(), [], {}, -1.5))
    assert not any(truthy(v) for v in (0, "", None, jsnull, math.nan, False, 0.0))


def test_sameness_is_javascripts() -> None:
    assert same_value_zero(1, 1.0) and same_value_zero(math.nan, math.nan) and same_value_zero("a", "a")
    assert not same_value_zero(1, True) and not same_value_zero("1", 1) and not same_value_zero([], [])
    shared: list[Any] = []
    assert same_value_zero(shared, create_proxy(shared))


def test_the_kinds_of_values() -> None:
    assert [typeof(v) for v in (None, True, 1, 2**53, 1.5, "x", len, Object.new(), jsnull)] == [
        "undefined",
        "boolean",
        "number",
        "bigint",
        "number",
        "string",
        "function",
        "object",
        "object",
    ]


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


def test_mathematics() -> None:
    assert (Math.max(), Math.min(), Math.ceil(1.2), Math.atan2(0, -1)) == (-math.inf, math.inf, 2, math.pi)
    assert Math.floor(math.inf) == math.inf and Math.pow(0, -1) == math.inf
    assert all(math.isnan(v) for v in (Math.sqrt(-1), Math.max(1, "x"), Math.pow(-8, 0.5), Math.log(-1)))
    assert 0 <= Math.random() < 1


def test_more_of_the_constructors() -> None:
    assert (
        Number.isFinite(1) and not Number.isFinite("1") and Number.isNaN(math.nan) and not Number.isNaN("x")
    )
    assert String.fromCodePoint(128512) == "\U0001f600" and parseInt("0x10", 10) == 0
    assert str(Math) == "[object Math]" and math.isnan(js_number("0xzz"))

"""Primitive values: text, numbers, truth, sameness."""

from __future__ import annotations

import math
from typing import Any

import pytest

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
    assert all(math.isnan(js_number(v)) for v in (None, "1_0", "0xzz", "infinity", "x", Object, Object.new()))


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

"""JavaScript's way with values: numbers, key order, what is an object, how values show in messages."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sshim.config.javascript import (
    MISSING,
    TomlDate,
    entries,
    identity,
    is_index,
    keys,
    kind,
    number,
    order_keys,
    read,
    show,
    show_or_undefined,
    text,
    truthy,
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (-0.0, "0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (123456789.125, "123456789.125"),
        (12345678901234567890.0, "12345678901234567000"),
        (math.inf, "null"),
        (math.nan, "null"),
        (None, "null"),
        (True, "true"),
        ('a"b\n\x01\u2028\x7fé', '"a\\"b\\n\\u0001\u2028\x7fé"'),
        ("x\ud83dy", '"x\\ud83dy"'),
        ("\U0001f600", '"\U0001f600"'),
        (TomlDate("2026-01-01"), '"2026-01-01"'),
        ({"a": [1, {}], "b": []}, '{"a":[1,{}],"b":[]}'),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_values_show_as_json_stringify_shows_them(value: Any, wanted: str) -> None:
    assert show(value) == wanted


def test_values_show_indented() -> None:
    assert show([{"a": 1, "b": []}], indent=2) == '[\n  {\n    "a": 1,\n    "b": []\n  }\n]'


def test_deep_values_show_without_recursion() -> None:
    value: Any = 1
    for _ in range(50_000):
        value = [value]
    assert len(show(value)) == 100_001


def test_undefined_shows_by_its_word() -> None:
    assert (show_or_undefined(MISSING), show_or_undefined(None)) == ("undefined", "null")


def test_numbers_are_integers_where_they_are_integral_and_exact() -> None:
    assert [type(number(value)) for value in (1.0, 2.0**53 - 1, 2.0**53, 1.5, -0.0)] == [
        *(int, int, float, float, float)
    ]


@pytest.mark.parametrize(
    ("key", "wanted"), [("0", True), ("10", True), ("01", False), ("4294967295", False), ("-1", False)]
)
def test_array_indexes_are_told_from_other_keys(key: str, wanted: bool) -> None:
    assert is_index(key) is wanted


def test_indexes_come_first() -> None:
    table = {"b": 1, "2": 2, "a": 3, "1": 4}
    order_keys(table)
    assert list(table.items()) == [("1", 4), ("2", 2), ("b", 1), ("a", 3)]


def test_lists_and_texts_have_entries_by_index() -> None:
    assert list(entries(["x", "y"])) == [("0", "x"), ("1", "y")]
    assert keys("ab") == ["0", "1"]
    assert (keys({"a": 1}), keys(None), keys(5)) == (["a"], [], [])


def test_properties_are_read_from_objects_and_lists() -> None:
    assert (read({"a": None}, "a"), read({}, "a"), read([7], "0"), read([7], "1"), read("x", "0")) == (
        *(None, MISSING, 7, MISSING, MISSING),
    )


def test_typeof_follows_javascript() -> None:
    values: list[Any] = [None, [], {}, TomlDate("x"), "", 1, True, MISSING]
    assert [kind(value) for value in values] == [
        *("object", "object", "object", "object", "string", "number", "boolean", "undefined")
    ]


def test_truth_follows_javascript() -> None:
    yes: list[Any] = [[], {}, "x", 1, True, TomlDate("x")]
    no: list[Any] = [None, "", 0, False, MISSING, math.nan]
    assert [truthy(value) for value in yes + no] == [True] * 6 + [False] * 6


def test_names_become_text_as_string_makes_them() -> None:
    values: list[Any] = ["a", MISSING, None, {"a": 1}, [1, None, "x"], 1.0, True]
    assert [text(value) for value in values] == [
        *("a", "undefined", "null", "[object Object]", "1,,x", "1", "true")
    ]


def test_undefined_is_false_and_prints_by_name() -> None:
    assert (bool(MISSING), repr(MISSING)) == (False, "MISSING")


def test_numbers_that_json_lacks_become_text_by_their_names() -> None:
    assert [text(value) for value in (math.nan, math.inf, -math.inf, -0.0)] == [
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
    ]


def test_a_date_is_an_object_without_properties_and_equal_to_one_of_its_text() -> None:
    date = TomlDate("2026-01-01")
    assert (len(date), list(date), date.get("text")) == (0, [], None)
    assert len({date, TomlDate("2026-01-01"), TomlDate("2026-01-02")}) == 2
    assert repr(date) == "TomlDate('2026-01-01')"


def test_a_set_tells_values_apart_by_kind_and_objects_by_themselves() -> None:
    one: list[Any] = ["x"]
    values: list[Any] = ["1", 1, True, "true", None, MISSING, "", one, ["x"], {}, {}]
    assert len({identity(value) for value in values}) == len(values)
    assert identity(one) == identity(one) and identity(0) == identity(-0.0) and identity("a") == identity("a")

"""JSON against Python's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Array, Object, from_json, to_js
from sshim.platform.json_text import JSON, parse, stringify

_settings = settings(max_examples=150)
_integers = st.integers(-(2**53) + 1, 2**53 - 1)
_values = st.recursive(
    st.none() | st.booleans() | _integers | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_é", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@_settings
@given(_values)
def test_text_is_what_python_would_write(value: Any) -> None:
    made = from_json(value)
    text = stringify(made)
    assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert stringify(parse(text)) == text
    indented = stringify(made, None, 2)
    assert json.loads(indented) == value and stringify(parse(indented)) == text


@_settings
@given(st.text(max_size=20) | st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\u', max_size=20))
def test_any_text_is_read_as_python_reads_it_or_refused(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        with pytest.raises(JsException, match=r"^SyntaxError: "):
            parse(text)
    else:
        assert json.loads(stringify(parse(text)), parse_float=float) is not None or expected is None


@_settings
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_exactly(number: float) -> None:
    assert float(stringify(number)) == number
    assert float(parse(stringify(number))) == number


def test_to_json_methods_are_asked() -> None:
    class Thing(Object):
        """An object with its own JSON."""

        def toJSON(self, key: str) -> str:
            return f"at {key}"

    assert stringify(from_json({}).__class__._make({"a": Thing._make()})) == '{"a":"at a"}'


def test_a_circle_is_refused_and_a_repetition_is_not() -> None:
    looped = Array.new()
    looped.push(looped)
    with pytest.raises(JsException, match="TypeError: Converting circular structure to JSON"):
        stringify(looped)
    shared = Array.of(1)
    assert stringify(Array.of(shared, shared)) == "[[1],[1]]"


def test_big_integers_are_refused() -> None:
    with pytest.raises(JsException, match="TypeError: Do not know how to serialize a BigInt"):
        stringify(2**53)


def test_deep_text_is_refused_or_read_but_never_fatal() -> None:
    with pytest.raises(JsException, match="SyntaxError"):
        parse("[" * 100_000)


def test_revivers_see_the_inside_first() -> None:
    seen: list[str] = []

    def reviver(key: str, value: Any, context: Any) -> Any:
        seen.append(key)
        return value

    parse('{"a": [1, {"b": 2}], "c": 3}', reviver)
    assert seen == ["0", "b", "1", "a", "c", ""]


@pytest.mark.usefixtures("old_pyodide")
def test_on_the_old_pyodide_null_is_none_and_dicts_are_empty() -> None:
    assert parse("[null]")[0] is None
    assert stringify({"a": 1}) == "{}"
    assert stringify(to_js({"a": 1})) == '{"a":1}'


def test_the_object_is_json() -> None:
    assert str(JSON) == "[object JSON]"
    assert JSON.parse("1") == 1 and JSON.stringify("x") == '"x"'


def test_classes_and_closed_brackets() -> None:
    assert stringify(Object) is None
    with pytest.raises(JsException, match="Expected ',' or '}' after property value"):
        parse('{"a": [1] 2')

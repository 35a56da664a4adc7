"""to_js and to_py, where they differ from what the frozen lines of Pyodide cover."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from http import HTTPMethod
from typing import Any

import pytest

from sshim.platform.ffi import (
    Array,
    ConversionError,
    Map,
    Object,
    Promise,
    Set,
    is_nullish,
    jsnull,
    runtime,
    to_js,
)
from sshim.platform.maps import LiteralMap


def test_cycles_stay_cycles() -> None:
    looped: list[Any] = [1]
    looped.append(looped)
    made = to_js(looped)
    assert made[1] is made
    back = made.to_py()
    assert back[1] is back
    mapping: dict[str, Any] = {}
    mapping["self"] = mapping
    plain = to_js(mapping, dict_converter=Object.fromEntries)
    assert plain.self is plain
    assert plain.to_py()["self"]["self"]["self"] is not None


def test_one_object_used_twice_stays_one() -> None:
    shared = [1]
    made = to_js([shared, shared, {"a": shared}])
    assert made[0] is made[1] is made[2].a


def test_results_of_a_converter_are_not_mixed_up_with_freed_objects() -> None:
    made = to_js(
        list(range(50)) + [object()] * 50, default_converter=lambda v, convert, cache: convert([id(v)])
    )
    assert len({id(item) for item in list(made)[50:]}) >= 1
    made = to_js([object() for _ in range(200)], default_converter=lambda v, convert, cache: convert([id(v)]))
    assert len({item[0] for item in made}) == 200


def test_kinds_of_text_and_numbers_become_plain() -> None:
    class Colour(IntEnum):
        RED = 1

    made = to_js([HTTPMethod.GET, Colour.RED, True, 2.0])
    assert [type(item) for item in made] == [str, int, bool, int]


def test_the_converter_for_dicts_is_given_arrays() -> None:
    def converter(entries: Any) -> str:
        assert isinstance(entries, Array) and all(isinstance(entry, Array) for entry in entries)
        return ",".join(f"{key}={value}" for key, value in entries)

    assert list(to_js([{"a": 1, "b": 2}], dict_converter=converter)) == ["a=1,b=2"]


def test_a_converter_that_remembers_its_results_is_asked_once() -> None:
    asked: list[Any] = []
    thing = object()

    def converter(value: Any, convert: Any, cache: Any) -> Any:
        asked.append(value)
        made = Array.of(len(asked))
        cache(value, made)
        return made

    made = to_js([thing, thing], default_converter=converter)
    assert asked == [thing] and made[0] is made[1]


def test_proxies_can_be_forbidden() -> None:
    with pytest.raises(ConversionError, match="No conversion known for"):
        to_js([object()], create_pyproxies=False)


def test_unhashable_keys_cannot_become_keys_of_a_dict() -> None:
    with pytest.raises(ConversionError, match="Cannot use key of type list"):
        Map.new([(to_js([1]), 2)]).to_py()


def test_members_and_keys_are_converted_back() -> None:
    assert Set.new(["a", 1]).to_py() == {"a", 1}
    assert Map.new([(1, to_js([2]))]).to_py() == {1: [2]}


def test_dicts_become_maps_with_properties_and_on_later_versions_objects() -> None:
    assert isinstance(to_js({"a": 1}), LiteralMap)
    kept = runtime.version
    runtime.emulate("314.0.7")
    try:
        assert type(to_js({"a": 1})) is Object
    finally:
        runtime.emulate(kept)


def test_null_is_neither_none_nor_lost() -> None:
    assert to_js([None, jsnull]).to_py() == [None, jsnull]
    assert is_nullish(None) and is_nullish(jsnull) and not is_nullish(0)


def test_what_is_converted_keeps_its_old_form() -> None:
    original = {"a": [1]}
    made = to_js(original)
    made.get("a").append(2)
    assert original == {"a": [1]}
    data = bytearray(b"abc")
    view = to_js(data)
    view[0] = 0
    assert data == b"abc"


def test_an_eager_converter_sees_all_but_primitive_values() -> None:
    seen: list[Any] = []

    def converter(value: Any, convert: Any, cache: Any) -> Any:
        seen.append(value)
        return convert(value)

    assert to_js([1, "a", {"b": (2,)}], eager_converter=converter).to_py() == [1, "a", {"b": [2]}]
    assert seen == [[1, "a", {"b": (2,)}], {"b": (2,)}, (2,)]


def test_any_python_buffer_becomes_a_typed_array() -> None:
    assert to_js(ctypes.create_string_buffer(b"ab", 2)).to_bytes() == b"ab"
    assert to_js(ctypes.c_uint16(5)) == 5
    assert to_js([thing := object()], default_converter=lambda v, convert, cache: v)[0] is thing


def test_a_converter_to_python_may_remember_its_results() -> None:
    response = Promise.withResolvers().promise
    asked: list[Any] = []

    def converter(value: Any, convert: Any, cache: Any) -> Any:
        asked.append(value)
        cache(value, "converted")
        return "converted"

    assert Array.of(response, response).to_py(default_converter=converter) == ["converted"] * 2
    assert len(asked) == 1

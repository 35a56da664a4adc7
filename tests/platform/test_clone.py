"""structuredClone copies values and refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.platform.clone import structuredClone
from sshim.platform.exceptions import JsException, js_error
from sshim.platform.ffi import Array, DataView, Map, Object, Set, Uint8Array, from_json, to_js
from sshim.platform.globals import global_this
from sshim.platform.headers import Headers


def test_copies_are_deep() -> None:
    original = from_json({"a": [1, {"b": 2}]})
    copy = structuredClone(original)
    copy.a.push(9)
    assert original.a.length == 2 and copy.a.length == 3
    assert copy.a[1] is not original.a[1] and copy.a[1].b == 2


def test_cycles_and_shared_objects_stay() -> None:
    looped = Array.new()
    looped.push(looped, looped)
    copy = structuredClone(looped)
    assert copy[0] is copy and copy[1] is copy and copy is not looped


def test_views_of_one_buffer_still_share_it() -> None:
    view = Uint8Array.from_bytes(b"abcd")
    first, second = structuredClone(Array.of(view, view.subarray(2)))
    first[2] = 0
    assert second.to_bytes() == b"\0d" and view.to_bytes() == b"abcd"
    assert structuredClone(DataView.new(view.buffer, 1, 2)).byteOffset == 1


@pytest.mark.parametrize("value", [None, 1, 1.5, "text", True])
def test_primitive_values_are_themselves(value: Any) -> None:
    assert structuredClone(value) == value


def test_containers_dates_headers_and_errors() -> None:
    assert structuredClone(Map.new([(1, to_js([2]))])).to_py() == {1: [2]}
    assert structuredClone(Set.new([1])).to_py() == {1}
    assert structuredClone(global_this.Date.new(5)).getTime() == 5
    assert structuredClone(Headers.new({"a": "b"})).get("a") == "b"
    error = structuredClone(js_error("AbortError", "m"))
    assert (error.constructor.name, error.name, error.message) == ("DOMException", "AbortError", "m")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (len, r"function\(\)\{\} could not be cloned"),
        ([1], r"\[object Object\] could not be cloned"),
        (Object, "could not be cloned"),
        (to_js({"a": 1}), r"\[object Map\] could not be cloned"),
        (global_this.URL.new("http://h/"), 'Could not serialize object of type "URL"'),
    ],
)
def test_the_rest_cannot_be_cloned(value: Any, text: str) -> None:
    with pytest.raises(JsException, match=f"^DataCloneError: .*{text}"):
        structuredClone(value)
    with pytest.raises(JsException, match="DataCloneError"):
        structuredClone(Array.of(value))

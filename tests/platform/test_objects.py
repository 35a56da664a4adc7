"""Objects, arrays, maps and sets, beyond the frozen lines of Pyodide."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import (
    Array,
    Map,
    Object,
    Set,
    create_proxy,
    from_json,
    jsnull,
    plain_object,
    runtime,
    to_js,
)
from sshim.platform.options import Options, positional, read_options
from sshim.platform.reflect import Reflect


def test_json_becomes_objects() -> None:
    made = from_json({"a": [1, 2.0, None, {"b": True}]})
    assert [type(item) for item in made.a][:2] == [int, int]
    assert made.a[2] is jsnull and made.a[3].b is True


def test_grouping() -> None:
    groups = Object.groupBy([1, 2, 3], lambda item, index: "odd" if item % 2 else "even")
    assert groups.to_py() == {"odd": [1, 3], "even": [2]}
    with pytest.raises(JsException, match="is not a function"):
        Object.groupBy([])


def test_the_smaller_functions_of_object() -> None:
    made = Object.create(plain_object({"a": 1}))
    assert made.a == 1 and Object.hasOwn(made, "a") and not Object.hasOwn(made, "b")
    assert Object.freeze(made) is made and Object.is_(1, 1.0)
    assert Object() is not None and Object(made) is made
    assert Object.entries("ab").to_py() == [["0", "a"], ["1", "b"]]


def test_maps_tell_keys_apart_as_javascript_does() -> None:
    made = Map.new([(1, "number"), (True, "boolean"), ("1", "text")])
    assert [made.get(1), made.get(True), made.get("1"), made.get(1.0)] == [
        "number",
        "boolean",
        "text",
        "number",
    ]
    unhashable: list[Any] = []
    made.set(unhashable, "list")
    assert made.get(unhashable) == "list" and made.get([]) is None
    assert list(made.keys()) == [1, True, "1", unhashable]


def test_maps_have_the_methods_of_dicts_and_of_javascript() -> None:
    made = Map.new([("a", 1)])
    made["b"] = 2.0
    assert made.setdefault("c", 3) == 3 and made.size == 3
    seen: list[Any] = []
    made.forEach(lambda value, key, whole: seen.append((key, value, whole is made)))
    assert seen == [("a", 1, True), ("b", 2, True), ("c", 3, True)]
    del made["a"]
    with pytest.raises(KeyError, match="a"):
        del made["a"]
    made.clear()
    assert not made and made.pop("x", 5) == 5


def test_sets_keep_their_order_and_members_once() -> None:
    made = Set.new([3, 1, 3, True])
    assert list(made) == [3, 1, True] and made.delete(3) and not made.delete(3)
    assert [list(pair) for pair in made.entries()] == [[1, 1], [True, True]]
    seen: list[Any] = []
    made.forEach(lambda value, again, whole: seen.append((value, again, whole is made)))
    assert seen[0] == (1, 1, True) and list(made.values()) == list(made.keys())
    made.clear()
    assert not made


def test_arrays_may_be_cut_and_padded_by_length() -> None:
    made = Array.of(1, 2, 3)
    made.length = 1
    assert list(made) == [1]
    made.length = 3
    assert list(made) == [1, None, None]


def test_arrays_take_array_likes() -> None:
    assert list(Array.from_(plain_object({"0": "a", "length": 2}))) == ["a", None]
    with pytest.raises(JsException, match="undefined is not iterable"):
        Array.from_()


def test_the_iterators_of_arrays_are_javascripts() -> None:
    entries = Array.of("x").entries()
    step = entries.next()
    assert (step.done, list(step.value)) == (False, [0, "x"])
    assert entries.next().done and str(entries) == "[object Array Iterator]"


def test_more_of_arrays() -> None:
    made = Array.of(1, Array.of(2, 3))
    assert made.flatMap(lambda item, index, whole: item).to_py() == [1, 2, 3]
    assert made.lastIndexOf(1) == 0 and made.lastIndexOf(9) == -1
    seen: list[Any] = []
    made.forEach(lambda item, index, whole: seen.append(index))
    assert seen == [0, 1] and list(reversed(Array.of(1, 2))) == [2, 1]
    assert list(made.object_keys()) == ["0", "1"]
    with pytest.raises(JsException, match="Invalid array length"):
        Array.new(1.5)


def test_a_map_over_an_object_changes_the_object() -> None:
    data = from_json({"a": 1, "b": {"c": [1, {"d": 2}]}})
    view = data.as_object_map()
    view["e"] = 5
    assert data.e == 5 and view.pop("a") == 1 and not hasattr(data, "a")
    assert view.pop("a", None) is None and "b" in view and len(view) == 2
    with pytest.raises(KeyError):
        del view["a"]
    view.update({"f": 6}, g=7)
    assert dict(view.items())["g"] == 7 and view.keys() == ["b", "e", "f", "g"] and view.get("zz", 1) == 1
    deep = data.as_py_json()
    assert deep["b"]["c"][1]["d"] == 2 and next(iter(deep["b"]["c"])) == 1
    assert deep.to_py()["b"] == {"c": [1, {"d": 2}]}
    assert data.as_object_map(hereditary=True)["b"]["c"][0] == 1


def test_reflection() -> None:
    made = plain_object({"a": 1})
    assert Reflect.ownKeys(made).to_py() == ["a"] and Reflect.get(made, "b") is None
    assert Reflect.set(made, "b", 2) and Reflect.has(made, "b") and made.b == 2
    assert Reflect.deleteProperty(made, "b") and not Reflect.has(made, "b")
    assert Reflect.apply(create_proxy(max), None, [1, 2]) == 2
    assert Reflect.construct(Array, [1, 2]).length == 2


def test_keywords_are_one_more_argument() -> None:
    assert positional(("body",), {"status": 404}) == ("body", {"status": 404})
    assert positional(("body",), {}) == ("body",)


def test_options_are_read_from_whatever_holds_them() -> None:
    class Init:
        status = 404

    for given in (
        {"status": 404},
        plain_object({"status": 404}),
        to_js({"status": 404}),
        create_proxy({"status": 404}),
        Init(),
        Options(status=404),
    ):
        options = read_options(given)
        assert options.get("status") == 404 and options.get("headers") is None, given
    assert read_options(Map.new([("status", 404)])).get("status") is None
    assert read_options(None, {"status": 1})["status"] == 1 and read_options(jsnull) == {}


@pytest.mark.usefixtures("old_pyodide")
def test_on_the_old_pyodide_a_dict_gives_no_options_but_keywords_do() -> None:
    assert read_options({"status": 404}).get("status") is None
    assert read_options(Options(status=404)).get("status") == 404
    assert runtime.null is None


def test_arrays_are_made_by_calling_too_and_slices_can_be_replaced() -> None:
    made = Array(1, 2, 3)
    made[0:2] = [7.0]
    assert list(made) == [7, 3] and type(made[0]) is int
    with pytest.raises(IndexError, match="5"):
        made[5] = 1


def test_new_objects_take_keywords_and_sources_may_be_missing() -> None:
    assert Object.new(a=1).a == 1
    assert Object.assign(Object.new(), None, {"a": 1}, jsnull).a == 1
    assert Object.keys(3).length == 0


def test_a_map_is_made_of_a_map() -> None:
    assert Map.new(Map.new([("a", 1)])).get("a") == 1
    literal = to_js({})
    assert bool(literal) and str(literal) == "[object Map]"


def test_views_of_objects_read_through() -> None:
    view = plain_object({"a": 1}).as_object_map()
    assert view.a == 1 and view.values() == [1]


def test_reflection_says_when_it_cannot_set() -> None:
    assert Reflect.set(Array.of(1), "toString", 1)
    assert not Reflect.set(from_json([1]), "constructor", 1)
    assert str(Reflect) == "[object Reflect]"


def test_attributes_of_any_object_are_options() -> None:
    class Init:
        def __init__(self) -> None:
            self.own = 1

        @property
        def computed(self) -> int:
            return 2

    options = read_options(Init())
    assert (options["own"], options["computed"]) == (1, 2)
    assert "computed" in options and "missing" not in options and 3 not in options


def test_null_can_be_copied_and_stored() -> None:
    assert copy.copy(jsnull) is copy.deepcopy([jsnull])[0] is jsnull
    assert pickle.loads(pickle.dumps(jsnull)) is jsnull

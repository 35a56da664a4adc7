"""js.console writes as workerd's console does."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.platform.console import Console
from sshim.platform.exceptions import js_error
from sshim.platform.ffi import Array, Map, Object, Promise, Set, Uint8Array, from_json, jsnull, resolved
from sshim.platform.globals import global_this
from sshim.platform.headers import Headers
from sshim.platform.inspection import format_message, inspect

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def console() -> Any:
    return Console._make()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((), ""),
        (("a", 1, 1.5, 2.0, True, None, jsnull), "a 1 1.5 2 true undefined null"),
        (("%s is %d", "x", 3, "rest"), "x is 3 rest"),
        (("%i %f %% %c| %j", 3.7, "2.5", "css", from_json({"a": 1})), '3 2.5 % | {"a":1}'),
        (("%o %O", from_json([1]), from_json({"a": 1})), "[ 1 ] { a: 1 }"),
        (("100% %d",), "100% %d"),
        (("%x %s", 1), "%x 1"),
        ((from_json({"a": [1, "b", {"c": None}]}),), "{ a: [ 1, 'b', { c: null } ] }"),
        ((from_json({"a": {"b": {"c": {"d": 1}}}}),), "{ a: { b: { c: [Object] } } }"),
        ((from_json([[[[1]]]]),), "[ [ [ [Array] ] ] ]"),
        ((from_json({"a-b": 1, "it's": "x'y"}),), """{ 'a-b': 1, "it's": "x'y" }"""),
        ((from_json({}), from_json([])), "{} []"),
        ((Map.new([("a", 1)]), Set.new([1])), "Map(1) { 'a' => 1 } Set(1) { 1 }"),
        ((Uint8Array.from_bytes(b"ab"), Uint8Array.from_bytes(b"ab").buffer),
         "Uint8Array(2) [ 97, 98 ] ArrayBuffer { [Uint8Contents]: <61 62>, byteLength: 2 }"),
        ((Headers.new({"a": "b"}),), "Headers(1) { 'a' => 'b' }"),
        ((len, lambda: 1, Object), "[Function: len] [Function (anonymous)] [class Object]"),
        ((global_this.Date.new(0),), "1970-01-01T00:00:00.000Z"),
        ((js_error("TypeError", "boom"),), "TypeError: boom"),
        ((resolved(1), Promise.withResolvers().promise), "Promise { 1 } Promise { <pending> }"),
        (({"python": 1}, b"x", (1,)), "{'python': 1} b'x' (1,)"),
        ((global_this.URLSearchParams.new("a=1"),), "URLSearchParams(1) { 'a' => '1' }"),
    ],
)  # fmt: skip
def test_messages_look_as_in_workerd(args: tuple[Any, ...], text: str) -> None:
    assert format_message(args) == text


def test_wide_objects_take_a_line_for_each_part() -> None:
    wide = from_json({"first": "x" * 40, "second": {"third": "y" * 40}})
    assert inspect(wide) == (
        "{\n  first: '" + "x" * 40 + "',\n  second: { third: '" + "y" * 40 + "' }\n}"
    )  # fmt: skip


def test_cycles_and_long_arrays_end() -> None:
    looped = Array.new()
    looped.push(looped)
    assert inspect(looped) == "[ [Circular *1] ]"
    assert inspect(Array._make([0] * 120)).endswith("... 20 more items\n]")


def test_problems_go_to_standard_error(console: Any, capsys: Capture) -> None:
    for method in ("log", "info", "debug", "warn", "error"):
        getattr(console, method)(method)
    assert capsys.readouterr() == ("log\ninfo\ndebug\n", "warn\nerror\n")


def test_groups_are_indented(console: Any, capsys: Capture) -> None:
    console.group("outer")
    console.group()
    console.log("a\nb")
    console.groupEnd()
    console.groupEnd()
    console.groupEnd()
    console.log("c")
    assert capsys.readouterr().out == "outer\n    a\n    b\nc\n"


def test_counters_and_stop_watches(console: Any, capsys: Capture) -> None:
    console.count()
    console.count()
    console.countReset()
    console.count("default")
    console.time("t")
    console.timeLog("t", "still")
    console.timeEnd("t")
    console.timeEnd("t")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["default: 1", "default: 2", "default: 1"]
    assert lines[3].startswith("t: ") and lines[3].endswith("ms still") and len(lines) == 5


def test_assertions_speak_when_they_fail(console: Any, capsys: Capture) -> None:
    console.assert_(True, "silent")
    console.assert_(False, "loud %s", "x")
    console.assert_()
    assert capsys.readouterr().err == "Assertion failed: loud x\nAssertion failed\n"


def test_dir_quotes_text_and_trace_says_so(console: Any, capsys: Capture) -> None:
    console.dir("text")
    console.trace("here")
    console.trace()
    console.clear()
    assert capsys.readouterr() == ("'text'\n", "Trace: here\nTrace\n")
    assert str(console) == "[object console]"


def test_iterators_show_their_kind() -> None:
    assert inspect(Array.of(1).entries()) == "Object [Array Iterator] {}"

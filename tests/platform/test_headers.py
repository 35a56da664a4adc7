"""Headers by workerd's rules, with its error texts."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.platform.exceptions import JsException
from sshim.platform.ffi import jsnull, to_js
from sshim.platform.headers import Headers


def pairs(headers: Headers) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers]


def test_names_keep_their_spelling_on_the_wire_only() -> None:
    headers = Headers.new([("X-Api-Key", "1"), ("accept", "a"), ("Accept", "b")])
    assert pairs(headers) == [("accept", "a, b"), ("x-api-key", "1")]
    assert headers.raw_items() == [("X-Api-Key", "1"), ("accept", "a, b")]


def test_cookies_are_never_joined() -> None:
    headers = Headers.from_pairs([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    assert pairs(headers) == [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert headers.raw_items() == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert list(headers.getSetCookie()) == list(headers.getAll("Set-Cookie")) == ["a=1", "b=2"]
    headers.set("set-cookie", "c=3")
    assert pairs(headers) == [("set-cookie", "c=3")]


def test_get_all_is_for_cookies_only() -> None:
    with pytest.raises(JsException, match='getAll\\(\\) can only be used with the header name "Set-Cookie"'):
        Headers.new().getAll("accept")


@pytest.mark.parametrize(
    "init",
    [
        {"a": "1", "b": "2"},
        [("a", "1"), ("b", "2")],
        [["a", "1"], ["b", "2"]],
        {"a": "1", "b": "2"}.items(),
        to_js({"a": "1", "b": "2"}),
        to_js([["a", "1"], ["b", "2"]]),
        Headers.from_pairs([("a", "1"), ("b", "2")]),
    ],
)
def test_many_things_can_be_headers(init: Any) -> None:
    assert pairs(Headers.new(init)) == [("a", "1"), ("b", "2")]


def test_a_copy_is_its_own() -> None:
    original = Headers.new([("a", "1")])
    copy = Headers.new(original)
    copy.append("a", "2")
    assert (original.get("a"), copy.get("a")) == ("1", "1, 2")


@pytest.mark.parametrize("name", ["a b", "a:", "a\r\nb", "a\x00", "a(b)", "\x7f"])
def test_bad_names_are_refused_everywhere(name: str) -> None:
    headers = Headers.new()
    for call in (
        lambda: headers.append(name, "x"),
        lambda: headers.set(name, "x"),
        lambda: headers.get(name),
        lambda: headers.has(name),
        lambda: headers.delete(name),
        lambda: Headers.new({name: "x"}),
    ):
        with pytest.raises(JsException, match=r"^TypeError: Invalid header name\.$"):
            call()


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x", "a\nb", "a\x00b", "a\rb"])
def test_a_value_cannot_start_another_header(value: str) -> None:
    with pytest.raises(JsException, match=r"^TypeError: Invalid header value\.$"):
        Headers.new([("a", value)])


@pytest.mark.parametrize("value", ["a\tb", "é€", "", "a\x01b"])
def test_values_that_workerd_lets_pass(value: str) -> None:
    assert Headers.new([("a", value)]).get("a") == value


def test_white_space_around_a_value_goes() -> None:
    assert Headers.new([("a", "\r\n \tb \t")]).get("a") == "b"


def test_a_lone_surrogate_is_replaced() -> None:
    assert Headers.new([("a", "\ud800")]).get("a") == "\ufffd"


@pytest.mark.parametrize("init", ["ab", 3, jsnull, True])
def test_other_things_cannot_be_headers(init: Any) -> None:
    with pytest.raises(JsException, match="not of type 'Headers or Sequence or object'"):
        Headers.new(init)


@pytest.mark.parametrize("init", [["ab"], [["a"]], [["a", "b", "c"]], [3]])
def test_pairs_have_two_elements(init: Any) -> None:
    with pytest.raises(JsException, match="each inner sequence must have exactly two elements"):
        Headers.new(init)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(
        JsException, match="Failed to execute 'get' on 'Headers': parameter 1 is not of type 'string'"
    ):
        Headers.new().get()
    with pytest.raises(JsException, match="'set' on 'Headers': parameter 2"):
        Headers.new().set("a")


def test_immutable_headers_do_not_change() -> None:
    headers = Headers.from_pairs([("a", "1")], immutable=True)
    for call in (
        lambda: headers.set("a", "2"),
        lambda: headers.append("b", "2"),
        lambda: headers.delete("a"),
    ):
        with pytest.raises(JsException, match=r"Can't modify immutable headers\."):
            call()
    assert headers.get("a") == "1"


@pytest.mark.usefixtures("old_pyodide")
def test_on_the_old_pyodide_a_missing_header_is_none() -> None:
    assert Headers.new().get("a") is None


def test_callbacks_hear_of_each_field() -> None:
    seen: list[Any] = []
    headers = Headers.new([("b", "2"), ("a", "1")])
    headers.forEach(lambda value, name, whole: seen.append((value, name, whole is headers)))
    assert seen == [("1", "a", True), ("2", "b", True)]


def test_the_iterators_are_javascripts() -> None:
    headers = Headers.new([("a", "1")])
    entries = headers.entries()
    assert str(entries) == "[object EntryIterator]"
    step = entries.next()
    assert (step.done, list(step.value)) == (False, ["a", "1"])
    assert entries.next().done is True
    assert (list(headers.keys()), list(headers.values())) == (["a"], ["1"])


def test_a_python_object_cannot_be_headers() -> None:
    with pytest.raises(JsException, match="not of type 'Headers or Sequence or object'"):
        Headers.new(object())

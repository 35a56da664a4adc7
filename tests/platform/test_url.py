"""URL and URLSearchParams by the WHATWG standard, with workerd's error texts."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.platform import url as url_module
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import jsnull
from sshim.platform.url import URL
from sshim.platform.url_search_params import URLSearchParams, decode, encode

_settings = settings(max_examples=200)
_TEXT = st.text(max_size=40)
_URLISH = st.text(alphabet="ahtps:/\\?#[]@%.0189 é\ud800\x00\t&=+;,-_~", max_size=40)


@pytest.mark.parametrize("args", [("x",), ("x", "y"), ("http://a b/",), ("",), ("http://",)])
def test_an_invalid_url_is_a_type_error(args: tuple[str, ...]) -> None:
    with pytest.raises(JsException, match=r"^TypeError: Invalid URL string\.$"):
        URL.new(*args)
    assert URL.parse(*args) is jsnull
    assert URL.canParse(*args) is False


def test_a_missing_url_is_named() -> None:
    with pytest.raises(
        JsException, match="Failed to construct 'URL': constructor parameter 1 is not of type 'string'"
    ):
        URL.new()


def test_an_invalid_href_changes_nothing() -> None:
    url = URL.new("http://h/")
    with pytest.raises(JsException, match="the provided value is not of type 'valid URL string'"):
        url.href = "nope"
    assert url.href == "http://h/"


def test_parameters_and_url_change_together() -> None:
    url = URL.new("http://h/?a=1")
    parameters = url.searchParams
    assert url.searchParams is parameters
    parameters.append("b", "c d")
    assert url.href == "http://h/?a=1&b=c+d"
    url.search = "?z=9"
    assert parameters.get("z") == "9" and parameters.get("a") is jsnull
    url.href = "http://other/?q=1"
    assert parameters.get("q") == "1"
    parameters.delete("q")
    assert url.href == "http://other/"


def test_text_is_the_url() -> None:
    url = URL.new("http://h/a")
    assert str(url) == url.toString() == url.toJSON() == "http://h/a"


def test_a_lone_surrogate_is_replaced() -> None:
    assert URL.new("http://h/\ud800").pathname == "/%EF%BF%BD"


def test_normalise_is_for_absolute_urls() -> None:
    assert url_module.normalise("HTTP://EXAMPLE.com:80/a/../b") == "http://example.com/b"
    with pytest.raises(JsException, match="Invalid URL string"):
        url_module.normalise("/path")


@_settings
@given(_URLISH | _TEXT, st.none() | _URLISH)
def test_any_text_is_parsed_or_refused(text: str, base: str | None) -> None:
    parsed = url_module.parse(text, base)
    if parsed is not None:
        again = url_module.parse(parsed.href)
        assert again is not None and again.href == parsed.href
        assert parsed.href.isascii()


@_settings
@given(
    st.sampled_from(["protocol", "host", "hostname", "port", "pathname", "search", "hash", "username"]), _TEXT
)
def test_setting_any_part_keeps_the_url_valid(part: str, text: str) -> None:
    url = URL.new("http://user@example.com:8080/path?q#f")
    setattr(url, part, text)
    assert URL.new(url.href).href == url.href


@_settings
@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=5))
def test_parameters_come_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    made = URLSearchParams.new(pairs)
    again = URLSearchParams.new(made.toString())
    assert again._pairs == made._pairs
    assert made.toString().isascii()


@_settings
@given(_URLISH)
def test_any_query_is_read(query: str) -> None:
    pairs = decode(query.encode("utf-8", "replace").decode())
    assert decode(encode(pairs)) == pairs


@pytest.mark.parametrize("query", ["a=1&b=2", "a=+%20", "a", "a&b=", "%C3%A9=%F0%9F%98%80"])
def test_queries_are_read_as_the_standard_library_reads_them(query: str) -> None:
    assert decode(query) == parse_qsl(query, keep_blank_values=True)


def test_changes_are_in_place() -> None:
    parameters = URLSearchParams.new("a=1&b=2&a=3")
    parameters.set("a", 9)
    assert parameters.toString() == "a=9&b=2"
    parameters.append("b", True)
    assert list(parameters.getAll("b")) == ["2", "true"]
    parameters.delete("b", "2")
    assert parameters.toString() == "a=9&b=true"
    parameters["c"] = "x"
    assert parameters["c"] == "x" and parameters["d"] is jsnull


def test_sorting_is_by_utf_16_and_stable() -> None:
    parameters = URLSearchParams.new([("\ufb03", "1"), ("\U0001f600", "2"), ("a", "3"), ("a", "1")])
    parameters.sort()
    assert [value for _, value in parameters._pairs] == ["3", "1", "2", "1"]


def test_bad_pairs_are_refused() -> None:
    for init in ([["a"]], ["ab"], [["a", "b", "c"]]):
        with pytest.raises(JsException, match="Invalid URL search params sequence"):
            URLSearchParams.new(init)


def test_a_missing_name_is_named() -> None:
    with pytest.raises(JsException, match="Failed to execute 'get' on 'URLSearchParams': parameter 1"):
        URLSearchParams.new().get()


def test_python_iterates_over_the_names() -> None:
    parameters = URLSearchParams.new("a=1&b=2")
    assert list(parameters) == ["a", "b"]
    assert dict(parameters.items()) == {"a": "1", "b": "2"}
    assert [list(pair) for pair in parameters.entries()] == [["a", "1"], ["b", "2"]]
    seen: list[str] = []
    parameters.forEach(lambda value, name, whole: seen.append(f"{name}={value}"))
    assert seen == ["a=1", "b=2"]


def test_parameters_are_made_of_keywords_of_others_and_of_anything_with_text() -> None:
    made = URLSearchParams.new(a=1)
    assert made.toString() == "a=1" == URLSearchParams.new(made).toString()
    assert URLSearchParams.new(object).toString().startswith("%3Cclass")

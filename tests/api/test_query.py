"""Query parameters of lists."""

from __future__ import annotations

import pytest

from sshim.api.query import Page, parse_query
from sshim.errors import RequestRefused


def message_of(text: str, ask: str) -> str:
    query = parse_query(text)
    with pytest.raises(RequestRefused) as caught:
        Page.of(query) if ask == "page" else query.direction() if ask == "direction" else query.flag(ask)
    assert (caught.value.status, caught.value.number) == (400, 1001)
    return caught.value.message


def test_the_first_page_has_twenty_items() -> None:
    shown, info = Page.of(parse_query("")).cut(list(range(45)), lambda n: n)
    assert shown == list(range(20))
    assert info == {"count": 20, "page": 1, "per_page": 20, "total_count": 45, "total_pages": 3}


def test_the_last_page_holds_the_rest() -> None:
    shown, info = Page.of(parse_query("page=3")).cut(list(range(45)), lambda n: n)
    assert shown == [40, 41, 42, 43, 44]
    assert info["count"] == 5


@pytest.mark.parametrize("page", ["4", "1000", "2147483648"])
def test_a_page_past_the_end_is_empty(page: str) -> None:
    shown, info = Page.of(parse_query(f"page={page}")).cut(list(range(45)), lambda n: n)
    assert shown == []
    assert info == {"count": 0, "page": int(page), "per_page": 20, "total_count": 45, "total_pages": 3}


def test_total_count_tells_of_all_and_total_pages_of_what_was_found() -> None:
    _, info = Page.of(parse_query("per_page=2")).cut([1, 2, 3], lambda n: n, total=99)
    assert (info["total_count"], info["total_pages"]) == (99, 2)


@pytest.mark.parametrize("value", ["0", "-1", "a", "1.5", "", "%00", "99999999999", "²", "+1"])
def test_a_page_that_is_no_number_is_refused(value: str) -> None:
    if value == "%00":
        with pytest.raises(RequestRefused):
            parse_query(f"page={value}")
        return
    assert message_of(f"page={value}", "page") == "invalid_page"


@pytest.mark.parametrize("value", ["0", "101", "x"])
def test_more_than_a_hundred_a_page_are_refused(value: str) -> None:
    assert message_of(f"per_page={value}", "page") == "invalid_per_page"


def test_direction_and_flags_take_their_words_only() -> None:
    assert parse_query("direction=desc").direction() == "desc"
    assert parse_query("force=true").flag("force") is True
    assert parse_query("force=false").flag("force") is False
    assert parse_query("").flag("force") is False
    assert message_of("direction=up", "direction") == "invalid_direction"
    assert message_of("force=maybe", "force") == "invalid_force"


def test_a_repeated_name_and_commas_give_a_list() -> None:
    query = parse_query("scopes=workers&scopes=dex,access&scopes=&x=1&scopes[]=ai_gateway")
    assert query.every("scopes") == ["workers", "dex", "access", "ai_gateway"]
    assert query.one("scopes") == ""


def test_a_query_that_is_no_utf8_or_endless_is_refused() -> None:
    for text in ("a=%ff", "&".join(["a=1"] * 201), "a=%00"):
        with pytest.raises(RequestRefused) as caught:
            parse_query(text)
        assert caught.value.message == "invalid_query"

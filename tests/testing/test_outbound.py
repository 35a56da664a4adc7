"""Which route answers what a Worker fetches."""

from __future__ import annotations

import re

import pytest

from sshim.errors import ExpectationFailed
from sshim.testing.outbound import CannedReply, Outbound, OutboundCall


def call(method: str, url: str, body: bytes = b"") -> OutboundCall:
    return OutboundCall(method, url, {}, body)


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("https://a.example/v1", "https://a.example/v1", True),
        ("https://a.example/v1", "https://a.example/v1?key=1", True),
        ("https://a.example/v1?key=1", "https://a.example/v1?key=1", True),
        ("https://a.example/v1?key=1", "https://a.example/v1?key=2", False),
        ("https://a.example/v1", "https://a.example/v1/more", False),
        ("https://a.example", "https://a.example/", True),
        ("https://a.example/*", "https://a.example/v1/more?x", True),
        ("https://a.example/*", "https://b.example/", False),
        ("https://a.example/v1.0", "https://a.example/v1x0", False),
        (re.compile(r"https://a\.example/v\d"), "https://a.example/v3", True),
        (re.compile(r"https://a\.example/v\d"), "https://a.example/v3?x", False),
    ],
)
def test_a_route_matches_its_url(pattern: str | re.Pattern[str], url: str, matches: bool) -> None:
    outbound = Outbound()
    route = outbound.get(pattern)
    assert route.matches("GET", url) is matches
    assert not route.matches("POST", url)


async def test_a_call_without_a_route_fails_with_its_url() -> None:
    outbound = Outbound()
    outbound.get("https://a.example/v1")
    with pytest.raises(ExpectationFailed) as caught:
        outbound.route_for(call("POST", "https://a.example/v1?q=1"))
    assert caught.value.message == (
        "the Worker called POST https://a.example/v1?q=1, which this test does not answer"
    )
    assert caught.value.hint == 'worker.outbound.add("POST", "https://a.example/v1", json=…)'
    assert outbound.unmatched == outbound.calls


async def test_the_route_added_last_is_asked_first_and_gives_way_when_it_is_used_up() -> None:
    outbound = Outbound()
    outbound.add(None, "https://a.example/*", body="always")
    once = outbound.put("https://a.example/x", json={"n": 1}, status=201, times=1)
    first = await outbound.route_for(call("PUT", "https://a.example/x")).answer(
        call("PUT", "https://a.example/x")
    )
    second = await outbound.route_for(call("PUT", "https://a.example/x")).answer(
        call("PUT", "https://a.example/x")
    )
    assert first == CannedReply(201, (("content-type", "application/json"),), b'{"n": 1}')
    assert second == CannedReply(200, (("content-type", "text/plain;charset=UTF-8"),), b"always")
    assert len(once.calls) == 1 and outbound.unused() == []


async def test_a_route_fails_or_answers_by_a_function_of_its_own() -> None:
    outbound = Outbound()
    outbound.delete("https://a.example/", OSError("away"))
    outbound.patch("https://a.example/", lambda made: made.json())

    async def later(made: OutboundCall) -> str:
        return made.text

    outbound.post("https://a.example/", later)
    with pytest.raises(OSError, match="away"):
        await outbound.route_for(call("DELETE", "https://a.example/")).answer(
            call("DELETE", "https://a.example/")
        )
    made = call("PATCH", "https://a.example/", b"[1]")
    assert await outbound.route_for(made).answer(made) == [1]
    made = call("POST", "https://a.example/", b"text")
    assert await outbound.route_for(made).answer(made) == "text"


def test_a_header_of_the_test_wins_over_the_default() -> None:
    route = Outbound().get(
        "https://a.example/", json=[], headers={"Content-Type": "application/vnd.api+json"}
    )
    assert route.reply == CannedReply(200, (("content-type", "application/vnd.api+json"),), b"[]")


def test_only_allowed_urls_go_out() -> None:
    outbound = Outbound()
    outbound.allow("http://127.0.0.1:8080/*")
    assert outbound.allows("GET", "http://127.0.0.1:8080/x?y")
    assert not outbound.allows("GET", "http://127.0.0.1:8081/x")


def test_neither_bodies_nor_headers_show() -> None:
    made = OutboundCall("POST", "https://a.example/", {"authorization": "Bearer sk-1"}, b"sk-2")
    assert "sk-" not in repr(made)
    route = Outbound().get("https://a.example/", body="sk-3")
    assert "sk-" not in repr(route) and str(route) == "GET https://a.example/"

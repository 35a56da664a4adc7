"""Request: from the wire and from user code."""

from typing import Any

import pytest

from sshim.platform.abort import AbortController
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import from_json
from sshim.platform.formdata import FormData
from sshim.platform.request import Request
from sshim.platform.url import URL


def test_a_request_from_the_wire_is_normalised_and_immutable():
    request = Request.from_server(
        "GET", "HTTP://LocalHost:80/a b/../c?q=ü", [("X-A", "1"), ("x-a", "2")], None, cf={"colo": "DFW"}
    )
    assert request.url == "http://localhost/c?q=%C3%BC"
    assert (request.method, request.headers.get("x-a")) == ("GET", "1, 2")
    assert request.cf.colo == "DFW"
    assert not request.body
    with pytest.raises(JsException, match="immutable"):
        request.headers.set("a", "b")
    request.clone()
    Request.new(request).headers.set("a", "b")


def test_cf_is_asked_for_late_and_once():
    calls = []
    request = Request.from_server("GET", "http://x/", [], None, cf=lambda: calls.append(1) or {"a": {"b": 1}})
    assert calls == []
    assert (request.cf.a.b, request.cf is request.cf, calls) == (1, True, [1])


def test_a_plain_request_has_production_s_defaults():
    request = Request.new("http://a.b")
    assert (request.url, request.method, request.redirect) == ("http://a.b/", "GET", "follow")
    assert (request.integrity, request.keepalive, request.cache, request.cf) == ("", False, None, None)
    assert request.signal.constructor.name == "AbortSignal"
    assert not request.fetcher
    assert not request.body
    assert not hasattr(request, "mode")
    assert str(request) == "[object Request]"
    assert Request.new(URL.new("http://a.b/#x")).url == "http://a.b/#x"


@pytest.mark.parametrize("url", ["/x", "http://", "", "a b"])
def test_urls_must_be_absolute(url: str):
    with pytest.raises(JsException) as caught:
        Request.new(url)
    assert (caught.value.name, caught.value.message) == ("TypeError", f"Invalid URL: {url}")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "FOO"}, "Invalid HTTP method string: FOO"),
        ({"body": "x"}, "Request with a GET or HEAD method cannot have a body."),
        ({"method": "head", "body": "x"}, "Request with a GET or HEAD method cannot have a body."),
        (
            {"redirect": "error"},
            'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be',
        ),
        ({"cache": "default"}, "Unsupported cache mode: default"),
    ],
)
def test_bad_options_are_type_errors(options: dict[str, Any], text: str):
    with pytest.raises(JsException) as caught:
        Request.new("http://a/", **options)
    assert caught.value.name == "TypeError"
    assert caught.value.message.startswith(text)


def test_methods_are_put_in_capitals():
    assert [Request.new("http://a/", {"method": m}).method for m in ("get", "patch", "Put")] == [
        "GET",
        "PATCH",
        "PUT",
    ]


async def test_a_body_brings_its_content_type():
    request = Request.new("http://a/", from_json({"method": "POST", "body": "x", "headers": {"q": "1"}}))
    assert request.headers.raw_items() == [("q", "1"), ("content-type", "text/plain;charset=UTF-8")]
    form = FormData.new()
    form.append("a", "b")
    assert (await Request.new("http://a/", method="POST", body=form).formData()).get("a") == "b"


async def test_a_request_made_of_another_takes_its_body():
    first = Request.new("http://a.b/", method="POST", body="x", headers={"q": "1"})
    second = Request.new(first)
    assert first.bodyUsed
    assert first.body.locked
    assert (second.method, second.headers.get("q"), await second.text()) == ("POST", "1", "x")
    with pytest.raises(JsException, match="TypeError: Cannot reconstruct a Request with a used body"):
        Request.new(first)


async def test_a_request_made_of_another_with_a_body_of_its_own_leaves_it_alone():
    first = Request.new("http://a.b/", method="POST", body="x", headers={"q": "1"})
    second = Request.new(first, headers={"z": "2"}, body="yy")
    assert not first.bodyUsed
    assert (second.method, await second.text(), await first.text()) == ("POST", "yy", "x")
    assert second.headers.raw_items() == [("z", "2"), ("content-type", "text/plain;charset=UTF-8")]


async def test_a_request_serves_as_options_of_another():
    first = Request.new("http://a.b/", method="POST", body="x", headers={"q": "1"})
    second = Request.new("http://c.d/", first)
    assert (second.url, second.method, second.headers.get("q")) == ("http://c.d/", "POST", "1")
    assert await second.text() == "x"


def test_the_signal_is_the_one_given_and_clones_share_it():
    controller = AbortController.new()
    request = Request.new("http://a/", signal=controller.signal)
    assert request.signal is controller.signal
    copy = request.clone()
    controller.abort("z")
    assert (request.signal.reason, copy.signal.aborted) == ("z", True)

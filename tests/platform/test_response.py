"""Response: construction rules, default headers, error texts, and what a server reads of it."""

from typing import Any

import pytest

from sshim.platform.blob import Blob
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Map, Uint8Array, from_json, plain_object
from sshim.platform.formdata import FormData
from sshim.platform.headers import Headers
from sshim.platform.readable import ReadableStream
from sshim.platform.response import Response
from sshim.platform.transform import FixedLengthStream, TransformStream
from sshim.platform.url_search_params import URLSearchParams
from sshim.platform.websocket import WebSocketPair


def content_type(body: Any) -> Any:
    return Response.new(body).headers.get("content-type") or None


def test_a_plain_response_has_production_s_defaults():
    response = Response.new("x")
    assert (response.status, response.statusText, response.ok, response.type) == (200, "OK", True, "default")
    assert (response.url, response.redirected, response.bodyUsed) == ("", False, False)
    assert response.cf is None
    assert not response.webSocket
    assert str(response) == "[object Response]"
    assert response.constructor.name == "Response"


def test_content_types_follow_the_body():
    assert content_type("x") == "text/plain;charset=UTF-8"
    assert content_type(Uint8Array.from_bytes(b"x")) is None
    assert content_type(URLSearchParams.new("a=b")) == "application/x-www-form-urlencoded;charset=UTF-8"
    assert content_type(Blob.new(["x"], type="Text/Foo")) == "text/foo"
    assert content_type(Blob.new(["x"])) is None
    assert content_type(ReadableStream.new()) is None
    assert content_type(None) is None
    assert content_type(FormData.new()).startswith("multipart/form-data; boundary=")


@pytest.mark.parametrize("form", ["keywords", "dict", "object", "python headers"])
def test_options_come_in_any_form(form: str):
    pairs = {"X-Y": " z ", "Content-Type": "a/b"}
    response = {
        "keywords": lambda: Response.new("x", status=404, headers=Headers.new(pairs)),
        "dict": lambda: Response.new("x", {"status": 404, "headers": pairs}),
        "object": lambda: Response.new("x", from_json({"status": 404, "headers": pairs})),
        "python headers": lambda: Response.new("x", status=404, headers=list(pairs.items())),
    }[form]()
    assert (response.status, response.statusText) == (404, "Not Found")
    assert response.header_pairs() == [("X-Y", "z"), ("Content-Type", "a/b")]


def test_a_map_as_options_is_ignored_as_in_production():
    assert Response.new("", Map._make({"status": 404})).status == 200


def test_headers_are_copied():
    headers = Headers.new({"a": "1"})
    response = Response.new("x", headers=headers)
    headers.set("a", "2")
    assert response.headers.get("a") == "1"
    assert response.header_pairs() == [("a", "1"), ("content-type", "text/plain;charset=UTF-8")]


@pytest.mark.parametrize("status", [0, 101, 199, 600, "abc", float("nan"), 10**30])
def test_statuses_outside_the_range_are_range_errors(status: Any):
    with pytest.raises(JsException) as caught:
        Response.new("x", status=status)
    assert (caught.value.name, caught.value.message) == (
        "RangeError",
        "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    )


@pytest.mark.parametrize(("status", "read"), [("404", 404), (200.7, 200), (599, 599), (None, 200)])
def test_statuses_are_read_as_numbers(status: Any, read: int):
    assert Response.new("x", status=status).status == read


@pytest.mark.parametrize("status", [204, 205, 304])
def test_some_statuses_carry_no_body(status: int):
    with pytest.raises(JsException) as caught:
        Response.new("x", status=status)
    assert caught.value.name == "TypeError"
    assert (
        caught.value.message == "Response with null body status (101, 204, 205, or 304) cannot have a body."
    )
    assert not Response.new(None, status=status).body
    assert Response.new("", status=status).body_source is None


@pytest.mark.parametrize(
    ("status", "text"), [(200, "OK"), (418, "I'm a teapot"), (299, "Successful"), (599, "Server Error")]
)
def test_status_texts_default_by_code_and_class(status: int, text: str):
    assert Response.new("x", status=status).statusText == text


def test_status_texts_are_checked():
    assert Response.new("x", statusText="é☃").statusText == "é☃"
    for text in ("a\nb", "a\tb", "a\x01"):
        with pytest.raises(JsException, match="TypeError: Invalid statusText"):
            Response.new("x", statusText=text)
    with pytest.raises(JsException, match="TypeError: encodeBody: unexpected value: foo"):
        Response.new("x", encodeBody="foo")


def test_redirect_points_somewhere_absolute_and_cannot_be_changed():
    response = Response.redirect("http://a.b/é c")
    assert (response.status, response.statusText, response.url) == (302, "Found", "")
    assert [list(pair) for pair in response.headers] == [["location", "http://a.b/%C3%A9%20c"]]
    assert response.body_source is None
    assert Response.redirect("http://a.b/", 308).status == 308
    for changed in (response, response.clone()):
        with pytest.raises(JsException, match="TypeError: Can't modify immutable headers"):
            changed.headers.set("a", "b")
    Response.new(None, response).headers.set("a", "b")


def test_bad_redirects_are_refused_in_production_s_words():
    with pytest.raises(JsException) as caught:
        Response.redirect("http://a.b/", 200)
    assert (caught.value.name, caught.value.message) == (
        "RangeError",
        "200 is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.",
    )
    with pytest.raises(JsException, match="TypeError: Unable to parse URL: /x"):
        Response.redirect("/x")


def test_error_responses():
    response = Response.error()
    assert (response.status, response.type, response.statusText, response.ok) == (0, "error", "", False)
    with pytest.raises(JsException, match="immutable"):
        response.headers.set("a", "b")


async def test_json_makes_on_the_class_and_reads_on_an_instance():
    response = Response.json(plain_object({"a": 1}), status=201)
    assert response.header_pairs() == [("content-type", "application/json")]
    assert (response.status, (await response.json()).a) == (201, 1)
    other = Response.json(plain_object({}), {"headers": {"content-type": "x/y"}})
    assert other.header_pairs() == [("content-type", "x/y")]
    with pytest.raises(JsException, match="null body status"):
        Response.json(plain_object({}), status=204)


async def test_another_response_serves_as_options():
    first = Response.new("x", status=404, headers={"q": "1"})
    second = Response.new("y", first)
    assert (second.status, second.statusText, await second.text()) == (404, "Not Found", "y")
    assert second.headers.get("q") == "1"
    assert second.headers.get("content-type") == "text/plain;charset=UTF-8"
    assert not first.bodyUsed
    third = Response.new(first.body, first)
    assert await third.text() == "x"
    assert first.bodyUsed


async def test_a_clone_is_read_on_its_own():
    first = Response.new("abc", status=201, headers={"x": "y"})
    second = first.clone()
    second.headers.set("x", "z")
    assert (first.headers.get("x"), second.status) == ("y", 201)
    assert [await first.text(), await second.text()] == ["abc", "abc"]
    with pytest.raises(JsException, match="TypeError: This ReadableStream is currently locked to a reader,"):
        first.clone()


def test_a_websocket_needs_status_101():
    client, _ = WebSocketPair.new().object_values()
    response = Response.new(None, status=101, webSocket=client)
    assert (response.status, response.statusText) == (101, "Switching Protocols")
    assert response.webSocket is client
    with pytest.raises(JsException, match="RangeError: Responses with a WebSocket must have status code 101"):
        Response.new(None, webSocket=client)
    with pytest.raises(JsException, match="TypeError: Cannot clone a response to a WebSocket handshake"):
        response.clone()
    with pytest.raises(JsException, match="webSocket"):
        Response.new(None, status=101, webSocket="x")


def test_a_body_that_production_would_compress_goes_plain():
    headers = {"Content-Encoding": "GZip", "Content-Length": "30", "X": "y"}
    assert Response.new(None, headers=headers).header_pairs() == [("X", "y")]
    assert Response.new(None, headers=headers, encodeBody="manual").header_pairs() == list(headers.items())
    other = {"Content-Encoding": "deflate", "Content-Length": "30"}
    assert Response.new(None, headers=other).header_pairs() == list(other.items())


def test_the_length_of_a_stream_is_told_where_it_is_known():
    fixed = FixedLengthStream.new(3).readable
    assert Response.new(fixed).header_pairs() == [("content-length", "3")]
    given = Response.new(Response.new("abc").body, headers={"Content-Length": "3", "X": "y"})
    assert given.header_pairs() == [("Content-Length", "3"), ("X", "y")]
    assert Response.new(TransformStream.new().readable, headers={"X": "y"}).header_pairs() == [("X", "y")]
    zipped = Response.new(fixed, headers={"Content-Encoding": "gzip"})
    assert zipped.header_pairs() == []


def test_a_server_takes_bytes_without_a_stream():
    response = Response.new("hé")
    assert response.header_pairs() == [("content-type", "text/plain;charset=UTF-8")]
    assert response.body_source == "hé".encode()
    assert response._stream is None
    with pytest.raises(JsException, match="TypeError: Body has already been used"):
        assert response.body_source

"""`workers.Request` over requests from the wire and over those that user code makes."""

import json
from http import HTTPMethod
from typing import Any

import js
import pytest
from pyodide.ffi import JsException
from workers import FormData, Request

from sshim.platform.request import Request as JsRequest


def incoming(body: Any = b'{"a": [1]}', method: str = "POST", **headers: str) -> Request:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(JsRequest.from_server(method, "http://localhost:8787/a b?x=ü", pairs, body))


def test_what_a_handler_sees():
    request = incoming(X_A="1", Accept="*/*")
    assert request.url == "http://localhost:8787/a%20b?x=%C3%BC"
    assert request.method == "POST"
    assert isinstance(request.method, HTTPMethod)
    assert (str(request.method), json.dumps(request.method)) == ("POST", '"POST"')
    assert repr(request) == "Request(method='POST', url='http://localhost:8787/a%20b?x=%C3%BC')"
    assert request.cf is None
    assert request.js_object.constructor.name == "Request"
    assert request.redirect == "follow"
    assert request.keepalive is False


def test_headers_are_a_new_message_each_time():
    headers = incoming(X_A="1").headers
    assert (headers["x-a"], headers.get("X-A"), headers["missing"], list(headers.items())) == (
        "1",
        "1",
        None,
        [("x-a", "1")],
    )
    request = incoming(X_A="1")
    request.headers["X-B"] = "2"
    assert request.headers["X-B"] is None


async def test_bodies_are_read_in_python_s_types():
    assert await incoming().json() == {"a": [1]}
    assert await incoming().text() == '{"a": [1]}'
    assert await incoming().bytes() == b'{"a": [1]}'
    assert (await incoming().buffer()).constructor.name == "ArrayBuffer"
    assert (await incoming().blob()).size == 10
    with pytest.raises(json.JSONDecodeError):
        await incoming(b"{x").json()


async def test_a_second_read_is_an_os_error_and_a_clone_helps():
    request = incoming()
    copy = request.clone()
    await request.text()
    assert request.body_used
    for again in (request.text(), request.json(), request.bytes(), request.form_data(), request.blob()):
        with pytest.raises(OSError, match=r"^Body already used$"):
            await again
    with pytest.raises(OSError, match=r"^Body already used$"):
        request.clone()
    assert await copy.json() == {"a": [1]}


def test_names_that_the_sdk_does_not_have_are_missing():
    for name in ("formData", "arrayBuffer", "bodyUsed"):
        assert not hasattr(incoming(), name)


async def test_forms():
    form = await incoming(b"a=1&a=2", Content_Type="application/x-www-form-urlencoded").form_data()
    assert form.get_all("a") == ["1", "2"]
    body = b'--B\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nx\r\n--B--'
    form = await incoming(body, Content_Type="multipart/form-data; boundary=B").form_data()
    assert (form["f"].name, await form["f"].text()) == ("n", "x")
    with pytest.raises(TypeError, match="Unrecognized Content-Type header value"):
        await incoming(b"x", Content_Type="text/plain").form_data()


async def test_the_raw_request_gives_javascript_values():
    raw = incoming().js_object
    data = await raw.json()
    assert data.a.to_py() == [1]
    assert not hasattr(data, "get")
    with pytest.raises(TypeError):
        data["a"]
    assert (
        await incoming(b"a=1", Content_Type="application/x-www-form-urlencoded").js_object.formData()
    ).get("a") == "1"
    assert (await incoming().js_object.arrayBuffer()).byteLength == 10


async def test_the_body_is_a_stream():
    async def pieces() -> Any:
        yield b"ab"
        yield b"cd"

    assert [chunk.to_bytes() async for chunk in incoming(pieces()).body] == [b"ab", b"cd"]
    assert not incoming(None).body


async def test_requests_are_made_by_keywords():
    request = Request("https://x/", method=HTTPMethod.POST, body="b", headers={"X": 1})
    assert (request.method, request.headers["x"], await request.text()) == ("POST", "1", "b")
    again = Request(Request("https://x/", method="PUT", body=b"c"), headers=[("a", "b")])
    assert (again.method, await again.bytes(), again.headers["a"]) == ("PUT", b"c", "b")
    assert (await Request("https://x/", method="POST", body=FormData({"k": "v"})).form_data())["k"] == "v"
    with pytest.raises(JsException, match="TypeError: Invalid URL: x"):
        Request("x")
    with pytest.raises(ValueError, match="Expected no options"):
        Request(js.Request.new("https://x/"), method="POST")


def test_cf_is_read_by_attributes():
    raw = JsRequest.from_server("GET", "http://x/", [], None, cf={"colo": "DFW"})
    assert Request(raw).cf.colo == "DFW"

"""`workers.Response` and what `js.Response` is to the SDK."""

from http import HTTPStatus
from typing import Any

import js
import pytest
from pyodide.ffi import JsException, to_js
from workers import Blob, File, FormData, Response


def pairs(response: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.js_object.headers]


async def test_bodies_of_the_accepted_types():
    assert await Response("hé").text() == "hé"
    assert await Response(b"\x00\xff").bytes() == b"\x00\xff"
    assert await Response(None).text() == ""
    assert await Response().text() == ""
    form = FormData({"a": "1"})
    assert (await Response(form).form_data())["a"] == "1"
    assert (await Response(form).formData())["a"] == "1"
    for body in (
        js.Blob.new(["x"]),
        js.Uint8Array.new([120]),
        js.ArrayBuffer.new(1),
        js.URLSearchParams.new("x=y"),
        js.ReadableStream.new(start=lambda controller: controller.close()),
    ):
        assert isinstance(await Response(body).text(), str)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"a": 1}, "dict"),
        ([1], "list"),
        (bytearray(b"x"), "bytearray"),
        (memoryview(b"x"), "memoryview"),
        (iter("x"), "str_ascii_iterator"),
        (5, "int"),
        (to_js({"a": 1}, dict_converter=js.Object.fromEntries), "Object"),
    ],
)
def test_other_bodies_are_type_errors_that_name_the_type(body: Any, name: str):
    with pytest.raises(TypeError, match=f"^Unsupported type in Response: {name}"):
        Response(body)


def test_content_types():
    assert pairs(Response("x")) == [("content-type", "text/plain;charset=UTF-8")]
    assert pairs(Response(b"x")) == []
    assert pairs(Response("x", headers={"Content-Type": "text/html"})) == [("content-type", "text/html")]


@pytest.mark.parametrize(("given", "status"), [(404, 404), (HTTPStatus.CREATED, 201), (0, 200), (None, 200)])
def test_statuses(given: Any, status: int):
    response = Response("x", status=given)
    assert (response.status, response.ok) == (status, status < 300)
    assert response.status_text == HTTPStatus(status).phrase


def test_refused_statuses_are_javascript_errors():
    with pytest.raises(JsException, match="RangeError: Responses may only be constructed with status codes"):
        Response("x", status=99)
    with pytest.raises(JsException, match="TypeError: Response with null body status"):
        Response("x", status=204)
    assert Response(None, status=204).status == 204


def test_status_text():
    assert Response("x", status_text="Odd").status_text == "Odd"
    assert Response("x").status_text == "OK"


@pytest.mark.parametrize("kind", ["dict", "pairs", "js"])
def test_headers_of_every_kind(kind: str):
    fields = {"X-Number": 123, "X-True": True, "X-Text": " a "}
    headers = {
        "dict": fields,
        "pairs": list(fields.items()),
        "js": js.Headers.new(fields.items()),
    }[kind]
    assert pairs(Response(b"", headers=headers)) == [("x-number", "123"), ("x-text", "a"), ("x-true", "true")]


def test_repeated_headers_join_and_cookies_stay_apart():
    response = Response(b"", headers=[("a", "1"), ("a", "2"), ("Set-Cookie", "x=1"), ("Set-Cookie", "y=2")])
    assert pairs(response) == [("a", "1, 2"), ("set-cookie", "x=1"), ("set-cookie", "y=2")]
    assert response.headers.get_all("Set-Cookie") == ["x=1", "y=2"]


def test_headers_read_as_an_http_message():
    headers = Response("x", headers={"X-Y": "z"}).headers
    assert (headers["x-y"], headers.get("X-Y"), headers["missing"]) == ("z", "z", None)
    with pytest.raises(TypeError, match="Received unexpected type for headers argument"):
        Response("x", headers="a: b")


async def test_json_makes_and_reads():
    response = Response.json([1, 2, 3], status=201, headers={"X": "y"})
    assert pairs(response) == [("content-type", "application/json"), ("x", "y")]
    assert (response.status, await response.text()) == (201, "[1, 2, 3]")
    assert await Response.from_json({"a": None}).json() == {"a": None}
    assert pairs(Response.json({}, headers={"content-type": "x/y"})) == [("content-type", "x/y")]
    proxied = to_js({"a": [1]}, dict_converter=js.Object.fromEntries)
    assert await Response.json(proxied).text() == '{"a":[1]}'


def test_redirect_gives_a_raw_response():
    response = Response.redirect("https://example.com/a", 301)
    assert (response.status, response.constructor.name) == (301, "Response")
    assert response.headers.get("location") == "https://example.com/a"
    assert Response.redirect("https://example.com", HTTPStatus.SEE_OTHER).status == 303
    with pytest.raises(JsException, match="immutable"):
        response.headers.set("a", "b")
    with pytest.raises(ValueError, match="200 is not a redirect status code"):
        Response.redirect("https://example.com", 200)
    with pytest.raises(TypeError, match="Unable to parse URL: /x"):
        Response.redirect("/x")


async def test_a_second_read_is_an_os_error():
    response = Response("x")
    await response.text()
    assert response.body_used
    for again in (response.text(), response.json(), response.bytes(), response.blob(), response.form_data()):
        with pytest.raises(OSError, match="already used"):
            await again


async def test_a_js_response_is_wrapped_but_takes_no_options():
    raw = js.Response.new("x", status=404)
    assert Response(raw).status == 404
    assert Response(raw).js_object is raw
    with pytest.raises(ValueError, match="Expected no options"):
        Response(raw, status=200)


async def test_replace_body_keeps_the_rest():
    response = Response("x", status=404, headers={"a": "b"}).replace_body("y")
    assert (response.status, await response.text(), response.headers["a"]) == (404, "y", "b")


async def test_blob_buffer_and_clone():
    response = Response("abc", headers={"content-type": "a/b"})
    copy = response.clone()
    blob = await response.blob()
    assert (await blob.text(), blob.content_type, blob.size) == ("abc", "a/b", 3)
    assert (await copy.buffer()).to_bytes() == b"abc"


def test_new_exists_on_the_raw_class_alone():
    with pytest.raises(AttributeError):
        Response.new("x")
    with pytest.raises(JsException, match="cannot be invoked without 'new'"):
        js.Response("x")


async def test_raw_options_and_maps():
    made = js.Response.new("x", to_js({"status": 404}, dict_converter=js.Object.fromEntries))
    assert made.status == 404
    assert js.Response.new("", to_js({"status": 404})).status in (200, 404)
    assert js.Response.new("x", status=404, headers={"a": "b"}).headers.get("a") == "b"
    assert js.Response.json(to_js([1])).status == 200


def test_repr_names_what_matters():
    assert repr(Response("x", status=404)) == (
        "Response(status=404, status_text='Not Found', content_type='text/plain;charset=UTF-8')"
    )


async def test_a_body_stream_can_be_handed_on():
    response = Response("abc")
    assert [chunk.to_bytes() async for chunk in response.body] == [b"abc"]
    assert Response(None).body is None
    with pytest.raises(JsException, match="disturbed"):
        Response(response.body)


async def test_blobs_are_bodies_and_files_are_not():
    response = Response(Blob(["abc"], content_type="text/x").js_object)
    assert (pairs(response), await response.text()) == ([("content-type", "text/x")], "abc")
    with pytest.raises(TypeError, match="Unsupported type in Response: File"):
        Response(File("x", "n.txt").js_object)

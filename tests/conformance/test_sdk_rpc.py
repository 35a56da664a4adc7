"""The SDK's conversions of bodies and messages between the languages."""

from typing import Any

import js
import pytest
from pyodide.ffi import to_js
from workers import Blob, File, FormData, Request, Response, python_from_rpc, python_to_rpc
from workers.rpc import _BindingWrapper

from sshim.platform.ffi import plain_object, resolved


@pytest.mark.parametrize(
    "value",
    [
        Response("x"),
        Request("https://x/"),
        FormData({"a": "b"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_messages_cross_both_ways(value: Any):
    crossed = python_to_rpc(value)
    assert crossed is value.js_object
    back = python_from_rpc(crossed)
    assert back.js_object is crossed
    assert type(back) is type(value)


async def test_blobs_and_files_cross_by_content():
    blob = python_from_rpc(python_to_rpc(Blob("x", content_type="a/b")))
    assert (await blob.text(), blob.content_type) == ("x", "a/b")
    file = python_to_rpc(File("y", "n"))
    assert (file.name, file.constructor.name) == ("n", "File")


async def test_messages_within_data_cross_too():
    crossed = python_to_rpc({"response": Response("x"), "list": [Blob("y")]})
    assert crossed.response.constructor.name == "Response"
    assert await crossed.list[0].text() == "y"
    back = python_from_rpc(crossed)
    assert await back["response"].text() == "x"


async def test_bindings_convert_what_their_methods_give():
    class Store:
        def get(self, key: str) -> Any:
            return resolved(js.Response.new(key))

    binding = _BindingWrapper(plain_object({"get": Store().get, "stream": js.ReadableStream.new()}))
    response = await binding.get("k")
    assert isinstance(response, Response)
    assert await response.text() == "k"
    assert binding.stream.constructor.name == "ReadableStream"


def test_streams_and_headers_stay_javascript():
    for value in (js.ReadableStream.new(), js.Headers.new(), js.URLSearchParams.new("a=b")):
        assert python_from_rpc(value) is value
    assert to_js([b"x"])[0].to_bytes() == b"x"

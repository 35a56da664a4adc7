"""`workers.fetch` and service bindings, which the SDK turns into fetch as well."""

import asyncio
import json
from http import HTTPMethod
from typing import Any

import js
import pytest
from workers import FormData, Request, Response, fetch
from workers.rpc import _EnvWrapper

from sshim.platform.fetcher import Fetcher
from sshim.platform.ffi import plain_object


async def test_fetch_takes_keywords_alone(echo: str):
    response = await fetch(f"{echo}/a", method=HTTPMethod.POST, body="x", headers={"X-Y": "z"})
    got = await response.json()
    assert isinstance(response, Response)
    assert (got["method"], got["path"], got["body"], dict(got["headers"])["x-y"]) == ("POST", "/a", "x", "z")
    assert (response.status, response.ok, response.url) == (200, True, f"{echo}/a")
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        await fetch(echo, {"method": "POST"})


async def test_requests_urls_and_options_of_many_kinds(echo: str):
    request = Request(f"{echo}/r", method="PUT", body=b"\x00")
    assert (await (await fetch(request)).json())["body"] == "\x00"
    raw = js.Request.new(f"{echo}/raw")
    assert (await (await fetch(raw)).json())["path"] == "/raw"
    headers = js.Headers.new({"a": "b"}.items())
    got = await (await fetch(echo, headers=headers, cf={"cacheTtl": 1}, redirect="follow")).json()
    assert dict(got["headers"])["a"] == "b"
    form = FormData({"k": "v"})
    got = await (await fetch(echo, method="POST", body=form.js_object)).json()
    assert 'name="k"' in got["body"]


async def test_redirects(echo: str):
    response = await fetch(f"{echo}/moved")
    assert (response.redirected, response.url) == (True, f"{echo}/elsewhere")
    response = await fetch(f"{echo}/moved", redirect="manual")
    assert (response.status, response.headers["location"]) == (302, "/elsewhere")


async def test_network_failures_are_os_errors():
    with pytest.raises(OSError, match="Network connection lost"):
        await fetch("http://127.0.0.1:1/")
    from sshim.platform.fetch import network

    await network.close()


async def test_js_fetch_is_there_too(echo: str):
    from pyodide.ffi import to_js

    options = to_js({"method": "POST", "body": "x"}, dict_converter=js.Object.fromEntries)
    response = await js.fetch(f"{echo}/js", options)
    assert (await response.json()).path == "/js"
    assert response.headers.get("content-type") == "application/json; charset=utf-8"


async def test_an_answer_can_be_passed_on(echo: str):
    response = await fetch(f"{echo}/a")
    passed = Response(response.body, status=418, headers=dict(response.headers.items()))
    assert json.loads(await passed.text())["path"] == "/a"
    assert passed.status == 418


async def test_a_service_binding_is_fetched_through_the_sdk():
    async def handle(request: Any) -> Any:
        return js.Response.new(f"{request.method} {request.url} {await request.text()}")

    env = _EnvWrapper(plain_object({"SERVICE": Fetcher._make(handle)}))
    response = await env.SERVICE.fetch("http://x/a", method="POST", body="b")
    assert isinstance(response, Response)
    assert await response.text() == "POST http://x/a b"
    assert await (await env.SERVICE.fetch(Request("http://x/"))).text() == "GET http://x/ "


async def test_a_cancelled_fetch_stops(echo: str):
    task = asyncio.ensure_future(fetch(echo))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

"""The platform at a compatibility date before 2025-09-29, where production runs Pyodide 0.26."""

import subprocess
import sys

SCRIPT = """
import asyncio
from sshim.platform import hook
hook.install("2025-07-01")
import js, pyodide
from pyodide.ffi import JsException, to_js
from workers import FormData, Request, Response, fetch
from sshim.platform.request import Request as JsRequest

async def main():
    assert pyodide.__version__ == "0.26.0a2"
    assert js.Headers.new().get("missing") is None
    assert js.FormData.new().get("missing") is None
    assert Response(None).js_object.body is None
    assert Response("x").js_object.webSocket is None
    request = Request(JsRequest.from_server("POST", "http://x/", [("a", "1"), ("a", "2")], b"{}"))
    assert await request.json() == {}
    assert request.headers["a"] == "1, 2"
    assert (await Response(FormData({"a": "b"})).form_data())["a"] == "b"
    made = js.Response.new("x", to_js({"status": 404}, dict_converter=js.Object.fromEntries))
    assert made.status == 404
    made = js.Response.new("x", headers=js.Headers.new({"a": "b"}.items()))
    assert made.headers.get("a") == "b"
    try:
        await fetch("http://127.0.0.1:1/")
    except OSError as error:
        assert str(error) == "Network connection lost.", error
    else:
        raise AssertionError("no error")
    from sshim.platform.fetch import network
    await network.close()
    print("done")

asyncio.run(main())
"""


def test_null_is_none_and_the_sdk_s_own_fetch_works():
    ran = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("done\n", "")

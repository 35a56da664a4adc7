"""A Worker behind a socket, asked over HTTP."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from tests.worker.conftest import HEAD, LEGACY_DATE, Serve
from tests.worker.wire import PATIENCE

STORE = "8f7a1cdced6342c18d223ece462fd88d"
SECRET = f"""
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
"""


async def test_a_class_handler_reads_its_secret(serve: Serve) -> None:
    w = await serve(
        HEAD + "    async def fetch(self, request):\n        return Response(await self.env.API_KEY.get())\n",
        config=SECRET,
    )
    w.secrets.values[STORE, "api-key"] = "first"
    assert await w.text() == "first"
    w.secrets.values[STORE, "api-key"] = "second"
    assert await w.text() == "second"
    assert w.log.requests[0] == ("GET", "/", 200, "OK")


async def test_a_missing_secret_fails_only_the_handler_that_asks(serve: Serve) -> None:
    w = await serve(
        HEAD + "    async def fetch(self, request):\n"
        "        if request.url.endswith('/ask'):\n"
        "            return Response(await self.env.API_KEY.get())\n"
        "        return Response('fine')\n",
        config=SECRET,
    )
    async with w.http.get(w.url + "/ask") as response:
        body = await response.text()
        assert response.status == 500
        assert response.headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert 'Error: Secret "api-key" not found' in body
    assert 'File "src/entry.py", line 5, in fetch' in body
    assert "worker/bindings.py" not in body
    assert await w.text("/") == "fine"
    assert any("api-key" in text and STORE in text for text, _ in w.log.errors)


async def test_the_exception_of_a_secret_is_a_js_exception(serve: Serve) -> None:
    w = await serve(
        "from pyodide.ffi import JsException\n" + HEAD + "    async def fetch(self, request):\n"
        "        try:\n            await self.env.API_KEY.get()\n"
        "        except JsException as e:\n            return Response(f'{e.name}|{e.message}|{e}')\n",
        config=SECRET,
    )
    expected = 'Error|Secret "api-key" not found|Error: Secret "api-key" not found'
    assert await w.text() == expected


async def test_a_legacy_handler_gets_the_raw_javascript_objects(serve: Serve) -> None:
    w = await serve(
        "from js import Response\n"
        "async def on_fetch(request, env, ctx):\n"
        "    ctx.waitUntil(env.API_KEY.get())\n"
        "    return Response.new(f'{request.method} {await env.API_KEY.get()}', status=201)\n",
        config=SECRET,
        date=LEGACY_DATE,
    )
    w.secrets.values[STORE, "api-key"] = "value"
    async with w.http.post(w.url) as response:
        assert (response.status, await response.text()) == (201, "POST value")


async def test_a_fastapi_application_is_served_through_asgi(serve: Serve) -> None:
    w = await serve(
        "import asgi\nfrom fastapi import FastAPI, Request\nfrom workers import WorkerEntrypoint\n"
        "app = FastAPI()\n"
        "@app.post('/echo/{name}')\n"
        "async def echo(name: str, request: Request):\n"
        "    key = await request.scope['env'].API_KEY.get()\n"
        "    return {'name': name, 'body': (await request.json())['x'], 'key': key}\n"
        "@app.get('/sync')\n"
        "def sync():\n"
        "    import threading\n"
        "    return threading.current_thread() is threading.main_thread()\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        return await asgi.fetch(app, request.js_object, self.env)\n",
        config=SECRET,
    )
    w.secrets.values[STORE, "api-key"] = "k"
    async with w.http.post(w.url + "/echo/a%20b", json={"x": 1}) as response:
        assert await response.json() == {"name": "a b", "body": 1, "key": "k"}
        assert response.headers["Content-Type"] == "application/json"
    assert json.loads(await w.text("/sync")) is True


async def test_env_and_ctx_arguments_of_a_class_handler_are_none(serve: Serve) -> None:
    w = await serve(
        HEAD + "    def fetch(self, request, env, ctx):\n        return Response(f'{env} {ctx}')\n"
    )
    assert await w.text() == "None None"


async def test_a_handler_may_leave_out_its_arguments(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self):\n        return Response('short')\n")
    assert await w.text() == "short"


@pytest.mark.parametrize("expression", ["None", "'text'", "{'a': 1}", "[1]", "b'x'", "42"])
async def test_a_result_that_is_no_response_is_a_type_error(serve: Serve, expression: str) -> None:
    w = await serve(HEAD + f"    def fetch(self, request):\n        return {expression}\n")
    async with w.http.get(w.url) as response:
        assert response.status == 500
        assert await response.text() == (
            "TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'."
        )
    assert len(w.log.warnings) == 1


@pytest.mark.parametrize("strict", [False, True])
async def test_both_ways_of_dispatch_give_the_same_answer(serve: Serve, strict: bool) -> None:
    w = await serve(
        HEAD + "    async def fetch(self, request):\n"
        "        return Response.json({'m': request.method, 'h': request.headers['x-a'],\n"
        "            'b': await request.text()}, status=203, headers={'x-b': '1'})\n",
        options={"strict_dispatch": strict},
    )
    async with w.http.put(w.url, data="body", headers={"X-A": "v"}) as response:
        assert response.status == 203
        assert response.headers["x-b"] == "1"
        assert await response.json() == {"m": "PUT", "h": "v", "b": "body"}


async def test_the_answer_has_no_headers_that_production_does_not_send(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return Response(b'x')\n")
    async with w.http.get(w.url) as response:
        assert {name.lower() for name in response.headers} == {"content-length", "date"}


async def test_the_worker_sees_the_headers_that_wrangler_gives_it(serve: Serve) -> None:
    w = await serve(
        HEAD + "    def fetch(self, request):\n"
        "        return Response.json({**dict(request.headers.items()), 'url': request.url,\n"
        "            'cf': request.cf.clientAcceptEncoding, 'colo': request.cf.colo})\n"
    )
    headers = {"Accept-Encoding": "identity", "User-Agent": "t", "Host": "app.localhost:1"}
    async with w.http.get(w.url + "/p?q=%20", headers=headers) as response:
        seen = await response.json()
    assert seen["accept-encoding"] == "br, gzip"
    assert seen["cf"] == "identity"
    assert seen["colo"] == "DFW"
    assert seen["cf-connecting-ip"] == "127.0.0.1"
    assert seen["host"] == "app.localhost:1"
    assert seen["url"] == "http://app.localhost:1/p?q=%20"


async def test_a_foreign_host_is_refused_and_the_flag_named(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return Response('x')\n")
    async with w.http.get(w.url, headers={"Host": "evil.example"}) as response:
        assert response.status == 403
        assert "--allowed-host evil.example" in await response.text()


async def test_a_stream_reaches_the_client_chunk_by_chunk(serve: Serve) -> None:
    w = await serve(
        "import asyncio\nfrom js import TransformStream, Uint8Array\nfrom pyodide.ffi import to_js\n"
        + "heard = asyncio.Event()\n"
        + HEAD
        + "    async def fetch(self, request):\n"
        "        if request.url.endswith('/heard'):\n"
        "            heard.set()\n"
        "            return Response('')\n"
        "        pair = TransformStream.new()\n"
        "        async def produce():\n"
        "            writer = pair.writable.getWriter()\n"
        "            for word in (b'one', b'two'):\n"
        "                await writer.write(to_js(word))\n"
        "                await heard.wait()\n"
        "            await writer.close()\n"
        "        self.ctx.waitUntil(produce())\n"
        "        return Response(pair.readable)\n"
    )
    async with w.http.get(w.url) as response:
        assert await response.content.readany() == b"one"
        await w.text("/heard")
        assert await response.content.read() == b"two"


async def test_wait_until_work_goes_on_after_the_answer_and_its_error_is_logged(serve: Serve) -> None:
    w = await serve(
        "import asyncio\n" + HEAD + "    def fetch(self, request):\n"
        "        async def later():\n"
        "            await asyncio.sleep(0.01)\n"
        "            raise ValueError('late')\n"
        "        self.ctx.waitUntil(later())\n"
        "        return Response('now')\n"
    )
    assert await w.text() == "now"
    await w.server.stop(PATIENCE)
    assert [text for text, _ in w.log.errors] == ["Uncaught ValueError: late"]


async def test_a_handler_that_never_answers_does_not_keep_others_waiting(serve: Serve) -> None:
    w = await serve(
        "import asyncio\n" + HEAD + "    async def fetch(self, request):\n"
        "        if request.url.endswith('/stuck'):\n            await asyncio.Event().wait()\n"
        "        return Response('free')\n"
    )
    stuck = asyncio.ensure_future(w.text("/stuck"))
    assert await asyncio.wait_for(w.text("/"), PATIENCE) == "free"
    stuck.cancel()
    with pytest.raises((asyncio.CancelledError, aiohttp.ClientError)):
        await stuck


async def test_env_can_be_imported_at_import_time(serve: Serve) -> None:
    w = await serve(
        "from workers import env\nGREETING = env.GREETING\n" + HEAD + "    async def fetch(self, request):\n"
        "        return Response(GREETING + (await env.API_KEY.get()))\n",
        config='[vars]\nGREETING = "hi "\n' + SECRET,
    )
    w.secrets.values[STORE, "api-key"] = "there"
    assert await w.text() == "hi there"


async def test_an_unsupported_binding_is_there_and_fails_at_use(serve: Serve) -> None:
    w = await serve(
        HEAD + "    async def fetch(self, request):\n"
        "        db = self.env.DB\n"
        "        if request.url.endswith('/use'):\n            await db.prepare('select 1').run()\n"
        "        return Response('there')\n",
        config='[[d1_databases]]\nbinding = "DB"\ndatabase_name = "d"\ndatabase_id = "i"\n',
    )
    assert await w.text() == "there"
    assert "env.DB is a D1 database" in await w.text("/use")


async def test_returning_a_dict_is_answered_with_what_to_do(serve: Serve) -> None:
    w = await serve(HEAD + "    def fetch(self, request):\n        return {'a': 1}\n")
    await w.text()
    assert w.log.warnings == ["the handler returned plain data: wrap it in `Response.json(...)`"]


async def test_synchronous_code_reads_a_secret_by_run_sync(serve: Serve) -> None:
    w = await serve(
        "from flask import Flask, request\nfrom pyodide.ffi import run_sync\nfrom workers import wsgi\n"
        "from workers import WorkerEntrypoint\n"
        "app = Flask(__name__)\n"
        "@app.get('/')\ndef index():\n"
        "    return run_sync(request.environ['workers.env'].API_KEY.get())\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        return await wsgi.fetch(app, request, self.env)\n",
        config=SECRET,
    )
    w.secrets.values[STORE, "api-key"] = "by flask"
    assert await w.text() == "by flask"

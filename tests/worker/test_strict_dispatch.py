"""The short way of the dispatcher and production's own conversions give the same answers."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sshim.worker.dispatch import Dispatcher
from sshim.worker.options import WorkerOptions
from sshim.worker.server import WorkerServer
from tests.worker.conftest import LEGACY_DATE, Lines, Serve

STORE = "8f7a1cdced6342c18d223ece462fd88d"
CONFIG = f"""
[vars]
TEXT = "text"
NUMBER = 1.5
NESTED = {{ a = [1, true], b = "x" }}
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
"""
HEAD = "import js\nfrom workers import Blob, FormData, Request, Response, WorkerEntrypoint, env\n"

# What a handler of `class Default` does with `request`, one a line: each is asked the same way in both modes.
BODIES = {
    "text": "return Response('x')",
    "unicode": "return Response('é \\U0001f600', status=201, headers={'x-a': 'b'})",
    "bytes": "return Response(b'\\x00\\xff')",
    "nothing": "return Response(None, status=204)",
    "json": "return Response.json({'a': [1, None, 1.5, True], 'ü': 'x'})",
    "from_json": "return Response.from_json([1, 2], status=202)",
    "redirect": "return Response.redirect('http://h/p', 307)",
    "cookies": "return Response('x', headers=[('set-cookie', 'a=1'), ('set-cookie', 'b=2'), ('x', '1')])",
    "booleans": "return Response('x', headers={'x-a': True, 'x-b': 123})",
    "js_response": "return js.Response.new('raw', status=203, statusText='Fine')",
    "js_json": "return js.Response.json(js.JSON.parse('{\"a\": null}'))",
    "form": "return Response(FormData({'a': 'b'})) if False else Response(str(request.method))",
    "blob": "return Response(await Blob(['a', 'b'], content_type='text/x').text())",
    "stream": "return Response(js.ReadableStream.new()) if False else Response(js.Response.new('s').body)",
    "copy": "r = Response('first', headers={'x': 'y'})\nreturn r.replace_body('second')",
    "method": "return Response(f'{request.method!s} {request.method == \"POST\"} {type(request.method)}')",
    "url": "return Response(request.url)",
    "headers": "return Response(f'{sorted(request.headers.items())} {request.headers[\"none\"]}')",
    "cf": "return Response(f'{request.cf.colo} {request.cf.clientAcceptEncoding}')",
    "read": "return Response(await request.text())",
    "read_json": "return Response(repr(await request.json()))",
    "read_bytes": "return Response(await request.bytes())",
    "read_buffer": "return Response((await request.buffer()).to_bytes())",
    "read_twice": "await request.text()\nreturn Response(await request.text())",
    "clone": "c = request.clone()\nreturn Response(await c.text() + await request.text())",
    "raw": "return Response(f'{request.js_object.constructor.name} {await request.js_object.text()}')",
    "echo": "return Response(request.js_object.body, headers={'content-type': 'x/y'})",
    "vars": "return Response(f'{self.env.TEXT} {self.env.NUMBER} {self.env.NESTED.b} {env.TEXT}')",
    "secret": "return Response(await self.env.API_KEY.get())",
    "missing": "return Response(self.env.NOTHING)",
    "raises": "raise ValueError('no good')",
    "js_raises": "return Response(js.JSON.parse('{'))",
    "type": "return Response(type(request).__name__)",
    "request": "return Request('http://h/')",
    "none": "return None",
    "dict": "return {'a': 1}",
    "list": "return [1]",
    "string": "return 'x'",
    "tuple": "return (1, 2)",
    "bytearray": "return bytearray(b'x')",
    "coroutine": "return self.other()",
    "function": "return self.other",
    "class": "return Response",
    "subclass": "class Own(Response):\n    pass\nreturn Own('own')",
    "bad_status": "return Response('x', status=99)",
    "bad_header": "return Response('x', headers={'a b': 'c'})",
}


@dataclass
class Both:
    """Addresses of one Worker, dispatched the short way and strictly."""

    urls: tuple[str, str]
    http: aiohttp.ClientSession
    logs: tuple[Lines, Lines]


async def start(serve: Serve, source: str, **options: Any) -> tuple[Both, WorkerServer, socket.socket]:
    first = await serve(source, **options)
    first.secrets.values[STORE, "api-key"] = "value"
    log = Lines()
    strict = WorkerOptions(strict_dispatch=True)
    second = WorkerServer(first.server.config, first.secrets, log=log, options=strict)
    await second.load()
    sock = socket.create_server(("127.0.0.1", 0))
    await second.start(sock)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    return Both((first.url, url), first.http, (first.log, log)), second, sock


@pytest.fixture
async def both(serve: Serve) -> AsyncIterator[Both]:
    lines = []
    for name, body in BODIES.items():
        inner = "\n".join(f"            {line}" for line in body.splitlines())
        lines.append(f"        if what == {name!r}:\n{inner}\n")
    source = (
        HEAD + "class Default(WorkerEntrypoint):\n    async def other(self):\n        return Response('o')\n"
        "    async def fetch(self, request):\n        what = request.headers['x-what']\n" + "".join(lines)
    )
    made, server, sock = await start(serve, source, config=CONFIG)
    yield made
    await server.stop(0.2)
    sock.close()


async def ask(http: aiohttp.ClientSession, url: str, what: str, **options: Any) -> tuple[Any, ...]:
    """Everything of an answer that could differ."""
    headers = {
        "x-what": what,
        "Host": "localhost",
        "Content-Type": "application/json",
        "Accept-Encoding": "x",
    }
    async with http.post(url, headers=headers, allow_redirects=False, **options) as response:
        fields = sorted((n, v) for n, v in response.headers.items() if n.lower() != "date")
        return response.status, response.reason, fields, await response.read()


@pytest.mark.parametrize("what", sorted(BODIES))
async def test_both_ways_answer_alike(both: Both, what: str) -> None:
    body = '{"a": [1, null]}'
    answers = [await ask(both.http, f"{url}/p?q=%20#f", what, data=body) for url in both.urls]
    assert answers[0] == answers[1]
    short, strict = both.logs
    assert [text for text, _ in short.errors] == [text for text, _ in strict.errors]
    assert short.warnings == strict.warnings
    assert (answers[0][0] == 500) == bool(short.errors)


async def test_the_short_way_is_not_taken_when_strict(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    convert = Dispatcher._to_js

    def counted(self: Dispatcher, result: Any) -> Any:
        seen.append(self._strict)
        return convert(self, result)

    monkeypatch.setattr(Dispatcher, "_to_js", counted)
    for url in both.urls:
        await ask(both.http, url, "text")
    assert seen == [True]


@pytest.mark.parametrize("made", ["Response.new('raw', status=201)", "None", "wrapped('x')", "await later()"])
async def test_legacy_handlers_answer_alike(serve: Serve, made: str) -> None:
    source = (
        "from js import Response\nfrom workers import Response as wrapped\n"
        "async def later():\n    return Response.new('later')\n"
        f"async def on_fetch(request, env, ctx):\n    return {made}\n"
    )
    both, server, sock = await start(serve, source, date=LEGACY_DATE)
    answers = [await ask(both.http, url, "x") for url in both.urls]
    await server.stop(0.2)
    sock.close()
    assert answers[0] == answers[1]

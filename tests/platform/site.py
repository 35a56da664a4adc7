"""A server on this machine whose answers are odd in the ways that fetch has to bear."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from sshim.platform.fetch import network
from tests.settling import PATIENCE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REFUSED = "http://127.0.0.1:1/"
"""Where nothing answers."""


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    headers = sorted([k.lower(), v] for k, v in request.headers.items())
    return web.json_response(
        {
            "method": request.method,
            "path": request.path_qs,
            "headers": headers,
            "body": body.decode("latin-1"),
        }
    )


async def compressed(request: web.Request) -> web.Response:
    data = gzip.compress(b"hello" * 100) + gzip.compress(b"more")
    return web.Response(body=data, headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})


async def moved(request: web.Request) -> web.Response:
    headers = (
        {"Location": request.query.get("to", "/echo?x=1")}
        if "to" not in request.query or request.query["to"]
        else {}
    )
    return web.Response(status=int(request.match_info["status"]), headers=headers, text="moved")


async def counting(request: web.Request) -> web.Response:
    left = int(request.match_info["left"])
    return web.Response(status=302, headers={"Location": f"/count/{left - 1}" if left > 1 else "/echo"})


async def broken_off(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100"})
    await answer.prepare(request)
    await answer.write(b"abc")
    assert request.transport is not None
    request.transport.close()
    return answer


async def several(request: web.Request) -> web.Response:
    answer = web.Response(status=299, reason="Odd Thing", text="x")
    for name, value in (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-A", "1"), ("X-A", "2")):
        answer.headers.add(name, value)
    return answer


async def slow(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    if "head" in request.query:
        await asyncio.sleep(10 * PATIENCE)
    await answer.prepare(request)
    await answer.write(b"first")
    await asyncio.sleep(10 * PATIENCE)
    return answer


async def size(request: web.Request) -> web.Response:
    total = 0
    async for chunk in request.content.iter_chunked(65536):
        total += len(chunk)
    return web.Response(text=f"{total} {request.headers.get('Transfer-Encoding')}")


async def empty(request: web.Request) -> web.Response:
    return web.Response(status=204)


ROUTES: Mapping[str, Handler] = {
    "/echo": echo,
    "/gzip": compressed,
    "/moved/{status}": moved,
    "/count/{left}": counting,
    "/broken": broken_off,
    "/several": several,
    "/slow": slow,
    "/size": size,
    "/empty": empty,
}


@asynccontextmanager
async def serving(routes: Mapping[str, Handler] = ROUTES) -> AsyncIterator[str]:
    """Its URL, as long as it runs."""
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await network.close()
    await runner.cleanup()


async def seen(response: Any) -> Any:
    """What `/echo` says that it has been sent."""
    return json.loads(await response.text())

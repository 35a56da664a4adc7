"""The platform under the official SDK, as a Worker of a current compatibility date has it.

It is put in place when this folder is collected, since the tests import `workers` and `js` as user code does,
and again before each test, since other folders emulate other dates in the same process.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sshim.platform import entrypoint, hook

DATE = "2026-03-01"
hook.install(DATE)


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    hook.install(DATE)
    # A Worker served by an earlier test of this process leaves its own `waitUntil`, which wants an event.
    helper = importlib.import_module("_pyodide_entrypoint_helper")
    monkeypatch.setattr(helper.cloudflareWorkersModule, "waitUntil", entrypoint._keep_running)


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """The URL of a server that tells in JSON what it was sent, and redirects below /moved."""
    from tests.platform.site import serving

    async def answer(request: web.Request) -> web.Response:
        body = (await request.read()).decode("latin-1")
        headers = [[name.lower(), value] for name, value in request.headers.items()]
        return web.json_response(
            {"method": request.method, "path": request.path_qs, "headers": headers, "body": body}
        )

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with serving({"/moved": moved, "/{path:.*}": answer}) as url:
        yield url

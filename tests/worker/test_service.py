"""Static assets, and service bindings to the Worker itself."""

from __future__ import annotations

from pathlib import Path

from tests.worker.conftest import HEAD, Serve

ASSETS = '[assets]\ndirectory = "public"\nbinding = "ASSETS"\n'


def public(root: Path) -> None:
    (root / "public").mkdir()
    (root / "public" / "index.html").write_text("<h1>home</h1>")
    (root / "public" / "app.js").write_text("let x")


async def test_an_asset_is_served_before_the_worker(serve: Serve, tmp_path: Path) -> None:
    public(tmp_path)
    w = await serve(
        HEAD + "    def fetch(self, request):\n        return Response('worker')\n", config=ASSETS
    )
    async with w.http.get(w.url + "/app.js") as response:
        assert await response.text() == "let x"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        tag = response.headers["ETag"]
    async with w.http.get(w.url + "/app.js", headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    async with w.http.get(w.url + "/index.html", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (307, "/")
    assert await w.text("/other") == "worker"


async def test_the_assets_binding_answers_the_worker(serve: Serve, tmp_path: Path) -> None:
    public(tmp_path)
    w = await serve(
        HEAD + "    async def fetch(self, request):\n"
        "        page = await self.env.ASSETS.fetch(request)\n"
        "        return Response(f'{page.status} {await page.text()}')\n",
        config=ASSETS + "run_worker_first = true\n",
    )
    assert await w.text("/app.js") == "200 let x"
    assert await w.text("/none.js") == "404 "


async def test_a_worker_reaches_itself_by_a_service_binding(serve: Serve) -> None:
    w = await serve(
        "from workers import Response, WorkerEntrypoint\n"
        "class Other(WorkerEntrypoint):\n"
        "    async def add(self, a, b=1):\n        return {'sum': a + b}\n"
        "class Default(WorkerEntrypoint):\n"
        "    async def fetch(self, request):\n"
        "        if request.url.endswith('/inner'):\n            return Response('inner')\n"
        "        inner = await self.env.SELF.fetch('http://localhost/inner')\n"
        "        total = await self.env.OTHER.add(2, b=3)\n"
        "        return Response(f'{await inner.text()} {total[\"sum\"]}')\n",
        config='[[services]]\nbinding = "SELF"\nservice = "w"\n'
        '[[services]]\nbinding = "OTHER"\nservice = "w"\nentrypoint = "Other"\n',
    )
    assert await w.text() == "inner 5"


RUN_SYNC = (
    "from pyodide.ffi import run_sync\nfrom workers import Response, WorkerEntrypoint\n"
    "import asyncio\nseen = []\n"
    "async def later(x):\n    await asyncio.sleep(0)\n    return x\n"
    "def wait(x):\n    return run_sync(later(x))\n"
)


async def test_synchronous_code_waits_behind_a_service_binding_and_in_a_trigger(serve: Serve) -> None:
    w = await serve(
        RUN_SYNC + "class Other(WorkerEntrypoint):\n"
        "    async def add(self, a, b):\n        await asyncio.sleep(0)\n        return wait(a) + wait(b)\n"
        "    async def fetch(self, request):\n        await asyncio.sleep(0)\n"
        "        return Response(wait('by fetch'))\n"
        "class Default(WorkerEntrypoint):\n"
        "    def scheduled(self, controller, env, ctx):\n        seen.append(wait(controller.cron))\n"
        "    async def fetch(self, request):\n"
        "        asked = [self.env.OTHER.add(1, 2), self.env.OTHER.fetch('http://h/')]\n"
        "        total, got = await asyncio.gather(*asked)\n"
        "        return Response(f'{total} {await got.text()} {seen}')\n",
        config='[[services]]\nbinding = "OTHER"\nservice = "w"\nentrypoint = "Other"\n',
    )
    assert await w.text("/cdn-cgi/handler/scheduled?cron=x") == "ok"
    assert await w.text() == "3 by fetch ['x']"
    assert w.log.errors == []


async def test_assets_without_a_worker_refuse_other_methods(tmp_path: Path, serve: Serve) -> None:
    public(tmp_path)
    w = await serve("", config=ASSETS)
    w.server.config = w.server.config._replace(main=None)
    for path, status in (("/app.js", 405), ("/none", 404)):
        async with w.http.post(w.url + path, data=b"x") as response:
            assert response.status == status
    assert w.log.errors == []

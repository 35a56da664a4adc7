"""The client of a test, driving Workers in this process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from sshim.errors import ExpectationFailed, SourceError, UsageError
from tests.testing.conftest import CLASS, CONFIG, ECHO, STORE, Serve


async def test_a_handler_reads_its_secret_and_the_rotated_one(serve: Serve) -> None:
    async with serve(secrets={"API_KEY": "first"}) as worker:
        response = await worker.fetch("/")
        assert (response.status, await response.text()) == (200, "Hello first")
        worker.secrets["API_KEY"] = "second"
        assert await (await worker.fetch("/")).text() == "Hello second"
        assert [event.reads for event in worker.events] == [["API_KEY"], ["API_KEY"]]


async def test_an_exception_of_the_handler_is_the_tests_without_our_frames(serve: Serve) -> None:
    source = CLASS + "    async def fetch(self, request):\n        raise ValueError('broken')\n"
    async with serve(source) as worker:
        with pytest.raises(ValueError, match="broken") as caught:
            await worker.fetch("/")
    inner = [str(entry.path) for entry in caught.traceback][-1]
    assert inner.endswith("src/entry.py")
    files = [str(entry.path) for entry in caught.traceback if "/sshim/worker/" in str(entry.path)]
    assert files == []


async def test_a_missing_secret_fails_as_in_production_and_says_what_to_seed(serve: Serve) -> None:
    async with serve() as worker:
        with pytest.raises(Exception, match='Error: Secret "api-key" not found') as caught:
            await worker.fetch("/")
    assert type(caught.value).__name__ == "JsException"
    assert caught.value.__notes__ == [
        f'env.API_KEY: this test seeds no secret \'api-key\' in store {STORE}. Try: secrets["API_KEY"] = "…"'
    ]


@pytest.mark.parametrize(
    ("set_up", "said"),
    [
        (lambda s: s.fail("API_KEY", "quota is used up"), "Error: quota is used up"),
        (lambda s: s.fail("API_KEY", TimeoutError("slow")), "slow"),
        (lambda s: s.missing("API_KEY"), 'Error: Secret "api-key" not found'),
    ],
)
async def test_get_fails_as_the_test_says(serve: Serve, set_up: object, said: str) -> None:
    async with serve(secrets={"API_KEY": "value"}) as worker:
        set_up(worker.secrets)  # type: ignore[operator]
        with pytest.raises(Exception) as caught:
            await worker.fetch("/")
        assert str(caught.value) == said
        worker.secrets.recover("API_KEY")
        worker.secrets["API_KEY"] = "back"
        assert await (await worker.fetch("/")).text() == "Hello back"


async def test_a_scheduled_event_runs_its_handler(serve: Serve) -> None:
    source = CLASS + (
        "    async def scheduled(self, controller, env, ctx):\n"
        "        seen.append((controller.cron, controller.scheduledTime, env, ctx))\n"
        "        controller.noRetry()\n"
        "        if controller.cron == 'bad': raise ValueError('cron')\n"
        "seen = []\n"
    )
    async with serve(source) as worker:
        assert (await worker.scheduled("* * * * *", time=1000)).no_retry is True
        with pytest.raises(ValueError, match="cron"):
            await worker.scheduled("bad")
        import entry

        assert entry.seen[0] == ("* * * * *", 1000, None, None)
        assert worker.events[0].target == "* * * * *"


async def test_methods_are_called_directly_with_env_and_ctx(serve: Serve) -> None:
    source = CLASS + (
        "    async def total(self, numbers):\n"
        "        self.ctx.waitUntil(asyncio.sleep(0))\n"
        "        return sum(numbers), await self.env.API_KEY.get()\n"
        "    async def fetch(self, request):\n"
        "        return Response(request.url)\n"
        "class Other(WorkerEntrypoint):\n"
        "    def name(self):\n        return 'other'\n"
    )
    async with serve(source, secrets={"API_KEY": "k"}) as worker:
        assert await worker.instance().total([1, 2]) == (3, "k")
        assert worker.instance("Other").name() == "other"
        response = await worker.instance().fetch(worker.request("/direct"))
        assert await response.text() == "http://localhost/direct"
        assert worker.events[0].reads == ["API_KEY"]


async def test_run_inside_of_a_loop_is_refused(serve: Serve) -> None:
    async with serve(ECHO) as worker:
        with pytest.raises(UsageError, match=r"worker.run\(\) is for tests that are not async"):
            worker.run(worker.fetch("/"))


async def test_a_broken_module_is_a_source_error(serve: Serve) -> None:
    with pytest.raises(SourceError, match="No module named 'not_installed'"):
        async with serve("import not_installed\n"):
            pass
    async with serve(ECHO) as worker:
        assert (await worker.fetch("/")).status == 200


@pytest.mark.parametrize(
    ("config", "said"),
    [("missing.toml", "there is no configuration"), (Path("/"), "no wrangler configuration was found in /")],
)
async def test_a_configuration_that_is_not_there_is_said(config: str | Path, said: str) -> None:
    import sshim.testing

    with pytest.raises(UsageError, match=said):
        async with sshim.testing.worker(config):
            pass


async def test_a_legacy_worker_gets_raw_objects(serve: Serve) -> None:
    source = (
        "from js import Response\n"
        "async def on_fetch(request, env, ctx):\n"
        "    return Response.new(env.GREETING)\n"
    )
    async with serve(source, config=CONFIG.replace("2026-08-01", "2025-07-01")) as worker:
        assert await (await worker.fetch("/")).text() == "Hello"


async def test_requests_at_the_same_time_know_their_own_reads(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        await asyncio.sleep(0)\n"
        "        if 'secret' in request.url:\n            await self.env.API_KEY.get()\n"
        "        return Response('x')\n"
    )
    async with serve(source, secrets={"API_KEY": "k"}) as worker:
        await asyncio.gather(*(worker.fetch(path) for path in ("/", "/secret", "/", "/secret")))
        assert [event.reads for event in worker.events] == [[], ["API_KEY"], [], ["API_KEY"]]
        assert json.dumps(worker.secrets.reads) == '["API_KEY", "API_KEY"]'


async def test_a_usual_mistake_is_explained(serve: Serve) -> None:
    async with serve(CLASS + "    async def fetch(self, request):\n        return None\n") as worker:
        with pytest.raises(TypeError, match="Incorrect type for Promise") as caught:
            await worker.fetch("/")
    assert caught.value.__notes__ == [
        "the handler returned None: does every path end in `return Response(...)`?"
    ]


async def test_a_binding_that_is_not_emulated_says_how_a_test_stands_in_for_it(serve: Serve) -> None:
    source = CLASS + "    async def fetch(self, request):\n        await self.env.KV.get('x')\n"
    config = CONFIG + '[[kv_namespaces]]\nbinding = "KV"\nid = "x"\n'
    async with serve(source, config=config) as worker:
        with pytest.raises(NotImplementedError, match=r"env\.KV is a KV namespace") as caught:
            await worker.fetch("/")
    assert caught.value.__notes__ == [
        "in a test: @pytest.mark.sshim(bindings={…}), or set it on the env fixture"
    ]


async def test_the_console_is_captured(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    source = (
        "from js import console\n"
        + CLASS
        + (
            "    async def fetch(self, request):\n"
            "        console.log('to', 1)\n        console.error('wrong')\n        print('plain')\n"
            "        return Response('x')\n"
        )
    )
    async with serve(source) as worker:
        await worker.fetch("/")
    assert capsys.readouterr() == ("to 1\nplain\n", "wrong\n")


async def test_static_assets_and_the_workers_own_service_answer_as_they_do_when_served(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "page.html").write_text("<p>static</p>")
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        if 'inner' in request.url:\n            return Response('inner')\n"
        "        page = await self.env.ASSETS.fetch('http://x/page')\n"
        "        own = await self.env.SELF.fetch('http://x/inner')\n"
        "        return Response(await page.text() + await own.text())\n"
    )
    config = CONFIG + (
        '[assets]\ndirectory = "public"\nbinding = "ASSETS"\n[[services]]\nbinding = "SELF"\nservice = "w"\n'
    )
    async with serve(source, config=config) as worker:
        page = await worker.fetch("/page")
        assert (page.status, await page.text(), page.headers["content-type"]) == (
            200,
            "<p>static</p>",
            "text/html; charset=utf-8",
        )
        assert worker.events == []
        assert await (await worker.fetch("/other")).text() == "<p>static</p>inner"


async def test_two_open_workers_import_their_own_modules_also_later(
    tmp_path: Path, clean_imports: None
) -> None:
    import sshim.testing

    for name in ("one", "two"):
        folder = tmp_path / name / "src"
        folder.mkdir(parents=True)
        (folder.parent / "wrangler.toml").write_text(CONFIG)
        (folder / "late.py").write_text(f"NAME = {name!r}\n")
        (folder / "entry.py").write_text(
            CLASS
            + "    async def fetch(self, request):\n        import late\n        return Response(late.NAME)\n"
        )
    async with sshim.testing.worker(tmp_path / "one") as one, sshim.testing.worker(tmp_path / "two") as two:
        for _ in range(2):
            assert await (await one.fetch("/")).text() == "one"
            assert await (await two.fetch("/")).text() == "two"


async def test_many_reads_are_remembered_no_longer_than_they_matter(serve: Serve) -> None:
    source = CLASS + (
        "    async def fetch(self, request):\n"
        "        for _ in range(300):\n            await self.env.API_KEY.get()\n"
        "        self.env.API_KEY.get()\n"
        "        for _ in range(300):\n            await self.env.API_KEY.get()\n"
        "        return Response('x')\n"
    )
    with pytest.raises(ExpectationFailed, match=r"without await at src/entry\.py:7"):
        async with serve(source, secrets={"API_KEY": "k"}) as worker:
            await worker.fetch("/")
            assert len(worker.calls) < 100
            assert len(worker.events[0].reads) == 600

"""What the log hears of a Worker's failures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sshim.errors import SecretNotFound
from sshim.platform.fetch import network
from sshim.platform.transport import HttpTransport
from sshim.worker.reporter import Reporter
from tests.worker.conftest import Lines, Serve, Served
from tests.worker.wire import PATIENCE

DEAD = "127.0.0.1:1"
"""Host and port where nobody listens."""

FETCHING = (
    "import js\nfrom workers import Response, WorkerEntrypoint, fetch\nkept = []\n"
    "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
    "        url = request.headers['x-url']\n"
    "        try:\n            await fetch(url)\n"
    "        except Exception as e:\n            return Response(f'{isinstance(e, OSError)} {e}')\n"
    "        return Response('answered')\n"
)
SECRET = '[[secrets_store_secrets]]\nbinding = "API_KEY"\nstore_id = "s"\nsecret_name = "k"\n'


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture
def reporter(log: Lines, tmp_path: Path) -> Reporter:
    return Reporter(log, tmp_path, lambda text: text.replace("s3cret", "***"))


async def test_a_failed_fetch_is_an_oserror_and_one_line_without_its_query(serve: Serve) -> None:
    w = await serve(FETCHING)
    text = await w.text("/", headers={"x-url": f"http://{DEAD}/path?key=hidden"})
    assert text.startswith("True ") and "Network connection lost" in text
    (line,) = w.log.warnings
    assert line.startswith(f"fetch http://{DEAD}/path: ")
    assert "hidden" not in line and "?" not in line
    assert w.log.errors == []


async def test_credentials_in_a_url_never_reach_the_log(serve: Serve) -> None:
    w = await serve(FETCHING)
    await w.text("/", headers={"x-url": f"http://user:pa-ss@{DEAD}/#pa-ss"})
    (line,) = w.log.warnings
    assert "pa-ss" not in line and "user" not in line, line


async def test_a_name_that_does_not_exist_is_told_of_alike(serve: Serve) -> None:
    w = await serve(FETCHING)
    text = await w.text("/", headers={"x-url": "http://nobody.invalid/"})
    assert text.startswith("True ")
    (line,) = w.log.warnings
    assert line.startswith("fetch http://nobody.invalid/: ")


def test_urls_within_a_reason_are_cut_down_as_well(reporter: Reporter, log: Lines) -> None:
    reporter.lost("https://u:p@h:1/a@b?q=1", "gave up on https://u:p@h/x?q=1#f, sorry, at wss://me@h#f")
    assert log.warnings == ["fetch https://h:1/a@b: gave up on https://h/x sorry, at wss://h"]


async def test_values_are_taken_out_of_the_reason_of_a_failed_fetch(reporter: Reporter, log: Lines) -> None:
    reporter.lost("http://h/s3cret", "cannot s3cret")
    assert log.warnings == ["fetch http://h/***: cannot ***"]


async def test_connections_are_closed_and_nobody_is_told_any_more_when_the_worker_stops(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = await serve(FETCHING)
    await w.text("/", headers={"x-url": f"{w.url}/inner"})
    closed = []
    close = network.close

    async def counted() -> None:
        closed.append(True)
        await close()

    monkeypatch.setattr(type(network), "close", lambda self: counted())
    await w.server.stop(0.5)
    assert closed == [True] and network.failed is None


async def first_error(w: Served) -> tuple[str, str]:
    """Asks once, and waits for the one error that is logged afterwards."""
    assert await w.text() == "x"
    async with asyncio.timeout(PATIENCE):
        while not w.log.errors:
            await asyncio.sleep(0.01)
    (error,) = w.log.errors
    return error


async def test_what_only_the_event_loop_hears_is_logged_with_the_users_frames(serve: Serve) -> None:
    w = await serve(
        "import asyncio\nfrom workers import Response, WorkerEntrypoint\n"
        "def late():\n    raise ValueError('in a callback')\n"
        "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        asyncio.get_running_loop().call_soon(late)\n        return Response('x')\n"
    )
    text, detail = await first_error(w)
    assert text == "Uncaught ValueError: in a callback"
    assert 'File "src/entry.py", line 4, in late' in detail and "asyncio" not in detail


async def test_a_task_that_nobody_awaited_is_logged(serve: Serve) -> None:
    w = await serve(
        "import asyncio, gc\nfrom workers import Response, WorkerEntrypoint\n"
        "async def work():\n    raise KeyError('lost')\n"
        "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        "        asyncio.ensure_future(work())\n        await asyncio.sleep(0.01)\n"
        "        gc.collect()\n        return Response('x')\n"
    )
    assert (await first_error(w))[0] == "Uncaught KeyError: 'lost'"


def test_a_failure_of_the_loop_without_an_exception_is_told_in_its_words(
    reporter: Reporter, log: Lines
) -> None:
    loop = asyncio.new_event_loop()
    reporter.from_loop(loop, {"message": "s3cret happened"})
    reporter.from_loop(loop, {})
    loop.close()
    assert log.errors == [("*** happened", ""), ("an unknown failure of the event loop", "")]


def test_an_uncaught_exception_is_one_line_with_values_taken_out(reporter: Reporter, log: Lines) -> None:
    try:
        raise ValueError("s3cret\nsecond line")
    except ValueError as error:
        shown = reporter.uncaught(error)
    assert shown == "ValueError: ***\nsecond line"
    assert log.errors == [("Uncaught ValueError: ***", shown)]


def test_an_exception_without_frames_of_the_users_is_told_once(tmp_path: Path) -> None:
    log = Lines()
    assert Reporter(log, tmp_path, str).uncaught(TypeError("no Response")) == "TypeError: no Response"
    assert log.errors == [("Uncaught TypeError: no Response", "")]


def test_a_secret_that_cannot_be_read_comes_with_what_cures_it(reporter: Reporter, log: Lines) -> None:
    reporter.secret(SecretNotFound("store", "name", hint="sshim secret create"), "KEY")
    ((text, detail),) = log.errors
    assert text.startswith("env.KEY: ") and detail == "  Try: sshim secret create"


def test_advice_is_given_once(reporter: Reporter, log: Lines) -> None:
    for _ in range(3):
        reporter.hint("do this")
    assert log.warnings == ["do this"]


@pytest.mark.parametrize(
    ("mistake", "advice"),
    [
        ("return Response(self.env.API_KEY)", "a Secrets Store binding is not its value"),
        ("return Response(self.env.API_KEY.get())", "is an `await` missing"),
        ("return Response('Bearer ' + self.env.API_KEY)", "a Secrets Store binding is not its value"),
        ("return Response('Bearer ' + self.env.API_KEY.get())", "is an `await` missing"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine 'SecretsStoreSecret.get' was never awaited:RuntimeWarning")
async def test_a_binding_taken_for_its_value_is_explained(serve: Serve, mistake: str, advice: str) -> None:
    worker = await serve(
        "from workers import Response, WorkerEntrypoint\n"
        "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        f"        {mistake}\n",
        config=SECRET,
    )
    async with worker.http.get(worker.url) as answer:
        assert answer.status == 500
    assert len(worker.log.warnings) == 1 and advice in worker.log.warnings[0]


@pytest.mark.parametrize(
    ("mistake", "advice"),
    [
        ("await self.env.API_KEY.get('x')", []),
        ("self.env.API_KYE", ["env has no API_KYE: did you mean env.API_KEY?"]),
        ("env.api_key", ["env has no api_key: did you mean env.API_KEY?"]),
        ("self.env.NOTHING_LIKE_IT", []),
        ("self.API_KYE", []),
        ("request.API_KYE", []),
    ],
)
async def test_a_binding_that_is_misspelt_is_told_of_and_no_other_mistake(
    serve: Serve, mistake: str, advice: list[str]
) -> None:
    worker = await serve(
        "from workers import Response, WorkerEntrypoint, env\n"
        "class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n"
        f"        return Response({mistake})\n",
        config=SECRET,
    )
    async with worker.http.get(worker.url) as answer:
        assert answer.status == 500
    assert worker.log.warnings == advice


def test_a_fetch_from_the_ai_gateway_that_failed_brings_the_flag_that_answers_it(
    reporter: Reporter, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "transport", object())  # as the flag does
    reporter.lost("https://gateway.ai.cloudflare.com/v1/a/g/openai?q", "no store")
    assert len(log.warnings) == 1
    monkeypatch.setattr(network, "transport", HttpTransport())
    for _ in range(2):
        reporter.lost("https://gateway.ai.cloudflare.com/v1/a/g/openai?q", "no network")
    reporter.lost("https://other.example/gateway.ai.cloudflare.com", "no network")
    hints = [line for line in log.warnings if not line.startswith("fetch ")]
    assert len(hints) == 1 and "sshim dev --gateway" in hints[0]


def test_an_error_that_names_no_binding_brings_no_advice(reporter: Reporter, log: Lines) -> None:
    reporter.uncaught(TypeError("unsupported operand type(s) for +: 'int' and 'str'"))
    reporter.uncaught(ValueError("coroutine"))
    assert log.warnings == []


def test_an_attribute_of_none_is_no_binding(reporter: Reporter, log: Lines) -> None:
    reporter.uncaught(AttributeError("x", name="API_KYE", obj=None))
    assert log.warnings == []

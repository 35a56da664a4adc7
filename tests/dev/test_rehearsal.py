"""A secret rotated, missing, slow or failing while the Worker serves, and who still uses the old value."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sshim.dev import rehearsal
from sshim.dev.rehearsal import Rehearsal, another
from sshim.errors import SecretNotFound, SshimError
from sshim.model import SecretValue
from sshim.redaction import Redactor
from tests.dev.running import CONFIG, Project, Start, entry

STORE = "0123456789abcdef0123456789abcdef"
KEY = (STORE, "api-key")
OLD = "sk-old-Value-0123456789"


class Held:
    """A store with one value."""

    async def read(self, store_id: str, name: str, scope: str, *, binding: str | None = None) -> SecretValue:
        return SecretValue(OLD)


class Heard:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.info = self.warning = self.lines.append

    def said(self, wanted: str) -> int:
        return sum(re.search(wanted, line) is not None for line in self.lines)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def rehearse(kind: rehearsal.RehearsalKind, heard: Heard) -> Rehearsal:
    made = Rehearsal(Held(), kind, {KEY: "API_KEY"}, Redactor())
    made.log = heard  # type: ignore[assignment]
    return made


async def ask(made: Rehearsal, label: str = "GET /", *, reads: bool = True, sends: str = "") -> str:
    """One request: the value it read, if it did."""
    asked = made.begin(label)
    try:
        value = (await made.read(*KEY, "workers")).reveal() if reads else ""
        made.left(sends.replace("{}", value).encode(), "its answer")
        return value
    finally:
        made.end(asked)


async def test_the_value_changes_before_every_third_request_and_stays_in_between(heard: Heard) -> None:
    made = rehearse("rotate", heard)
    seen = [await ask(made) for _ in range(9)]
    assert seen[:3] == [OLD] * 3 and len(set(seen)) == 3
    assert seen[3] == seen[5] != OLD and seen[6] == seen[8]
    assert heard.said("API_KEY has been rotated") == 2


@pytest.mark.parametrize(("kind", "error"), [("missing", SecretNotFound), ("error", SshimError)])
async def test_a_secret_is_gone_for_an_act_and_back_for_the_next(
    heard: Heard, kind: rehearsal.RehearsalKind, error: type[SshimError]
) -> None:
    made = rehearse(kind, heard)
    for number in range(1, 10):
        if 4 <= number <= 6:
            with pytest.raises(error):
                await ask(made)
        else:
            assert await ask(made) == OLD
    assert heard.said("is as usual again") == 1


async def test_a_slow_secret_takes_its_time(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    made = rehearse("slow", heard)
    assert [await ask(made) for _ in range(7)] == [OLD] * 7
    assert slept == [rehearsal.DELAY] * 3


async def test_secrets_that_are_not_rehearsed_are_left_alone(heard: Heard) -> None:
    made = rehearse("missing", heard)
    for _ in range(6):
        made.end(made.begin("GET /"))
        assert (await made.read(STORE, "other", "workers")).reveal() == OLD


async def test_an_old_value_that_leaves_is_reported_once_a_request_and_never_shown(heard: Heard) -> None:
    made = rehearse("rotate", heard)
    await ask(made)
    for _ in range(2):
        await ask(made, sends="key={}")
    assert heard.said("used a value") == 0
    await ask(made, "POST /pay", sends=f"Authorization: Bearer {OLD} {OLD}")
    assert heard.lines[-1] == (
        "rehearsal: POST /pay used a value of API_KEY from before its rotation: it is in its answer"
    )
    assert heard.said("used a value") == 1 and not heard.said(OLD)


async def test_the_value_of_the_own_act_may_leave_although_it_was_rotated_meanwhile(heard: Heard) -> None:
    made = rehearse("rotate", heard)
    for _ in range(2):
        await ask(made)
    slow = made.begin("GET /slow")
    value = (await made.read(*KEY, "workers")).reveal()
    await ask(made)
    rehearsal._asked.set(slow)
    made.left(value.encode(), "its answer")
    made.end(slow)
    assert heard.said("rotated") == 1 and heard.said("used a value") == 0


async def test_a_request_that_no_longer_asks_is_told_once(heard: Heard) -> None:
    made = rehearse("rotate", heard)
    await ask(made, "GET /cached")
    for _ in range(6):
        await ask(made, "GET /cached", reads=False)
        await ask(made, "GET /never", reads=False)
    assert heard.said("GET /cached has not asked for API_KEY since its rotation") == 1
    assert heard.said("GET /never") == 0


async def test_a_value_read_at_import_only_is_told_once(heard: Heard) -> None:
    made = rehearse("rotate", heard)
    await made.read(*KEY, "workers")
    for _ in range(9):
        await ask(made, reads=False)
    assert heard.said("API_KEY was read outside of any request, and not again") == 1


async def test_a_value_too_short_to_be_recognised_is_said_to_be(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.OLD", "short")
    made = rehearse("rotate", heard)
    for _ in range(5):
        await ask(made)
    assert heard.said("too short to be recognised") == 1


@example("{}")
@example('{"a": 1, "rotated": true, "rotated_": true}')
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1))
def test_another_value_is_never_the_same(value: str) -> None:
    assert another(value) != value


def test_another_value_has_the_same_form() -> None:
    made = another("sk-Ab1-xY9")
    assert re.fullmatch(r"sk-[A-Z][a-z]\d-[a-z][A-Z]\d|sk-Ab1-[a-z][A-Z]\d", made)
    assert re.fullmatch(r"ghp_[a-z]{4}\d{4}", another("ghp_abcd1234"))
    made = another('{"type": "service_account", "id": 7, "inner": {"key": "abcdefgh"}}')
    assert json.loads(made).keys() == {"type", "id", "inner"} and json.loads(made)["id"] == 7
    pem = another("-----BEGIN KEY-----\nabcd\n-----END KEY-----")
    assert re.fullmatch(r"-----BEGIN KEY-----\n[a-z]{4}\n-----END KEY-----", pem) and "abcd" not in pem


# -- from outside --------------------------------------------------------------------------------------------

BINDING = f'\n[[secrets_store_secrets]]\nbinding = "API_KEY"\nstore_id = "{STORE}"\nsecret_name = "api-key"\n'
HANDLER = """
path = request.url.rpartition("/")[2]
if path == "fresh":
    return Response("ok " + await self.env.API_KEY.get())
if not cached:
    cached.append(await self.env.API_KEY.get())
if path.startswith("out"):
    word = b64encode(("me:" + cached[0]).encode()).decode()
    await fetch(UPSTREAM, headers={"authorization": "Basic " + word})
if path == "stream":
    pair = TransformStream.new()
    async def feed():
        writer = pair.writable.getWriter()
        for part in ("the old one: ", cached[0][:9], cached[0][9:]):
            await writer.write(to_js(part.encode()))
        await writer.close()
    self.ctx.waitUntil(feed())
    return Response(pair.readable)
if path == "leak":
    return Response("the old one: " + cached[0])
return Response("ok")
"""


@pytest.fixture
def upstream() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def served(project: Project, upstream: str) -> Project:
    before = (
        "from base64 import b64encode\nfrom js import TransformStream\nfrom pyodide.ffi import to_js\n"
        f"from workers import fetch\ncached = []\nUPSTREAM = {upstream!r}\n"
    )
    project.entry.write_text(entry(HANDLER.strip(), before))
    project.config.write_text(CONFIG + BINDING)
    project.sshim("secret", "set", "API_KEY", value=OLD)
    return project


@pytest.mark.parametrize("flags", [[], ["--no-reload"]])
def test_a_handler_that_keeps_the_old_value_is_reported_with_its_request(
    served: Project, start: Start, flags: list[str]
) -> None:
    dev = start("--rehearse", "rotate", "API_KEY", *flags).ready()
    dev.until("rehearsal: API_KEY: a new value before every 3 requests, from request 4 on")
    for _ in range(3):
        assert dev.get("/out") == (200, "ok")
    assert "used a value" not in dev.out + dev.err
    fresh = dev.get("/fresh")[1]
    dev.until("rehearsal: API_KEY has been rotated")
    assert fresh.startswith("ok sk-") and fresh != f"ok {OLD}"
    dev.get("/out")
    dev.until(
        "rehearsal: GET /out used a value of API_KEY from before its rotation: "
        r"it is in the header authorization of a fetch of http://127\.0\.0\.1:\d+"
    )
    dev.get("/leak")
    dev.until("rehearsal: GET /leak used a value of API_KEY .*it is in the body of its answer")
    assert dev.get("/stream") == (200, f"the old one: {OLD}")
    dev.until("rehearsal: GET /stream used a value of API_KEY .*it is in the body of its answer")
    assert OLD not in dev.out + dev.err and fresh[3:] not in dev.out + dev.err


def test_a_missing_secret_comes_back(served: Project, start: Start) -> None:
    dev = start("--rehearse", "missing").ready()
    answers = [dev.get("/fresh")[0] for _ in range(7)]
    assert answers == [200, 200, 200, 500, 500, 500, 200]
    assert dev.says("this is a rehearsal", within=30)


def test_a_binding_that_is_not_there_is_told(served: Project, start: Start) -> None:
    dev = start("--rehearse", "rotate", "NO_KEY")
    assert dev.wait() == 2 and "no Secrets Store binding is named 'NO_KEY'" in dev.err
    dev = start(".", "API_KEY")
    assert dev.wait() == 2 and "a BINDING goes with --rehearse" in dev.err

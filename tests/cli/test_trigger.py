"""Events fired by hand, against a small server that answers as `sshim dev` does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Sshim


class Worker(HTTPServer):
    asked: dict[str, list[str]]
    answer: tuple[int, bytes] = (200, b'{"outcome":"ok","noRetry":false}')


class Handler(BaseHTTPRequestHandler):
    server: Worker

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        assert parts.path == "/cdn-cgi/handler/scheduled"
        self.server.asked = parse_qs(parts.query, keep_blank_values=True)
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    server = Worker(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_handler_is_told_cron_and_time(sshim: Sshim, worker: Worker) -> None:
    url = f"http://127.0.0.1:{worker.server_port}"
    ended = sshim("trigger", "scheduled", "--cron", "0 * * * *", "--time", "1700000000000", "--url", url)
    assert (ended.code, ended.out, ended.err) == (0, "ok\n", "")
    assert worker.asked == {"cron": ["0 * * * *"], "time": ["1700000000000"], "format": ["json"]}


def test_the_port_alone_is_enough_and_the_outcome_can_be_json(sshim: Sshim, worker: Worker) -> None:
    ended = sshim("trigger", "scheduled", "--port", str(worker.server_port), "--json")
    assert ended.code == 0 and ended.json == {"outcome": "ok", "noRetry": False}
    assert worker.asked == {"cron": [""], "format": ["json"]}


def test_a_failed_handler_is_exit_1(sshim: Sshim, worker: Worker) -> None:
    worker.answer = (500, b'{"outcome":"exception","noRetry":true}')
    ended = sshim("trigger", "scheduled", "--port", str(worker.server_port))
    assert (ended.code, ended.out) == (1, "exception\n")


@pytest.mark.parametrize("answer", [(404, b"<h1>no</h1>"), (200, b"[]"), (200, b"{}")])
def test_another_server_is_not_taken_for_the_worker(
    sshim: Sshim, worker: Worker, answer: tuple[int, bytes]
) -> None:
    worker.answer = answer
    ended = sshim("trigger", "scheduled", "--port", str(worker.server_port))
    assert ended.code == 1 and "is not `sshim dev`" in ended.err


def test_nobody_there_is_said_with_the_way_on(sshim: Sshim, worker: Worker) -> None:
    worker.socket.close()
    ended = sshim("trigger", "scheduled", "--port", str(worker.server_port))
    assert ended.code == 1
    assert ended.err.startswith(
        f"error: no Worker answers at http://localhost:{worker.server_port}\nTry: sshim dev"
    )


@pytest.mark.parametrize("url", ["localhost:8787", "ftp://localhost", "http://"])
def test_an_address_that_is_none_is_a_usage_error(sshim: Sshim, url: str) -> None:
    assert sshim("trigger", "scheduled", "--url", url).code == 2
    assert sshim("trigger", "scheduled", "--url", "http://localhost", "--port", "1").code == 2


def test_why_a_handler_failed_is_one_line_with_its_cure(sshim: Sshim, worker: Worker) -> None:
    worker.answer = (
        500,
        b'{"outcome":"exception","error":"Error: no\\u001b[2J","hint":"do"}',
    )
    ended = sshim("trigger", "scheduled", "--port", str(worker.server_port))
    assert (ended.code, ended.out) == (1, "exception\n")
    assert ended.err == "error: Error: no\\x1b[2J\nTry: do\n"
    told = sshim("trigger", "scheduled", "--port", str(worker.server_port), "--json")
    assert (told.code, told.json["error"], told.err) == (1, "Error: no\x1b[2J", "")


def test_port_and_only_cron_are_those_of_the_config(sshim: Sshim, folder: Path, worker: Worker) -> None:
    config = folder / "wrangler.toml"
    dev = f"[dev]\nport = {worker.server_port}\n"
    config.write_text(f'name = "w"\n{dev}[triggers]\ncrons = ["5 * * * *"]\n[env.b.triggers]\ncrons = []\n')
    assert sshim("trigger", "scheduled").code == 0
    assert worker.asked["cron"] == ["5 * * * *"]
    assert sshim("trigger", "scheduled", "--cron", "").code == 0
    assert worker.asked["cron"] == [""]
    assert sshim("trigger", "scheduled", "-e", "b").code == 0
    assert worker.asked["cron"] == [""]
    config.write_text(f'name = "w"\n{dev}[triggers]\ncrons = ["5 * * * *", "6 * * * *"]\n')
    assert sshim("trigger", "scheduled").code == 0
    assert worker.asked["cron"] == [""]


def test_a_config_that_cannot_be_read_is_in_the_way_only_when_named(
    sshim: Sshim, folder: Path, worker: Worker
) -> None:
    (folder / "wrangler.toml").write_text("name = [")
    port = str(worker.server_port)
    assert sshim("trigger", "scheduled", "--port", port).code == 0
    assert sshim("trigger", "scheduled", "--port", port, "-c", "wrangler.toml").code == 2


def test_without_a_port_the_worker_of_this_config_is_looked_for(
    sshim: Sshim, folder: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshim.dev.ports.DEFAULT_PORT", worker.server_port - 3)
    (folder / "wrangler.toml").write_text('name = "w"\n')
    ended = sshim("trigger", "scheduled")
    assert (ended.code, len(worker.asked["worker"][0])) == (0, 16), ended.err
    worker.answer = (421, b"another Worker is served here")
    monkeypatch.setattr("sshim.dev.ports.DEFAULT_PORT", worker.server_port)
    monkeypatch.setattr("sshim.dev.ports.NEXT_PORTS", 0)
    ended = sshim("trigger", "scheduled")
    assert ended.code == 1 and "another Worker is served at" in ended.err

"""`sshim dashboard` from outside: the program that serves is found, or made; nobody else is believed."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sshim.cli.running import Running, find_running, local_url, open_session, running_file, told
from sshim.store.open import StoreOptions
from tests.api.program import command, environ, serving

ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/#code=([\w-]{22})\n")


def post(url: str, body: Any) -> Any:
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as got:
        return json.load(got)["result"]


def role_of(url: str, code: str) -> str:
    """The role that a code signs in with."""
    bearer = post(f"{url}/dashboard/session", {"code": code})["bearer"]
    asked = urllib.request.Request(f"{url}/dashboard/account", headers={"Authorization": f"Bearer {bearer}"})
    with urllib.request.urlopen(asked, timeout=60) as got:
        return str(json.load(got)["result"]["role"])


def dashboard(home: Path, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("dashboard", *flags),
        capture_output=True,
        text=True,
        env=environ(home) | more,
        cwd=home,
        timeout=120,
    )


def test_the_program_that_serves_is_found_and_a_browser_opened_on_it(tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {opened}.new; mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    with serving(tmp_path) as program:
        assert f"dashboard http://127.0.0.1:{program.port}/" in program.ready_line
        told_in = tmp_path / "store" / "serve.json"
        assert told_in.stat().st_mode & 0o777 == 0o600
        done = dashboard(tmp_path, BROWSER=str(browser))
        found = ADDRESS.fullmatch(done.stdout)
        assert done.returncode == 0 and found and found[1] == f"http://127.0.0.1:{program.port}"
        for _ in range(100):
            if opened.exists():
                break
            threading.Event().wait(0.05)
        assert opened.read_text() == done.stdout
        assert role_of(found[1], found[2]) == "super-administrator"
        done = dashboard(tmp_path, "--no-open", "--role", "reporter")
        found = ADDRESS.fullmatch(done.stdout)
        assert found and role_of(found[1], found[2]) == "reporter"
        code, said = program.end()
        assert code == 0 and found[2] not in said, "no code is ever logged"
    assert not told_in.exists()


@contextlib.contextmanager
def started(home: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`sshim dashboard` that serves by itself, and the address it printed."""
    process = subprocess.Popen(
        command("dashboard", "--no-open", "--port", "0", "--gateway-port", "0", *flags),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ(home),
        cwd=home,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("Ready on ")
        yield process, process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_it_serves_by_itself_where_nothing_does_until_it_is_stopped(tmp_path: Path) -> None:
    with started(tmp_path) as (process, line):
        found = ADDRESS.fullmatch(line)
        assert found and role_of(found[1], found[2]) == "super-administrator"
        again = ADDRESS.fullmatch(dashboard(tmp_path, "--no-open").stdout)
        assert again and again[1] == found[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_what_a_killed_program_has_told_is_passed_over(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        program.process.kill()
        program.process.wait(10)
    assert (tmp_path / "store" / "serve.json").exists()
    with started(tmp_path) as (_, line):
        assert ADDRESS.fullmatch(line)


class _Impostor(BaseHTTPRequestHandler):
    answer = b""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.answer or json.dumps({"result": {"proof": asked["proof"]}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b'{"result": {"proof": ""}}',
        b'{"result": {"proof": "\xc3\xbc"}}',
        b"[]",
        b"<html>",
        b'{"result": {}}',
    ],
    ids=["our own proof", "none", "not ASCII", "a list", "no JSON", "no field"],
)
def test_another_program_on_the_port_of_a_dead_one_is_not_believed(answer: bytes) -> None:
    handler = type("Handler", (_Impostor,), {"answer": answer})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert open_session(Running(url, b"k" * 32), "admin") is None
        server.shutdown()
        thread.join()


def test_nobody_on_the_port_is_no_error() -> None:
    assert open_session(Running("http://127.0.0.1:1", b"k" * 32), "admin") is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b"1", b'[{"url": "x"}]', b'[{"url": "x", "key": "zz"}]', b'["x"]', b"\xff"]
)
def test_a_file_that_is_not_ours_tells_nothing(tmp_path: Path, content: bytes) -> None:
    options = StoreOptions(home=tmp_path)
    running_file(options).write_bytes(content)
    running_file(options).chmod(0o600)
    assert find_running(options) == []


def test_each_of_several_programs_is_found_until_it_ends(tmp_path: Path) -> None:
    options = StoreOptions(home=tmp_path / "store")
    first, second = Running("http://127.0.0.1:1", b"1" * 32), Running("http://127.0.0.1:2", b"2" * 32)
    assert find_running(options) == []
    with told(options, first):
        with told(options, second):
            assert find_running(options) == [second, first]
        assert find_running(options) == [first]
    assert not running_file(options).exists()
    with contextlib.ExitStack() as outer:
        outer.enter_context(told(options, first))
        inner = told(options, second)
        inner.__enter__()
        outer.close()
        assert find_running(options) == [second]
        inner.__exit__(None, None, None)


def test_what_many_killed_programs_have_left_does_not_grow_for_ever(tmp_path: Path) -> None:
    options = StoreOptions(home=tmp_path / "store")
    left = [told(options, Running(f"http://127.0.0.1:{port}", b"k" * 32)) for port in range(1, 30)]
    for each in left:
        each.__enter__()
    assert [each.url for each in find_running(options)][:2] == ["http://127.0.0.1:29", "http://127.0.0.1:28"]
    assert len(find_running(options)) == 8


def test_the_earlier_of_two_programs_is_opened_after_the_later_has_ended(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        with serving(tmp_path) as second:
            found = ADDRESS.fullmatch(dashboard(tmp_path, "--no-open").stdout)
            assert found and found[1] == f"http://127.0.0.1:{second.port}"
        found = ADDRESS.fullmatch(dashboard(tmp_path, "--no-open").stdout)
        assert found and found[1] == f"http://127.0.0.1:{first.port}"


def test_a_shared_store_has_a_file_of_its_own_without_its_address(tmp_path: Path) -> None:
    url = "postgresql://ada:pass-word@db/app"
    path = running_file(StoreOptions(home=tmp_path, url=url))
    assert path != running_file(StoreOptions(home=tmp_path)) and "pass-word" not in path.name


def test_an_address_of_all_interfaces_is_opened_at_this_machine() -> None:
    assert local_url("http://0.0.0.0:1") == "http://127.0.0.1:1"
    assert local_url("http://[::]:1") == "http://[::1]:1"
    assert local_url("http://127.0.0.1:1") == "http://127.0.0.1:1"

"""How `sshim dev` starts, and what keeps it from starting."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from tests.dev.running import Project, Start


def test_the_ready_line_tells_where_it_answers(start: Start) -> None:
    dev = start().ready()
    assert dev.get() == (200, "one")
    dev.until(r"^GET / 200 OK \(\d+ms\)$")
    assert dev.err == ""


def test_both_loopback_addresses_answer(start: Start) -> None:
    dev = start().ready()
    port = urlsplit(dev.url).port
    for address in ("127.0.0.1", "localhost", "[::1]"):
        dev.url = f"http://{address}:{port}"
        assert dev.get() == (200, "one")


def test_a_taken_port_that_was_asked_for_is_exit_code_1(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        dev = start(port=port)
        assert dev.wait() == 1
    assert f"Address already in use (127.0.0.1:{port})" in dev.err
    assert f"Try: --port {port + 1}" in dev.err
    assert "Traceback" not in dev.err


@pytest.mark.parametrize("flags", [(), ("--no-reload",)])
def test_no_configuration_is_exit_code_2(start: Start, project: Project, flags: tuple[str, ...]) -> None:
    project.config.unlink()
    dev = start(*flags)
    assert dev.wait() == 2
    assert "there is no wrangler.toml, wrangler.json or wrangler.jsonc in " in dev.err
    assert "Try: sshim init" in dev.err


def test_a_configuration_that_cannot_be_read_is_exit_code_2(start: Start, project: Project) -> None:
    project.config.write_text("name = [\n")
    dev = start()
    assert dev.wait() == 2
    assert "wrangler.toml:" in dev.err and "Traceback" not in dev.err


def test_a_second_program_takes_the_next_port(start: Start) -> None:
    first, second = start(port=None).ready(), start(port=None).ready()
    assert first.url != second.url
    port = second.url.rpartition(":")[2]
    assert f"port 8787 is taken, so the Worker is served on {port}\n" in second.out
    assert first.get() == second.get() == (200, "one")


def test_json_lines_are_one_object_each(start: Start) -> None:
    import json

    dev = start("--log-format", "json")
    dev.url = dev.until(r'"url": "(\S+)"')
    dev.get("/path")
    dev.until('"event": "request"')
    assert dev.stop() == 0
    events = [json.loads(line)["event"] for line in dev.out.splitlines()]
    assert events == ["ready", "request"]
    assert dev.err == ""

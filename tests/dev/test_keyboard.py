"""Keys, the debugger and job control in a terminal."""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path

import pytest

from sshim.dev.hotkeys import HotKeys
from sshim.dev.keyboard import open_in_browser
from tests.dev.running import PATIENCE, Dev, Project, Start, all_gone, entry
from tests.settling import seen


def test_h_shows_the_keys_without_echoing_them(dev: Dev) -> None:
    dev.type("h")
    dev.until("^  o  open in the browser$")
    dev.until("^  q  quit")
    assert "\nh" not in dev.out


def test_r_reloads(dev: Dev) -> None:
    dev.type("r")
    dev.until(r"^reloaded the Worker \(\d+ ms\)$")


def test_c_clears_the_screen(dev: Dev) -> None:
    dev.type("c")
    dev.until("\x1b\\[2J\x1b\\[3J\x1b\\[H")


def fake_browser(folder: Path) -> tuple[str, Path]:
    """A program that writes the address it is to open to a file, and the file."""
    browser, opened = folder / "browser", folder / "opened"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}.new; mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    return str(browser), opened


def test_d_opens_the_dashboard_and_what_serves_it_ends_with_dev(
    start: Start, project: Project, tmp_path: Path
) -> None:
    browser, opened = fake_browser(tmp_path)
    dev = start(terminal=True, BROWSER=browser).ready()
    dev.until("press h")
    dev.type("d")
    dev.until(r"dashboard: (http://127\.0\.0\.1:\d+)/#code=[\w-]+")
    assert seen(opened.exists)
    url, _, code = opened.read_text().partition("/#code=")
    port = int(url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    body = json.dumps({"code": code})
    connection.request("POST", "/dashboard/session", body, {"Content-Type": "application/json"})
    assert json.load(connection.getresponse())["result"]["bearer"]
    connection.close()
    dev.type("d")  # there is one now
    dev.until(rf"dashboard: {url}/#code=[\w-]+")
    dev.type("q")
    assert dev.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        connection.request("GET", "/")


def test_o_opens_the_browser(start: Start, project: Project, tmp_path: Path) -> None:
    browser, opened = fake_browser(tmp_path)
    dev = start(terminal=True, BROWSER=browser).ready()
    dev.until("press h")
    dev.type("o")
    assert seen(opened.exists)
    assert opened.read_text() == dev.url


def test_o_shows_the_address_too_since_a_browser_may_not_appear(start: Start) -> None:
    dev = start(terminal=True, BROWSER="false").ready()
    dev.until("press h")
    dev.type("o")
    dev.until(rf"^opening {dev.url}$")


def test_a_browser_that_is_not_there_is_no_error() -> None:
    assert not open_in_browser("http://localhost", {"BROWSER": "/nothing/of/that/name"})


@pytest.mark.parametrize("key", ["q", "x", "\x03"])
def test_q_x_and_ctrl_c_end_it_with_code_0(dev: Dev, key: str) -> None:
    children = dev.children()
    dev.type(key)
    assert dev.wait() == 0
    assert all_gone(children)


@pytest.mark.parametrize("typed", [("q", "r", "q"), ("qrq",), ("\x03", "r", "q")])
def test_no_key_counts_once_it_ends(start: Start, project: Project, typed: tuple[str, ...]) -> None:
    project.entry.write_text(
        entry('self.ctx.waitUntil(asyncio.sleep(0.4))\nreturn Response("one")', "import asyncio")
    )
    dev = start(terminal=True).ready()
    dev.until("press h")
    dev.get()
    for keys in typed:
        dev.type(keys)
        time.sleep(0.05)
    assert dev.wait() == 0
    assert "reloaded" not in dev.out and "error" not in dev.out


def test_what_is_typed_after_q_is_the_shells(start: Start) -> None:
    shell = start(terminal=True, program=["bash", "--norc", "--noprofile", "-i"], PS1="prompt> ")
    shell.until("prompt> ")
    shell.type(f"{sys.executable} -m sshim dev --port 0\n")
    shell.ready().until("press h")
    shell.type("q")
    # it has heard the key, and perhaps ended already
    assert seen(lambda: shell.echoes() or shell.out.count("prompt> ") > 1)
    shell.type("echo ty''ped\n")
    shell.until("typed")
    shell.type("exit\n")
    shell.wait()


def test_ctrl_c_twice_does_not_wait(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry('self.ctx.waitUntil(asyncio.sleep(600))\nreturn Response("one")', "import asyncio")
    )
    dev = start(terminal=True).ready()
    dev.until("press h")
    dev.get()
    dev.type("\x03")
    assert seen(dev.echoes)  # it has heard the first one
    time.sleep(0.1)  # two at once are one signal
    dev.type("\x03")
    assert dev.wait() == 130


def test_without_a_terminal_there_are_no_keys(start: Start) -> None:
    dev = start().ready()
    dev.get()
    dev.until("GET / 200")
    assert "press h" not in dev.out


def test_with_its_standard_input_closed_it_ends_as_ever(start: Start) -> None:
    command = f"exec {sys.executable} -m sshim dev --port 0 <&-"
    dev = start(program=["sh", "-c", command]).ready()
    assert dev.stop() == 0
    assert dev.err == ""


def test_ctrl_z_stops_it_and_fg_goes_on(start: Start) -> None:
    shell = start(terminal=True, program=["bash", "--norc", "--noprofile", "-i"], PS1="prompt> ")
    shell.until("prompt> ")
    shell.type(f"{sys.executable} -m sshim dev --port 0\n")
    shell.ready().until("press h")
    shell.type("\x1a")
    shell.until("Stopped")
    shell.type("stty -a\n")
    shell.until("[ ;]icanon .* echo ")
    shell.type("fg\n")
    shell.until("dev --port 0$", count=2)
    shell.type("h")
    shell.until("^  q  quit")
    assert shell.get() == (200, "one")
    shell.type("q")
    shell.until("prompt> ", count=4)
    shell.type("stty -a\n")
    shell.until("[ ;]icanon .* echo ", count=2)
    shell.type("exit\n")
    shell.wait()


def test_started_in_the_background_it_has_keys_once_it_is_brought_to_the_front(start: Start) -> None:
    shell = start(terminal=True, program=["bash", "--norc", "--noprofile", "-i"], PS1="prompt> ")
    shell.until("prompt> ")
    shell.type(f"{sys.executable} -m sshim dev --port 0 &\n")
    shell.ready()
    shell.type("fg\n")
    shell.until("press h")
    shell.type("\x1a")
    shell.until("Stopped")
    shell.type("bg\n")
    shell.until("dev --port 0 &$", count=2)
    shell.type("fg\n")
    shell.until("dev --port 0$", count=2)
    for _ in range(30):  # it looks twice a second; a person whose key has no effect presses it again
        shell.type("h")
        if shell.says("^  q  quit", within=2.0):
            break
    shell.until("^  q  quit")
    shell.type("q")
    shell.until("prompt> ", count=5)
    shell.type("exit\n")
    shell.wait()


def test_the_terminal_is_put_back_at_the_end(dev: Dev) -> None:
    assert not dev.echoes()
    dev.type("q")
    dev.until("keys")
    assert seen(dev.echoes)
    assert dev.wait() == 0


def test_something_that_is_no_terminal_gives_no_keys(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w+") as file:
        keys = HotKeys(file)
        assert not keys.possible and not keys.take()
        keys.release()
    assert not HotKeys(None).possible
    assert sys.platform != "win32"

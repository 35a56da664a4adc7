"""Keys, the debugger and job control in a terminal."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from sshim.dev.hotkeys import HotKeys
from sshim.dev.keyboard import open_in_browser
from tests.dev.running import PATIENCE, Dev, Project, Start, all_gone, entry
from tests.settling import seen

STOPS = entry(
    """if "debug" in request.url:
    count = 41
    breakpoint()
    count += 1
    return Response(str(count))
if "input" in request.url:
    return Response("hello " + input("who? "))
return Response("one")"""
)


class Asking:
    """A request that is on its way while the test types."""

    def __init__(self, dev: Dev, path: str) -> None:
        self._dev, self._path = dev, path
        self._answers: list[tuple[int, str]] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._answers.append(self._dev.get(self._path))

    def answer(self) -> tuple[int, str]:
        self._thread.join(PATIENCE)
        return self._answers[0]


def prompt(dev: Dev, count: int) -> None:
    dev.until(r"\(Pdb\) ", count=count)


@pytest.fixture
def dev(start: Start, project: Project) -> Dev:
    project.entry.write_text(STOPS)
    dev = start(terminal=True, NO_COLOR="1").ready()
    dev.until("press h for the keys")
    return dev


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


def test_breakpoint_debugs_in_the_terminal_and_gives_the_keys_back(dev: Dev) -> None:
    asking = Asking(dev, "/debug")
    prompt(dev, 1)
    dev.type("p count + 1000\n")
    dev.until("^1041$")
    dev.type("count = 6\n")
    prompt(dev, 3)
    dev.type("n\n")
    prompt(dev, 4)
    dev.type("c\n")
    assert asking.answer() == (200, "7")
    dev.type("h")
    dev.until("^  q  quit")
    assert dev.get() == (200, "one")


def test_ctrl_c_at_the_debuggers_prompt_is_the_debuggers(dev: Dev) -> None:
    asking = Asking(dev, "/debug")
    prompt(dev, 1)
    # Python's readline misses a Ctrl-C in the instant between its prompt and its wait for input; a person
    # whose key has no effect presses it again.
    for patience in (2.0, 2.0, PATIENCE):
        dev.type("\x03")
        if dev.says(r"\(Pdb\) ", count=2, within=patience):
            break
    prompt(dev, 2)
    dev.type("c\n")
    assert asking.answer() == (200, "42")
    dev.type("q")
    assert dev.wait() == 0


def test_quitting_the_debugger_ends_the_request_alone(dev: Dev) -> None:
    asking = Asking(dev, "/debug")
    prompt(dev, 1)
    dev.type("q\n")
    assert asking.answer()[0] == 500
    assert dev.get() == (200, "one")


def test_an_edit_does_not_end_a_debugger(dev: Dev, project: Project) -> None:
    asking = Asking(dev, "/debug")
    prompt(dev, 1)
    project.entry.write_text(STOPS.replace('"one"', '"two"'))
    dev.until("reloaded src/entry.py")
    assert dev.get() == (200, "two")
    dev.type("c\n")
    assert asking.answer() == (200, "42")
    dev.type("h")
    dev.until("^  q  quit")


def test_two_debuggers_have_the_terminal_one_after_the_other(dev: Dev, project: Project) -> None:
    first = Asking(dev, "/debug")
    prompt(dev, 1)
    project.entry.write_text(STOPS.replace("41", "51"))
    dev.until("reloaded src/entry.py")
    second = Asking(dev, "/debug")
    dev.type("c\n")
    assert first.answer() == (200, "42")
    prompt(dev, 2)
    dev.type("c\n")
    assert second.answer() == (200, "52")


def test_input_and_set_trace_borrow_the_terminal_too(dev: Dev, project: Project) -> None:
    asking = Asking(dev, "/input")
    dev.until("who\\? ")
    dev.type("Ada\n")
    assert asking.answer() == (200, "hello Ada")
    project.entry.write_text(STOPS.replace("breakpoint()", "__import__('pdb').set_trace()"))
    dev.until("reloaded src/entry.py")
    asking = Asking(dev, "/debug")
    prompt(dev, 1)
    dev.type("c\n")
    assert asking.answer() == (200, "42")


def test_breakpoint_without_a_terminal_is_passed_over(start: Start, project: Project) -> None:
    project.entry.write_text(STOPS)
    dev = start(detached=True).ready()
    assert dev.get("/debug") == (200, "42")
    dev.until("breakpoint\\(\\) is passed over")


def test_sigterm_ends_it_also_while_a_debugger_has_the_terminal(dev: Dev) -> None:
    Asking(dev, "/debug")
    prompt(dev, 1)
    children = dev.children()
    assert dev.stop(signal.SIGTERM) == 0
    assert all_gone(children)


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

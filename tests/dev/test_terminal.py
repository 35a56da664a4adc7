"""What dev says, and where."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sshim.dev.options import Look
from sshim.dev.terminal import Terminal
from sshim.errors import ConfigError, Place, Problem, SourceError

CWD = Path("/project")


class Said:
    """A terminal over two texts."""

    def __init__(self, redact: Any = str, **look: Any) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.terminal = Terminal(
            self.out, self.err, Look(CWD, **look), redact=redact, clock=lambda: 1_800_000_000.1234
        )

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


def test_the_ready_line_is_the_contract() -> None:
    said = Said()
    said.terminal.ready("http://localhost:8787", 412.4)
    assert said.out.getvalue() == "Ready on http://localhost:8787 (412 ms)\n"
    assert said.err.getvalue() == ""


@pytest.mark.parametrize("level", ["error", "warn", "debug"])
def test_the_ready_line_is_there_at_every_level_but_none(level: str) -> None:
    said = Said(level=level)
    said.terminal.ready("http://localhost:8787", 1)
    assert "Ready on" in said.out.getvalue()
    silent = Said(level="none")
    silent.terminal.ready("http://localhost:8787", 1)
    assert silent.out.getvalue() == ""


def test_a_request_is_one_line() -> None:
    said = Said()
    said.terminal.request("GET", "/path", 200, "OK", 12.4)
    said.terminal.request("GET", "/odd", 299, "", 0.2)
    assert said.out.getvalue() == "GET /path 200 OK (12ms)\nGET /odd 299 (0ms)\n"


@pytest.mark.parametrize(("status", "style"), [(200, "32"), (302, "2"), (404, "33"), (500, "31")])
def test_the_status_is_coloured_by_its_class(status: int, style: str) -> None:
    said = Said(color_out=True)
    said.terminal.request("GET", "/", status, "X", 1)
    assert said.out.getvalue() == f"GET / \x1b[{style}m{status} X\x1b[0m (1ms)\n"


def test_nothing_in_a_request_line_acts_on_the_terminal() -> None:
    said = Said()
    said.terminal.request("GET", "/\x1b[2J", 200, "O\nK", 1)
    assert said.out.getvalue() == "GET /\\x1b[2J 200 O\\nK (1ms)\n"


def test_an_error_has_its_place_a_caret_and_the_next_step() -> None:
    said = Said()
    place = Place(CWD / "src" / "entry.py", 3, 8, 4, "return oops")
    said.terminal.failure(
        SourceError("NameError: name 'oops'", place=place, detail="Traceback…", hint="fix it")
    )
    assert said.err.getvalue() == (
        "error: src/entry.py:3:8: NameError: name 'oops'\n"
        "  3 | return oops\n"
        "    |        ^^^^\n"
        "  Traceback…\n"
        "Try: fix it\n"
    )
    assert said.out.getvalue() == ""


def test_every_problem_of_a_config_is_shown_and_its_warnings() -> None:
    said = Said()
    said.terminal.failure(
        ConfigError((Problem("one"), Problem("two\n  - more")), warnings=(Problem("careful"),), hint="do")
    )
    assert said.err.getvalue() == ("warning: careful\nerror: one\nerror: two\n    - more\nTry: do\n")


def test_what_to_try_stands_below_the_problem_it_is_for() -> None:
    said = Said()
    said.terminal.failure(
        ConfigError((Problem("one", hint="mend"), Problem("two"), Problem("three", hint="x")))
    )
    assert said.err.getvalue() == "error: one\nTry: mend\nerror: two\nerror: three\nTry: x\n"


def test_what_the_handler_prints_is_shown_as_it_is() -> None:
    said = Said()
    said.terminal.console("log", "\x1b[1mbold\x1b[0m")
    said.terminal.console("error", "bad")
    said.terminal.printed_to_stderr("note")
    assert said.out.getvalue() == "\x1b[1mbold\x1b[0m\n"
    assert said.err.getvalue() == "bad\nnote\n"


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("none", ""),
        ("error", "E"),
        ("warn", "EW"),
        ("info", "EWi"),
        ("log", "EWil"),
        ("debug", "EWild"),
    ],
)
def test_the_level_says_what_is_shown(level: str, shown: str) -> None:
    said = Said(level=level)
    terminal = said.terminal
    terminal.error("E")
    terminal.warning("W")
    terminal.info("i")
    terminal.console("log", "l")
    terminal.console("debug", "d")
    text = said.err.getvalue() + said.out.getvalue()
    assert "".join(line[-1] for line in text.splitlines()) == shown


def test_every_line_is_redacted() -> None:
    said = Said(redact=lambda text: text.replace("hunter22", "***"))
    terminal = said.terminal
    terminal.request("GET", "/hunter22", 200, "OK", 1)
    terminal.console("log", "it is hunter22")
    terminal.printed_to_stderr("hunter22")
    terminal.error("hunter22", detail="hunter22")
    terminal.warning("hunter22")
    terminal.info("hunter22")
    terminal.table("hunter22", [["A"], ["hunter22"]], states=["good"])
    everything = said.out.getvalue() + said.err.getvalue()
    assert "hunter22" not in everything and everything.count("***") == 9


def test_the_table_lines_its_columns_up_and_colours_the_state() -> None:
    said = Said(color_out=True)
    said.terminal.table("Bindings:", [["Binding", "State"], ["env.LONGER", "found"]], states=["good"])
    assert said.out.getvalue() == (
        "Bindings:\n  \x1b[1mBinding     State\x1b[0m\n  env.LONGER  \x1b[32mfound\x1b[0m\n"
    )


def test_json_is_one_object_a_line_on_stdout() -> None:
    said = Said(format="json", color_out=True)
    terminal = said.terminal
    terminal.ready("http://localhost:1", 5)
    terminal.request("GET", "/é", 200, "OK", 1.26)
    terminal.console("warn", "careful")
    terminal.problem("error", Problem("bad", Place(CWD / "a.py", 1, 2), "fix"), detail="frames")
    terminal.table("Bindings:", [["Binding", "State"], ["env.A", "found"]], states=["good"])
    terminal.reloaded("a.py", 85.2)
    assert said.err.getvalue() == ""
    ready, request, console, error, table, reloaded = said.records
    assert ready == {
        "time": 1_800_000_000.123, "level": "info", "message": "Ready on http://localhost:1 (5 ms)",
        "event": "ready", "url": "http://localhost:1", "ms": 5,
    }  # fmt: skip
    assert (request["method"], request["path"], request["status"], request["ms"]) == ("GET", "/é", 200, 1.3)
    assert (console["event"], console["level"], console["message"]) == ("console", "warn", "careful")
    assert error["event"] == "error" and error["hint"] == "fix" and error["detail"] == "frames"
    assert (error["file"], error["line"], error["column"]) == ("/project/a.py", 1, 2)
    assert table["bindings"] == [{"binding": "env.A", "state": "found"}]
    assert reloaded["what"] == "a.py" and reloaded["ms"] == 85


def test_a_reader_that_has_left_does_not_stop_the_program() -> None:
    class Broken(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    out = Broken()
    Terminal(out, out, Look(CWD)).info("anyone?")
    assert out.getvalue() == "anyone?\n"

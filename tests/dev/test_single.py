"""`sshim dev --no-reload` in a terminal: one process, which debuggers and profilers see whole."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from sshim.dev import single as single_module
from tests.dev.asking import STOPS, Asking, interrupt, prompt
from tests.dev.running import PATIENCE, Dev, Project, Start


@pytest.fixture
def single(start: Start, project: Project) -> Dev:
    project.entry.write_text(STOPS)
    return start("--no-reload", terminal=True, NO_COLOR="1").ready()


def test_ctrl_c_ends_it_with_code_0(single: Dev) -> None:
    single.type("\x03")
    assert single.wait() == 0


def test_ctrl_c_ends_it_also_after_a_breakpoint(single: Dev) -> None:
    asking = Asking(single, "/debug")
    prompt(single, 1)
    single.type("p count + 1000\n")
    single.until("^1041")
    single.type("c\n")
    assert asking.answer() == (200, "42")
    single.type("\x03")
    assert single.wait() == 0


def test_ctrl_c_at_the_debuggers_prompt_is_the_debuggers(single: Dev) -> None:
    asking = Asking(single, "/debug")
    prompt(single, 1)
    interrupt(single, 2)
    single.type("c\n")
    assert asking.answer() == (200, "42")


def test_quitting_the_debugger_ends_the_request_alone(single: Dev) -> None:
    asking = Asking(single, "/debug")
    prompt(single, 1)
    single.type("q\n")
    assert asking.answer()[0] == 500
    assert single.get() == (200, "one")


def test_whoever_leaves_a_debugger_around_the_program_hears_of_no_defect(project: Project) -> None:
    line = inspect.getsourcelines(single_module.run)[1] + 2
    stop = f"b {single_module.__file__}:{line}"
    done = subprocess.run(
        [sys.executable, "-m", "pdb", "-c", stop, "-m", "sshim", "dev", "--no-reload", "--port", "0"],
        input="c\nq\n",
        capture_output=True,
        text=True,
        cwd=project.folder,
        env=project.environ(),
        timeout=PATIENCE,
        check=False,
    )
    assert "single.py" in done.stdout, "it stopped there"
    assert "defect" not in done.stdout + done.stderr and "Traceback" not in done.stdout + done.stderr

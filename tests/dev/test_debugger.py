"""Debuggers and `input()` in the terminal that has the keys."""

from __future__ import annotations

import signal

from tests.dev.asking import STOPS, Asking, interrupt, prompt
from tests.dev.running import Dev, Project, Start, all_gone


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
    interrupt(dev, 2)
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

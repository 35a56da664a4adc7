"""How `sshim dev` ends: by a signal, by a second one, and with nothing left behind."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from tests.dev.running import Project, Start, all_gone, entry
from tests.dev.stuck import ENDLESS, ask_and_forget, wait_until_busy
from tests.settling import seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_code_0_and_nothing_is_left(start: Start, number: int) -> None:
    dev = start().ready()
    children = dev.children()
    assert len(children) == 2
    assert dev.stop(number) == 0
    assert all_gone(children)


WORKS_ON = entry(
    'self.ctx.waitUntil(later())\nreturn Response("answered")',
    'import asyncio\n\nasync def later():\n    await asyncio.sleep(0.2)\n    print("work done")\n',
)
"""Goes on for a moment after it has answered."""


def test_background_work_is_finished_before_the_end(start: Start, project: Project) -> None:
    project.entry.write_text(WORKS_ON)
    dev = start().ready()
    assert dev.get() == (200, "answered")
    assert dev.stop(signal.SIGINT) == 0
    assert "work done" in dev.out


@pytest.mark.parametrize(
    ("own", "of_the_group"), [(signal.SIGTERM, signal.SIGHUP), (signal.SIGHUP, signal.SIGTERM)]
)
def test_a_signal_to_the_whole_group_ends_it_as_gently(
    start: Start, project: Project, own: int, of_the_group: int
) -> None:
    project.entry.write_text(WORKS_ON)
    dev = start(detached=True).ready()
    assert dev.get() == (200, "answered")
    dev.signal(signal.SIGSTOP)  # so that it hears both at once, however late the second is sent
    dev.signal(own)  # `timeout` tells the process and its group
    os.killpg(dev.pid, of_the_group)
    dev.signal(signal.SIGCONT)
    assert dev.wait() == 0
    assert "work done" in dev.out
    assert "ended" not in dev.err


def test_a_program_that_a_handler_starts_can_be_told_to_end(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry(
            'program = subprocess.Popen(["sleep", "60"])\nprogram.terminate()\n'
            "return Response(str(program.wait(10)))",
            "import subprocess",
        )
    )
    assert start().ready().get() == (200, str(-signal.SIGTERM))


def test_the_end_waits_neither_for_endless_work_nor_for_an_endless_loop(
    start: Start, project: Project
) -> None:
    project.entry.write_text(ENDLESS)
    dev = start().ready()
    threading.Thread(target=ask_and_forget, args=(dev.url + "/loop",), daemon=True).start()
    wait_until_busy(dev.children())
    children = dev.children()
    assert dev.stop(signal.SIGTERM) == 0
    assert all_gone(children)


def test_a_second_signal_ends_it_at_once(start: Start, project: Project) -> None:
    project.entry.write_text(
        entry(
            'self.ctx.waitUntil(asyncio.sleep(600))\nreturn Response("answered")',
            "import asyncio",
        )
    )
    dev = start(terminal=True).ready()
    dev.until("press h")
    dev.get()
    children = dev.children()
    dev.signal(signal.SIGINT)
    assert seen(dev.echoes)  # it has heard the first one
    time.sleep(0.1)  # two at once are one signal
    dev.signal(signal.SIGTERM)
    assert dev.wait() == 130
    assert all_gone(children)


def test_nothing_outlives_a_supervisor_that_is_killed(start: Start, project: Project) -> None:
    project.entry.write_text(ENDLESS)
    dev = start().ready()
    threading.Thread(target=ask_and_forget, args=(dev.url + "/loop",), daemon=True).start()
    wait_until_busy(dev.children())
    children = dev.children()
    assert len(children) == 2
    assert dev.stop(signal.SIGKILL) == -signal.SIGKILL
    assert all_gone(children)

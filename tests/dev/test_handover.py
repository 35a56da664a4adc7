"""Who serves and who comes next, told by processes that exist only as the other end of a channel."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sshim.dev.channel import Channel
from sshim.dev.forkserver import Exited, Forked
from sshim.dev.handover import RELOAD_GRACE, STUCK_AFTER, Handover
from sshim.dev.loop import Loop
from sshim.dev.messages import (
    Failed,
    Loaded,
    Spec,
    Start,
    Started,
    Stop,
    Stopping,
    TerminalReturned,
    TerminalWanted,
)
from sshim.dev.options import Look, Serving
from sshim.dev.process import WorkerProcess, cause_of_death
from sshim.dev.secrets import NoReaders
from tests.dev.made import worker_config

SPEC = Spec(worker_config(), NoReaders(), Serving(), Look(Path("/project")))


class Children:
    """A spawner whose processes are channels held here; process ids count from 1000."""

    def __init__(self) -> None:
        self.ends: list[Channel] = []

    def fileno(self) -> int:
        return -1

    def events(self) -> list[Forked | Exited]:
        return []

    def close(self) -> None:
        for end in self.ends:
            end.close()

    def spawn(self, channel: socket.socket, listeners: Iterable[socket.socket]) -> None:
        self.ends.append(Channel(socket.socket(fileno=os.dup(channel.fileno()))))


class Stage:
    """A handover, its imagined processes, a clock that stands still, and what was observed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.seen: list[tuple[str, str]] = []
        self.killed_pids: list[int] = []
        self.children, self.loop = Children(), Loop()
        self.handover = Handover(self.children, [], self, self.loop, lambda: self.now)
        monkeypatch.setattr(os, "kill", lambda pid, number: self.killed_pids.append(pid))
        assert signal.SIGKILL

    def begin(self, cause: str) -> int:
        """Spawn the next process and tell its number; its id is that plus 1000."""
        self.handover.begin(SPEC, cause=cause, seen=0)
        number = len(self.children.ends) - 1
        self.handover.born_or_ended([Forked(1000 + number)])
        assert self.children.ends[number].receive() == [SPEC]
        return number

    def says(self, number: int, *messages: object) -> None:
        for message in messages:
            self.children.ends[number].send(message)
        self.loop.wait(0)

    def heard(self, number: int) -> list[object]:
        self.loop.wait(0)
        return self.children.ends[number].receive()

    def ends(self, number: int, code: int = 0) -> None:
        self.handover.born_or_ended([Exited(1000 + number, code)])

    def serves(self, cause: str = "first") -> int:
        number = self.begin(cause)
        self.says(number, Loaded())
        assert self.heard(number) == [Start()]
        self.says(number, Started())
        return number

    # what an observer hears
    def took_over(self, worker: WorkerProcess) -> None:
        self.seen.append(("took over", worker.cause))

    def failed(self, worker: WorkerProcess, failure: Failed) -> None:
        self.seen.append(("failed", failure.message))

    def crashed(self, worker: WorkerProcess, how: str) -> None:
        self.seen.append(("crashed", how))

    def killed(self, worker: WorkerProcess) -> None:
        self.seen.append(("killed", worker.cause))

    def wants_terminal(self, worker: WorkerProcess) -> None:
        self.seen.append(("wants", worker.cause))

    def returns_terminal(self, worker: WorkerProcess) -> None:
        self.seen.append(("returns", worker.cause))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(monkeypatch)
    yield stage
    for worker in stage.handover.all:
        worker.gone()
    stage.children.close()
    stage.loop.close()


def test_a_process_serves_once_it_is_loaded(stage: Stage) -> None:
    stage.serves("first")
    assert stage.seen == [("took over", "first")]
    assert stage.handover.serving and stage.handover.serving.pid == 1000


def test_nothing_is_announced_while_the_old_one_may_still_answer(stage: Stage) -> None:
    old = stage.serves("first")
    new = stage.begin("edit")
    stage.says(new, Loaded(), Started())
    assert stage.seen == [("took over", "first")]
    stage.says(old, Stopping())
    assert stage.seen == [("took over", "first"), ("took over", "edit")]
    stage.ends(old)
    assert len(stage.seen) == 2


def test_an_old_one_that_is_stuck_is_announced_over_when_it_is_gone(stage: Stage) -> None:
    old = stage.serves("first")
    new = stage.begin("edit")
    stage.says(new, Loaded(), Started())
    stage.ends(old, -9)
    assert stage.seen == [("took over", "first"), ("took over", "edit")]


def test_an_old_one_at_a_breakpoint_delays_no_announcement(stage: Stage) -> None:
    old = stage.serves("first")
    new = stage.begin("edit")
    stage.says(old, TerminalWanted())
    stage.says(new, Loaded(), Started())
    assert stage.seen == [("took over", "first"), ("wants", "first"), ("took over", "edit")]


def test_one_that_was_replaced_before_it_was_announced_is_not(stage: Stage) -> None:
    old = stage.serves("first")
    second = stage.begin("second")
    stage.says(second, Loaded(), Started())
    third = stage.begin("third")
    stage.says(third, Loaded())
    stage.says(old, Stopping())
    stage.says(second, Stopping())
    stage.says(third, Started())
    assert [what for what in stage.seen if what[0] == "took over"] == [
        ("took over", "first"),
        ("took over", "third"),
    ]


def test_the_old_one_serves_until_the_new_one_is_loaded(stage: Stage) -> None:
    old = stage.serves()
    new = stage.begin("edit")
    assert stage.heard(old) == []
    stage.says(new, Loaded())
    assert stage.heard(old) == [Stop(RELOAD_GRACE)]
    assert stage.heard(new) == [Start()]
    assert stage.handover.serving and stage.handover.serving.pid == 1001


def test_a_broken_edit_leaves_the_old_one_alone(stage: Stage) -> None:
    old = stage.serves()
    new = stage.begin("broken")
    stage.says(new, Failed("SyntaxError"))
    stage.ends(new, 3)
    assert stage.heard(old) == []
    assert stage.handover.serving and stage.handover.serving.pid == 1000
    assert stage.seen[1:] == [("failed", "SyntaxError")]


def test_an_edit_during_a_load_replaces_the_load(stage: Stage) -> None:
    first = stage.begin("first")
    second = stage.begin("second")
    assert stage.killed_pids == [1000]
    stage.says(first, Loaded())
    stage.ends(first, -9)
    assert stage.seen == [] and stage.handover.serving is None
    stage.says(second, Loaded(), Started())
    assert stage.seen == [("took over", "second")]


def test_a_load_replaced_before_its_process_is_born_is_killed_at_birth(stage: Stage) -> None:
    stage.handover.begin(SPEC, cause="first", seen=0)
    stage.handover.begin(SPEC, cause="second", seen=0)
    assert stage.killed_pids == []
    stage.handover.born_or_ended([Forked(1000), Forked(1001)])
    assert stage.killed_pids == [1000]
    stage.ends(0, -9)
    stage.ends(1, 0)


def test_a_replaced_process_that_is_stuck_is_killed(stage: Stage) -> None:
    stage.serves("old")
    new = stage.begin("edit")
    stage.says(new, Loaded(), Started())
    assert stage.handover.deadline() == 100 + STUCK_AFTER
    stage.now += STUCK_AFTER - 0.1
    stage.handover.tick()
    assert stage.killed_pids == []
    stage.now += 0.2
    stage.handover.tick()
    assert stage.killed_pids == [1000] and ("killed", "old") in stage.seen
    assert stage.handover.deadline() is None


def test_a_replaced_process_that_reacts_may_finish_its_requests(stage: Stage) -> None:
    old = stage.serves()
    new = stage.begin("edit")
    stage.says(new, Loaded(), Started())
    stage.says(old, Stopping())
    stage.now += STUCK_AFTER + 0.1
    stage.handover.tick()
    assert stage.killed_pids == []
    stage.now += RELOAD_GRACE
    stage.handover.tick()
    assert stage.killed_pids == [1000]


def test_a_process_in_the_debugger_is_not_killed_until_it_lets_go(stage: Stage) -> None:
    old = stage.serves("old")
    stage.says(old, TerminalWanted())
    new = stage.begin("edit")
    stage.says(new, Loaded(), Started())
    stage.now += 3600
    stage.handover.tick()
    assert stage.killed_pids == [] and stage.handover.deadline() is None
    stage.says(old, TerminalReturned())
    assert ("returns", "old") in stage.seen
    assert stage.handover.deadline() == stage.now + STUCK_AFTER


def test_the_end_is_not_delayed_by_a_sign_of_life(stage: Stage) -> None:
    number = stage.serves()
    stage.handover.end(1.0, 1.5)
    assert stage.heard(number) == [Stop(1.0)]
    stage.says(number, Stopping())
    assert stage.handover.deadline() == 101.5


def test_the_end_does_not_wait_for_a_debugger(stage: Stage) -> None:
    number = stage.serves()
    stage.says(number, TerminalWanted())
    stage.handover.end(1.0, 1.5)
    stage.now += 2
    stage.handover.tick()
    assert stage.killed_pids == [1000]


def test_a_crash_of_the_serving_process_is_told(stage: Stage) -> None:
    number = stage.serves()
    stage.ends(number, -signal.SIGSEGV)
    assert stage.seen[-1] == ("crashed", "was ended by SIGSEGV")
    assert stage.handover.serving is None and stage.handover.all == []


def test_a_crash_while_loading_is_a_failure(stage: Stage) -> None:
    number = stage.begin("first")
    stage.ends(number, 7)
    assert stage.seen == [("failed", "the Worker's process exited with code 7 while it was loading")]


def test_a_crash_in_the_debugger_gives_the_terminal_back(stage: Stage) -> None:
    number = stage.serves("first")
    stage.says(number, TerminalWanted())
    stage.ends(number, 1)
    assert stage.seen[1:] == [("wants", "first"), ("returns", "first"), ("crashed", "exited with code 1")]


def test_last_words_are_heard_before_the_exit(stage: Stage) -> None:
    number = stage.begin("first")
    stage.children.ends[number].send(Failed("why"))
    stage.ends(number, 3)
    assert stage.seen == [("failed", "why")]


def test_a_lost_warm_process_loses_all_its_children(stage: Stage) -> None:
    stage.serves()
    other = Children()
    stage.handover.respawn_on(other)
    assert stage.handover.all == [] and stage.handover.serving is None and stage.killed_pids == [1000]
    stage.handover.begin(SPEC, cause="again", seen=0)
    assert len(other.ends) == 1
    other.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [(3, "exited with code 3"), (-9, "was ended by SIGKILL"), (-999, "was ended by signal 999")],
)
def test_a_death_is_put_in_words(code: int, words: str) -> None:
    assert cause_of_death(code) == words

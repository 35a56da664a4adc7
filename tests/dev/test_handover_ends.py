"""How the processes that serve end, and what is said of it."""

from __future__ import annotations

import signal

import pytest

from sshim.dev.handover import RELOAD_GRACE, STUCK_AFTER
from sshim.dev.messages import (
    Failed,
    Loaded,
    Started,
    Stop,
    Stopping,
    TerminalReturned,
    TerminalWanted,
)
from sshim.dev.process import cause_of_death
from tests.dev.stage import SPEC, Children, Stage


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

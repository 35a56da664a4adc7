"""Who serves and who comes next, told by processes that exist only as the other end of a channel."""

from __future__ import annotations

from sshim.dev.forkserver import Forked
from sshim.dev.handover import RELOAD_GRACE
from sshim.dev.messages import (
    Failed,
    Loaded,
    Start,
    Started,
    Stop,
    Stopping,
    TerminalWanted,
)
from tests.dev.stage import SPEC, Stage


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

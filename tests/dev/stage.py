"""Processes that exist only as the other end of a channel, and who is told of them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

import pytest

from sshim.dev.channel import Channel
from sshim.dev.forkserver import Exited, Forked
from sshim.dev.handover import Handover
from sshim.dev.loop import Loop
from sshim.dev.messages import (
    Failed,
    Loaded,
    Spec,
    Start,
    Started,
)
from sshim.dev.options import Look, Serving
from sshim.dev.process import WorkerProcess
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

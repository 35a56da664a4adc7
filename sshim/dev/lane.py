"""One Worker of a `sshim dev`: its configuration, the processes that serve it, the files that change it."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from sshim.dev.display import shown_path
from sshim.dev.forkserver import Exited, Forked, Spawner
from sshim.dev.handover import Handover
from sshim.dev.introduction import introduce
from sshim.dev.loop import Loop
from sshim.dev.messages import Failed
from sshim.dev.plan import Plan
from sshim.dev.process import WorkerProcess
from sshim.dev.reload import Watcher
from sshim.dev.terminal import Terminal
from sshim.errors import SourceError, SshimError

CRASHES = 3
CRASH_WINDOW = 10.0


class Chief(Protocol):
    """Whom the lanes of one program report to."""

    def serves(self, lane: Lane, worker: WorkerProcess) -> None: ...
    def wants_terminal(self, worker: WorkerProcess) -> None: ...
    def returns_terminal(self, worker: WorkerProcess) -> None: ...


class SharedSpawner:
    """Spawns for all lanes, and knows whose process it was that the warm process tells of."""

    def __init__(self, spawner: Spawner) -> None:
        self._spawner = spawner
        self._askers: deque[Lane] = deque()

    def spawn(self, lane: Lane, channel: socket.socket, listeners: Iterable[socket.socket]) -> None:
        """Ask for a process of this lane."""
        self._askers.append(lane)
        self._spawner.spawn(channel, listeners)

    def tell(self, events: Iterable[Forked | Exited], lanes: Sequence[Lane]) -> None:
        """Hand news of the warm process on to whom it concerns."""
        for event in events:
            concerned = [self._askers.popleft()] if isinstance(event, Forked) else lanes
            for lane in concerned:
                lane.handover.born_or_ended([event])


class _OwnSpawner:
    """The spawner as one lane's processes see it."""

    def __init__(self, shared: SharedSpawner, lane: Lane) -> None:
        self._shared, self._lane = shared, lane

    def spawn(self, channel: socket.socket, listeners: Iterable[socket.socket]) -> None:
        self._shared.spawn(self._lane, channel, listeners)


class Lane:
    """`plan` says what to serve on `listeners`; `clock` counts seconds from anywhere."""

    def __init__(
        self,
        plan: Plan,
        listeners: Sequence[socket.socket],
        chief: Chief,
        spawner: SharedSpawner,
        loop: Loop,
        terminal: Terminal,
        clock: Callable[[], float],
    ) -> None:
        self.plan = plan
        self._chief, self._loop, self._terminal, self._clock = chief, loop, terminal, clock
        self._crashes: deque[float] = deque()
        self.handover = Handover(_OwnSpawner(spawner, self), listeners, self, loop, time.monotonic)
        self.watcher = Watcher(plan.config, loop.wake)
        self.ending = False

    def begin(self, cause: str, seen: float, failure: str | None = None) -> None:
        """Load the Worker in a fresh process."""
        self.handover.begin(self.plan.spec(failure), cause=cause, seen=seen)

    def respawn_on(self, spawner: SharedSpawner) -> None:
        """The warm process was lost; go on with another one."""
        self.handover.respawn_on(_OwnSpawner(spawner, self))

    def on_change(self, changed: list[Path]) -> None:
        """Files have been saved; the newest state of all of them is what gets loaded."""
        seen = self._clock()
        if any(path in self.plan.config.watched_files for path in changed):
            try:
                if self.plan.read_again():
                    self.watcher.follow(self.plan.config)
                    introduce(self.plan, self._terminal)
            except SshimError as error:
                self._terminal.failure(error)
                self._terminal.info("the last good version goes on serving")
                return
        names = [shown_path(path, self.plan.cwd) for path in changed] or ["the Worker"]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        self.begin(names[0] + more, seen)

    # -- what becomes of the worker processes ------------------------------------------------------------

    def took_over(self, worker: WorkerProcess) -> None:
        """A worker process accepts connections."""
        if worker.spec.failure is None:
            self._chief.serves(self, worker)

    def failed(self, worker: WorkerProcess, failure: Failed) -> None:
        """A worker process could not load the user's code."""
        self._terminal.failure(
            SourceError(failure.message, place=failure.place, detail=failure.detail, hint=failure.hint)
        )
        serving = self.handover.serving
        if serving is not None and serving.spec.failure is None:
            self._terminal.info("the last good version goes on serving")
        else:
            self._stand_in(failure)

    def crashed(self, worker: WorkerProcess, how: str) -> None:
        """The serving process is gone. Started again at once, unless that keeps happening."""
        now = time.monotonic()
        self._crashes.append(now)
        while self._crashes[0] < now - CRASH_WINDOW:
            self._crashes.popleft()
        failure = Failed(f"the Worker's process {how}")
        self._terminal.error(failure.message)
        if self.ending or self.handover.coming is not None:
            return
        if len(self._crashes) > CRASHES:
            self._stand_in(failure)
        else:
            self._terminal.info("starting it again")
            self.begin("", self._clock())

    def killed(self, worker: WorkerProcess) -> None:
        """A process did not end when asked."""
        self._terminal.warning("the Worker was still busy and has been ended")

    def wants_terminal(self, worker: WorkerProcess) -> None:
        """A debugger in a handler wants the keyboard."""
        self._chief.wants_terminal(worker)

    def returns_terminal(self, worker: WorkerProcess) -> None:
        """The debugger is done."""
        self._chief.returns_terminal(worker)

    def _stand_in(self, failure: Failed) -> None:
        self._terminal.info("waiting for a change; until then requests are answered with the error")
        where = f"{self._terminal.shown(failure.place)}: " if failure.place else ""
        text = "\n\n".join(part for part in (where + failure.message, failure.detail) if part)
        self.begin("", self._clock(), failure=text)

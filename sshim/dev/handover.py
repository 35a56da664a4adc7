"""Which worker process serves, which comes next, which are on their way out.

All of them listen on the same sockets. A new process takes over only once the user's code is imported in it;
until then, and for good if that fails, the old one goes on. Knows nothing of terminals and files.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from sshim.dev.channel import Closed
from sshim.dev.forkserver import Exited, Forked, Spawner
from sshim.dev.loop import Loop
from sshim.dev.messages import Failed, Loaded, Spec, Started, Stopping, TerminalReturned, TerminalWanted
from sshim.dev.process import WorkerProcess, cause_of_death

RELOAD_GRACE = 5.0
"""Seconds that requests of the replaced process may still take."""

STUCK_AFTER = 2.0
"""Seconds without a sign of life after which a process on its way out is taken for stuck."""


class Observer(Protocol):
    """Hears what becomes of the processes."""

    def took_over(self, worker: WorkerProcess) -> None: ...
    def failed(self, worker: WorkerProcess, failure: Failed) -> None: ...
    def crashed(self, worker: WorkerProcess, how: str) -> None: ...
    def killed(self, worker: WorkerProcess) -> None: ...
    def wants_terminal(self, worker: WorkerProcess) -> None: ...
    def returns_terminal(self, worker: WorkerProcess) -> None: ...


class Handover:
    """The processes of one Worker. `clock` is monotonic."""

    def __init__(
        self,
        spawner: Spawner,
        listeners: Sequence[socket.socket],
        observer: Observer,
        loop: Loop,
        clock: Callable[[], float],
    ) -> None:
        self._spawner, self._listeners, self._observer, self._clock = spawner, listeners, observer, clock
        self._loop = loop
        self._unborn: deque[WorkerProcess] = deque()
        self.all: list[WorkerProcess] = []
        self.serving: WorkerProcess | None = None
        self.coming: WorkerProcess | None = None
        self._unannounced: WorkerProcess | None = None

    # -- what the lane asks for --------------------------------------------------------------------------

    def begin(self, spec: Spec, *, cause: str, seen: float) -> None:
        """Load a Worker in a fresh process. One that is still loading is out of date, and ends."""
        if self.coming is not None:
            self.coming.kill()
        worker = WorkerProcess(self._spawner, self._listeners, spec, cause=cause, seen=seen)
        self._unborn.append(worker)
        self.all.append(worker)
        self.coming = worker
        self._loop.watch(worker.channel, lambda: self._hear(worker))

    def end(self, grace: float, limit: float) -> None:
        """Stop accepting; open requests and background work get `grace` seconds, everything `limit`."""
        if self.coming is not None:
            self.coming.kill()
            self.coming = None
        for worker in self.all:
            worker.debugging = False
            worker.leave(grace, self._clock() + limit)
        self.serving = None

    def kill(self) -> None:
        """End every process now."""
        for worker in self.all:
            worker.kill()

    def respawn_on(self, spawner: Spawner) -> None:
        """The warm process was lost and with it all of these; go on with another one."""
        for worker in self.all:
            worker.kill()
            self._loop.forget(worker.channel)
            worker.gone()
        self._spawner = spawner
        self.all, self.serving, self.coming, self._unannounced = [], None, None, None
        self._unborn.clear()

    def deadline(self) -> float | None:
        """When `tick` has something to do."""
        times = [w.kill_at for w in self.all if w.kill_at is not None and not w.debugging]
        return min(times, default=None)

    def tick(self) -> None:
        """Kill what has outstayed its time."""
        now = self._clock()
        for worker in self.all:
            if worker.kill_at is not None and worker.kill_at <= now and not worker.debugging:
                worker.kill_at = None
                self._observer.killed(worker)
                worker.kill()

    # -- what the processes tell -------------------------------------------------------------------------

    def born_or_ended(self, events: Iterable[Forked | Exited]) -> None:
        """News from the warm process."""
        for event in events:
            if isinstance(event, Forked):
                self._unborn.popleft().born(event.pid)
                continue
            for worker in [w for w in self.all if w.pid == event.pid]:
                self._hear(worker)
                self._ended(worker, event.code)

    def _hear(self, worker: WorkerProcess) -> None:
        try:
            messages = worker.channel.receive()
        except Closed:
            # How it ended is for the warm process to tell.
            self._loop.forget(worker.channel)
            return
        for message in messages:
            self._take(worker, message)

    def _take(self, worker: WorkerProcess, message: object) -> None:
        match message:
            case Loaded() if worker is self.coming:
                self._hand_over(worker)
            case Started() if worker is self.serving:
                self._unannounced = worker
                self._announce()
            case Failed() if worker is self.coming:
                self.coming = None
                self._observer.failed(worker, message)
            case Stopping():
                if worker.kill_at is not None and worker.state == "leaving" and self.serving:
                    worker.kill_at = self._clock() + RELOAD_GRACE + 1.0
                worker.accepting = False
                self._announce()
            case TerminalWanted():
                worker.debugging = True
                self._observer.wants_terminal(worker)
                self._announce()
            case TerminalReturned():
                self._let_go_of_terminal(worker)

    def _announce(self) -> None:
        """Tell of the process that serves once no other answers in its place; one that stands at a
        breakpoint answers nobody."""
        worker = self._unannounced
        if worker is None or any(w.accepting and not w.debugging for w in self.all if w is not worker):
            return
        self._unannounced = None
        if worker is self.serving:
            self._observer.took_over(worker)

    def _let_go_of_terminal(self, worker: WorkerProcess) -> None:
        if worker.debugging:
            worker.debugging = False
            if worker.kill_at is not None:
                worker.kill_at = max(worker.kill_at, self._clock() + STUCK_AFTER)
            self._observer.returns_terminal(worker)

    def _hand_over(self, worker: WorkerProcess) -> None:
        # Both at once: connections made in between wait in the sockets' queue for the new one.
        old, self.serving, self.coming = self.serving, worker, None
        if old is not None:
            old.leave(RELOAD_GRACE, self._clock() + STUCK_AFTER)
        worker.start()

    def _ended(self, worker: WorkerProcess, code: int) -> None:
        self._let_go_of_terminal(worker)
        self._loop.forget(worker.channel)
        worker.gone()
        self.all.remove(worker)
        if worker is self.serving:
            self.serving = None
            self._observer.crashed(worker, cause_of_death(code))
        elif worker is self.coming:
            self.coming = None
            how = f"the Worker's process {cause_of_death(code)} while it was loading"
            self._observer.failed(worker, Failed(how))
        self._announce()

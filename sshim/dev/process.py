"""One worker process as the supervisor sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterable
from typing import Literal

from sshim.dev.channel import Channel
from sshim.dev.forkserver import Spawner
from sshim.dev.messages import Spec, Start, Stop

State = Literal["loading", "serving", "leaving", "gone"]


class WorkerProcess:
    """Spawned at once, with `spec` on its way. `cause` is what the user did, for the log; `seen` is when."""

    def __init__(
        self, spawner: Spawner, listeners: Iterable[socket.socket], spec: Spec, *, cause: str, seen: float
    ) -> None:
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        with theirs:
            spawner.spawn(theirs, listeners)
        self.channel.send(spec)
        self.spec, self.cause, self.seen = spec, cause, seen
        self.pid: int | None = None
        self.state: State = "loading"
        self.debugging = False
        self.accepting = False
        """Whether it may still accept a connection, as far as is known."""
        self.kill_at: float | None = None
        self._doomed = False

    def start(self) -> None:
        """Let it accept connections."""
        self.state = "serving"
        self.accepting = True
        self.channel.send(Start())

    def leave(self, grace: float, kill_at: float) -> None:
        """Let it finish what is open; whatever happens, it is killed at `kill_at` (monotonic)."""
        self.state = "leaving"
        self.kill_at = kill_at
        self.channel.send(Stop(grace))

    def born(self, pid: int) -> None:
        """Its process id is known."""
        self.pid = pid
        if self._doomed:
            self.kill()

    def kill(self) -> None:
        """End it now, also when it is stuck."""
        self._doomed = True
        if self.pid is not None and self.state != "gone":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def gone(self) -> None:
        """It has ended."""
        self.state = "gone"
        self.accepting = False
        self.channel.close()


def cause_of_death(code: int) -> str:
    """An exit code in words: `exited with code 1`, `was ended by SIGSEGV`."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"

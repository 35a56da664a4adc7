"""The `sshim dev` program: binds the address, keeps a Worker behind it, swaps it on every change.

One thread waits for everything (worker processes, files, keys, signals); it imports neither asyncio nor
aiohttp, so that it gets the rest ready while the warm process is still importing them.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from sshim.dev import ports
from sshim.dev.caret import shown_path
from sshim.dev.forkserver import ForkServer
from sshim.dev.handover import Handover
from sshim.dev.hotkeys import HotKeys
from sshim.dev.ignition import Ignited
from sshim.dev.introduction import introduce
from sshim.dev.keyboard import Desk
from sshim.dev.loop import Loop
from sshim.dev.messages import Failed
from sshim.dev.options import DevOptions
from sshim.dev.plan import Plan
from sshim.dev.process import WorkerProcess
from sshim.dev.reload import Watcher
from sshim.dev.terminal import Terminal
from sshim.errors import SourceError, SshimError

STOP_GRACE = 1.3
"""Seconds that open requests and `waitUntil` work get at the end; all is over after `STOP_LIMIT`."""

STOP_LIMIT = 1.6
CRASHES = 3
CRASH_WINDOW = 10.0
KILLED_BY_USER = 130

_ENDINGS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


def run(options: DevOptions, ignited: Ignited | None = None) -> int:
    """Serve until told to stop; the exit code. `ignited` is the warm process, if it has been started. Raises
    `SshimError` for what prevents the start."""
    if not options.reload:
        from sshim.dev import single

        return single.run(options)
    return Supervisor(options, ignited).run()


class Supervisor:
    """One run of `sshim dev`. `clock` counts seconds from anywhere, as `options.started` does."""

    def __init__(
        self,
        options: DevOptions,
        ignited: Ignited | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._options, self._ignited, self._clock = options, ignited, clock
        self._began = options.started if options.started is not None else clock()
        self._terminal = Terminal(sys.stdout, sys.stderr, options.look)
        self._crashes: deque[float] = deque()
        self._ending = False
        self._code = 0
        self._is_ready = False

    # -- life --------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Start, serve, end. However it ends, no process is left behind."""
        with contextlib.ExitStack() as cleanup:
            # First of all, since its imports take longest.
            self._warm = ForkServer(self._options.read.environ, self._ignited)
            cleanup.callback(lambda: self._warm.close())
            self._plan = Plan(self._options)
            listeners = self._listen(cleanup)
            self._loop = Loop()
            cleanup.callback(self._loop.close)
            self._loop.catch(_ENDINGS)
            self._handover = Handover(self._warm, listeners, self, self._loop, time.monotonic)
            self._loop.watch(self._warm, self._on_warm)
            self._watcher = Watcher(self._plan.config, self._loop.wake)
            cleanup.callback(self._watcher.stop)
            # The store is made here on first use, before a worker process looks for it.
            introduce(self._plan, self._terminal, strict=self._options.strict)
            self._begin("", self._clock())
            self._watcher.start()
            self._sit_down(cleanup)
            self._serve()
            return self._code

    def _listen(self, cleanup: contextlib.ExitStack) -> list[socket.socket]:
        ip, port = self._plan.address()
        listeners = ports.listen(ip, port)
        for listener in listeners:
            cleanup.callback(listener.close)
        self._url = ports.url(ip, listeners[0].getsockname()[1], self._plan.scheme)
        return listeners

    def _sit_down(self, cleanup: contextlib.ExitStack) -> None:
        """Listen to the keyboard, where there is one."""
        self._desk = Desk(
            HotKeys(sys.stdin),
            self._loop,
            self._terminal,
            url=self._url,
            environ=self._options.read.environ,
            reload=lambda: self._on_change([]),
            quit=self._end,
        )
        self._has_keys = self._options.hot_keys and self._desk.open()
        cleanup.callback(self._desk.close)
        if self._has_keys:
            self._loop.catch((signal.SIGTSTP,))

    def _serve(self) -> None:
        while not (self._ending and not self._handover.all):
            deadline = self._handover.deadline()
            self._loop.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
            self._handover.tick()
            for number in self._loop.caught():
                self._on_signal(number)
            if not self._ending and (changed := self._watcher.changed()):
                self._on_change(changed)

    def _on_signal(self, number: int) -> None:
        if number == getattr(signal, "SIGTSTP", None):
            self._desk.suspend()
        elif number in _ENDINGS and not (number == signal.SIGINT and self._desk.lent):
            self._end()

    def _end(self) -> None:
        """The first time: let the Worker finish. The second time: do not wait for it."""
        if self._ending:
            self._code = KILLED_BY_USER
            self._handover.kill()
            return
        self._ending = True
        self._handover.end(STOP_GRACE, STOP_LIMIT)

    # -- changes -----------------------------------------------------------------------------------------

    def _on_change(self, changed: list[Path]) -> None:
        """Files have been saved; the newest state of all of them is what gets loaded."""
        seen = self._clock()
        if any(path in self._plan.config.watched_files for path in changed):
            try:
                if self._plan.read_again():
                    self._watcher.follow(self._plan.config)
                    introduce(self._plan, self._terminal)
            except SshimError as error:
                self._terminal.failure(error)
                self._terminal.info("the last good version goes on serving")
                return
        names = [shown_path(path, self._options.look.cwd) for path in changed] or ["the Worker"]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        self._begin(names[0] + more, seen)

    def _begin(self, cause: str, seen: float, failure: str | None = None) -> None:
        self._handover.begin(self._plan.spec(failure), cause=cause, seen=seen)

    # -- what becomes of the worker processes ------------------------------------------------------------

    def took_over(self, worker: WorkerProcess) -> None:
        """A worker process accepts connections."""
        if worker.spec.failure is not None:
            return
        now = self._clock()
        if not self._is_ready:
            self._is_ready = True
            self._terminal.ready(self._url, (now - self._began) * 1000)
            if self._has_keys:
                self._terminal.info("press h for the keys")
        elif worker.cause:
            self._terminal.reloaded(worker.cause, (now - worker.seen) * 1000)

    def failed(self, worker: WorkerProcess, failure: Failed) -> None:
        """A worker process could not load the user's code."""
        self._terminal.failure(
            SourceError(failure.message, place=failure.place, detail=failure.detail, hint=failure.hint)
        )
        serving = self._handover.serving
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
        if self._ending or self._handover.coming is not None:
            return
        if len(self._crashes) > CRASHES:
            self._stand_in(failure)
        else:
            self._terminal.info("starting it again")
            self._begin("", self._clock())

    def killed(self, worker: WorkerProcess) -> None:
        """A process did not end when asked."""
        self._terminal.warning("the Worker was still busy and has been ended")

    def wants_terminal(self, worker: WorkerProcess) -> None:
        """A debugger in a handler wants the keyboard."""
        self._desk.lend(worker)

    def returns_terminal(self, worker: WorkerProcess) -> None:
        """The debugger is done."""
        self._desk.take_back(worker)

    def _stand_in(self, failure: Failed) -> None:
        self._terminal.info("waiting for a change; until then requests are answered with the error")
        where = f"{self._terminal.shown(failure.place)}: " if failure.place else ""
        text = "\n\n".join(part for part in (where + failure.message, failure.detail) if part)
        self._begin("", self._clock(), failure=text)

    def _on_warm(self) -> None:
        try:
            events = self._warm.events()
        except EOFError:
            self._replace_warm()
        else:
            self._handover.born_or_ended(events)

    def _replace_warm(self) -> None:
        """Something ended the warm process, and with it every Worker."""
        self._loop.forget(self._warm)
        self._warm.close()
        if self._ending:
            self._handover.respawn_on(self._warm)
            return
        self._warm = ForkServer(self._options.read.environ)
        self._handover.respawn_on(self._warm)
        self._loop.watch(self._warm, self._on_warm)
        self._terminal.error("the process that starts Workers was ended from outside; starting another one")
        self._begin("", self._clock())

"""The `sshim dev` program: binds the address, keeps a Worker behind it and others beside it.

One thread waits for everything (worker processes, files, keys, signals); it imports neither asyncio nor
aiohttp, so that it gets the rest ready while the warm process is still importing them.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable

from sshim.dev import ports
from sshim.dev.dashboard import DashboardProgram
from sshim.dev.forkserver import ForkServer
from sshim.dev.hotkeys import HotKeys
from sshim.dev.ignition import Ignited
from sshim.dev.introduction import introduce, warn_of_plaintext
from sshim.dev.keyboard import Keyboard
from sshim.dev.lane import Lane, SharedSpawner
from sshim.dev.loop import ECHO, KILLED_BY_USER, STOP_GRACE, Loop
from sshim.dev.options import DevOptions
from sshim.dev.peers import PeerSockets, plans_of
from sshim.dev.process import WorkerProcess
from sshim.dev.terminal import Terminal
from sshim.errors import Problem

STOP_LIMIT = 1.6
"""Seconds after which all is over, whatever still runs."""

STILLBORN = 3
"""Warm processes in a row that may end before they have started a Worker; then something is broken here."""

_LOOK = 0.5
"""Seconds between looks whether this program has come to the foreground of its terminal."""

_SAY_KEYS = "press h for the keys"

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
        ignited: Ignited | None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._options, self._ignited, self._clock = options, ignited, clock
        self._began = options.started if options.started is not None else clock()
        self._terminal = Terminal(sys.stdout, sys.stderr, options.look)
        self._lanes: list[Lane] = []
        self._ending = False
        self._told = 0.0
        self._code = 0
        self._stillborn = 0
        self._is_ready = False
        self._has_keys = False

    # -- life --------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Start, serve, end. However it ends, no process is left behind."""
        with contextlib.ExitStack() as cleanup:
            # First of all, since its imports take longest.
            self._warm = ForkServer(self._options.read.environ, self._ignited)
            cleanup.callback(lambda: self._warm.close())
            first, *_ = plans = plans_of(self._options)
            listeners, self._url = ports.bind(first.address(), first.scheme, cleanup, self._terminal.info)
            peer_sockets = PeerSockets(plans, cleanup)
            self._loop = Loop()
            cleanup.callback(self._loop.close)
            self._loop.catch(_ENDINGS)
            self._loop.watch(self._warm, self._on_warm)
            self._spawner = SharedSpawner(self._warm)
            for plan in plans:
                # The store is made here on first use, before a worker process looks for it.
                introduce(plan, self._terminal, strict=self._options.strict)
                own = [*(listeners if plan is first else ()), *peer_sockets.of(plan)]
                lane = Lane(plan, own, self, self._spawner, self._loop, self._terminal, self._clock)
                cleanup.callback(lane.watcher.stop)
                self._lanes.append(lane)
                lane.begin("", self._clock())
                lane.watcher.start()
            for plan in plans:  # while the Workers start, which takes longer
                warn_of_plaintext(plan, self._options.read.environ, self._terminal)
            self._open_keyboard(cleanup)
            self._serve()
            return self._code

    @property
    def _primary(self) -> Lane:
        """The Worker that the address is for; the others run beside it."""
        return self._lanes[0]

    def _open_keyboard(self, cleanup: contextlib.ExitStack) -> None:
        """Listen to the keyboard, where there is one."""
        environ = self._options.read.environ
        dashboard = DashboardProgram(self._loop, self._terminal, self._options.store, environ)
        cleanup.callback(dashboard.close)
        self._keyboard = Keyboard(
            HotKeys(sys.stdin),
            self._loop,
            self._terminal,
            url=self._url,
            environ=environ,
            reload=self._reload_all,
            dashboard=dashboard.open,
            quit=self._end,
        )
        cleanup.callback(self._keyboard.close)
        self._take_keys()

    def _take_keys(self) -> None:
        if self._options.hot_keys and self._keyboard.open() and not self._has_keys:
            self._has_keys = True
            self._loop.catch((signal.SIGTSTP,))
            if self._is_ready:
                self._terminal.info(_SAY_KEYS)

    def _serve(self) -> None:
        while not (self._ending and not any(lane.handover.all for lane in self._lanes)):
            deadlines = [due for lane in self._lanes if (due := lane.handover.deadline()) is not None]
            # No shell need tell a program that it has brought it to the foreground.
            away = self._options.hot_keys and self._keyboard.untaken
            deadlines += [time.monotonic() + _LOOK] if away else []
            self._loop.wait(max(0.0, min(deadlines) - time.monotonic()) if deadlines else None)
            if away:
                self._take_keys()
            for lane in self._lanes:
                lane.handover.tick()
            for number in self._loop.caught():
                self._on_signal(number)
            for lane in self._lanes:
                if not self._ending and (changed := lane.watcher.changed()):
                    lane.on_change(changed)

    def _on_signal(self, number: int) -> None:
        if number == getattr(signal, "SIGTSTP", None):
            self._keyboard.suspend()
        elif number not in _ENDINGS or (number == signal.SIGINT and self._keyboard.lent):
            return
        elif not self._ending or time.monotonic() - self._told > ECHO:
            self._end()

    def _end(self) -> None:
        """The first time: let the Worker finish. The second time: do not wait for it."""
        if self._ending:
            self._code = KILLED_BY_USER
        else:
            self._told = time.monotonic()
        self._ending = True
        self._keyboard.end()
        for lane in self._lanes:
            if self._code:
                lane.handover.kill()
            elif not lane.ending:
                lane.ending = True
                lane.handover.end(STOP_GRACE, STOP_LIMIT)

    # -- what becomes of the Workers ---------------------------------------------------------------------

    def serves(self, lane: Lane, worker: WorkerProcess) -> None:
        """A worker process accepts connections."""
        now = self._clock()
        if not self._is_ready:
            if lane is not self._primary:
                return  # its callers wait in its socket's queue until it is
            self._is_ready = True
            self._terminal.ready(self._url, (now - self._began) * 1000)
            if self._has_keys:
                self._terminal.info(_SAY_KEYS)
        elif worker.cause:
            self._terminal.reloaded(worker.cause, (now - worker.seen) * 1000)

    def wants_terminal(self, worker: WorkerProcess) -> None:
        """A debugger in a handler wants the keyboard."""
        self._keyboard.lend(worker)

    def returns_terminal(self, worker: WorkerProcess) -> None:
        """The debugger is done. A Ctrl-C from before was meant for it, however late it is heard of here."""
        self._loop.disregard(signal.SIGINT)
        self._keyboard.take_back(worker)

    def _reload_all(self) -> None:
        for lane in self._lanes:
            lane.on_change([])

    def _on_warm(self) -> None:
        try:
            events = self._warm.events()
        except EOFError:
            self._replace_warm()
        else:
            self._stillborn = 0
            self._spawner.tell(events, self._lanes)

    def _replace_warm(self) -> None:
        """Something ended the warm process, and with it every Worker."""
        self._loop.forget(self._warm)
        self._warm.close()
        self._stillborn += 1
        if self._stillborn > STILLBORN and not self._ending:
            why = "the process that starts Workers ends as soon as it is started: its own words stand above"
            hint = "sshim --version --verbose tells what is installed here"
            self._terminal.problem("error", Problem(why, hint=hint))
            self._code = 1
            self._end()
        elif not self._ending:
            self._warm = ForkServer(self._options.read.environ)
            self._loop.watch(self._warm, self._on_warm)
            self._terminal.error(
                "the process that starts Workers was ended from outside; starting another one"
            )
        self._spawner = SharedSpawner(self._warm)
        for lane in self._lanes:
            lane.respawn_on(self._spawner)
            if not self._ending:
                lane.begin("", self._clock())

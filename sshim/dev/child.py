"""A worker process: opens the store, imports the user's code, serves until told to stop.

It hears and answers the supervisor over its channel, and writes the Worker's log to the terminal itself.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import socket
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from sshim.dev.channel import Channel, Closed
from sshim.dev.debugger import BorrowedTerminal, KeyboardInput, install_breakpoint
from sshim.dev.messages import Failed, Loaded, Spec, Start, Started, Stop, Stopping, TerminalGranted
from sshim.dev.serving import load
from sshim.dev.streams import ConsoleStream, LineSink
from sshim.dev.terminal import Terminal
from sshim.errors import SshimError
from sshim.redaction import Redactor

if TYPE_CHECKING:
    from sshim.dev.standin import StandIn
    from sshim.worker.server import WorkerServer

FAILED = 3
"""Exit code of a process whose Worker could not be loaded; the reason went over the channel before."""

LINGER = 0.05
"""Seconds that the first request of a fresh connection may take to arrive when a process is replaced."""

BROKEN = 70
"""Exit code of a process that failed in a way nobody expected."""

_OURS = Path(__file__).parent.parent


def main(sock: socket.socket, listeners: Sequence[socket.socket]) -> NoReturn:
    """Be the worker process at this end of a channel. Ends the process."""
    channel = Channel(sock)
    code = 0
    try:
        spec = _first_message(channel)
        code = _Process(channel, spec, listeners).run()
    except Closed:
        pass
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        code = BROKEN
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process with the exit functions run, but without tearing the interpreter down."""
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.end() if isinstance(stream, ConsoleStream) else stream.flush()
    os._exit(code)


def _first_message(channel: Channel) -> Spec:
    while not (messages := channel.wait()):
        pass
    assert isinstance(messages[0], Spec)
    return messages[0]


class _Process:
    def __init__(self, channel: Channel, spec: Spec, listeners: Sequence[socket.socket]) -> None:
        self._channel, self._spec, self._listeners = channel, spec, listeners
        self._redactor = Redactor()
        self._out, self._err = (LineSink(number, redact=self._redactor.redact) for number in (1, 2))
        self._log = Terminal(self._out, self._err, spec.look)
        self._inbox: asyncio.Queue[object] = asyncio.Queue()
        self._terminal = BorrowedTerminal(channel, self._hear, self._log.warning)

    def run(self) -> int:
        """Serve; returns the exit code."""
        sys.stdin = KeyboardInput(self._terminal)
        sys.stdout = ConsoleStream(lambda line: self._log.console("log", line))
        sys.stderr = ConsoleStream(self._log.printed_to_stderr)
        warnings.showwarning = self._show_warning
        install_breakpoint(self._terminal, self._spec.serving.debugger)
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(self._serve())

    async def _serve(self) -> int:
        loop = asyncio.get_running_loop()
        self._out.follow(loop)
        self._err.follow(loop)
        loop.add_reader(self._channel.fileno(), self._hear)
        with ExitStack() as stack:
            try:
                server = await load(self._spec, stack, self._log, self._redactor)
            except SshimError as error:
                self._channel.send_all(_failed(error, self._redactor))
                return FAILED
            self._channel.send_all(Loaded())
            try:
                await self._obey(server)
            finally:
                self._out.flush()
        return 0

    async def _obey(self, server: WorkerServer | StandIn) -> None:
        """Start and stop `server` as the supervisor says."""
        while True:
            message = await self._inbox.get()
            if isinstance(message, Start):
                await server.start(*self._listeners)
                self._channel.send_all(Started())
            elif isinstance(message, Stop):
                await self._leave_to_the_next(server)
                self._channel.send_all(Stopping())
                # A connection accepted a moment ago has its request still on its way: closing it now would
                # drop that.
                await asyncio.sleep(LINGER)
                await server.stop(message.grace)
                return

    def _show_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """One line of the log. A place inside sshim, such as where a forgotten coroutine was let go, tells
        the user nothing."""
        place = "" if Path(filename).is_relative_to(_OURS) else f" ({filename}:{lineno})"
        self._log.warning(f"{category.__name__}: {message}{place}")

    async def _leave_to_the_next(self, server: WorkerServer | StandIn) -> None:
        """Accept no connection any more, and close those that wait for a further request."""
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.remove_reader(listener)
        await server.close_idle()

    def _hear(self) -> None:
        """Take what the supervisor says; called by the event loop, or by a debugger that holds it up."""
        try:
            for message in self._channel.receive():
                if isinstance(message, TerminalGranted):
                    self._terminal.granted.set()
                else:
                    self._inbox.put_nowait(message)
        except Closed:
            # The supervisor is gone; nobody is left to answer to.
            self._out.flush()
            leave(0)


def _failed(error: SshimError, redactor: Redactor) -> Failed:
    detail = redactor.redact(getattr(error, "detail", ""))
    return Failed(redactor.redact(error.message), error.hint, error.place, detail)

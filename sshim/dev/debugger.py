"""`breakpoint()` in a handler: the worker process borrows the terminal from the supervisor, which meanwhile
leaves the keyboard and Ctrl-C alone.
"""

from __future__ import annotations

import io
import os
import pdb
import select
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from sshim.dev.channel import Channel
from sshim.dev.messages import TerminalReturned, TerminalWanted
from sshim.dev.streams import ConsoleStream


class BorrowedTerminal:
    """The terminal as the worker process sees it: somebody else's until it is lent.

    `hear` takes the supervisor's messages; it is called here while a debugger holds up the event loop that
    would do so. `warn` tells why a breakpoint is passed over.
    """

    def __init__(self, channel: Channel, hear: Callable[[], None], warn: Callable[[str], None]) -> None:
        self._channel, self._hear, self._warn = channel, hear, warn
        self.granted = threading.Event()
        self._held = False
        self._undo: list[Callable[[], None]] = []

    @property
    def held(self) -> bool:
        """Whether the terminal is ours now."""
        return self._held

    def take(self) -> bool:
        """Borrow the terminal: descriptors 0 and 1 become it. False, with a warning, when there is none."""
        if self._held:
            return True
        try:
            tty = os.open("/dev/tty", os.O_RDWR)
        except OSError:
            self._warn("breakpoint() is passed over: sshim dev runs without a terminal")
            return False
        try:
            if os.tcgetpgrp(tty) != os.getpgrp():
                self._warn("breakpoint() is passed over: sshim dev runs in the background")
                return False
            self._borrow()
            self._redirect(tty)
        finally:
            os.close(tty)
        self._held = True
        return True

    def give_back(self) -> None:
        """Return the terminal and the descriptors that stood in its place."""
        if not self._held:
            return
        while self._undo:
            self._undo.pop()()
        self._held = False
        self._channel.send_all(TerminalReturned())

    def _borrow(self) -> None:
        self.granted.clear()
        self._channel.send_all(TerminalWanted())
        if threading.current_thread() is threading.main_thread():
            while not self.granted.is_set():
                select.select([self._channel], [], [])
                self._hear()
        else:
            self.granted.wait()

    def _redirect(self, tty: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, ConsoleStream):
                stream.end()
        streams = sys.stdin, sys.stdout
        for descriptor in (0, 1):
            kept = os.dup(descriptor)
            os.dup2(tty, descriptor)
            self._undo.append(partial(_put_back, kept, descriptor))
        # Readline serves `input` only when both streams are the terminal on their usual descriptors.
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 closed with its descriptor
        sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115

        def restore() -> None:
            sys.stdin, sys.stdout = streams

        self._undo.append(restore)
        if threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGINT, signal.default_int_handler)
            self._undo.append(lambda: _ignore_result(signal.signal(signal.SIGINT, before)))


def _put_back(kept: int, descriptor: int) -> None:
    os.dup2(kept, descriptor)
    os.close(kept)


def _ignore_result(_: object) -> None:
    return None


class KeyboardInput(io.TextIOBase):
    """The stdin of a worker process: each line read borrows the terminal, for `input()` and for
    `pdb.set_trace()`. Without a terminal it is empty."""

    def __init__(self, terminal: BorrowedTerminal) -> None:
        self._terminal = terminal

    def readable(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        prompt = sys.stdout.take_rest() if isinstance(sys.stdout, ConsoleStream) else ""
        if not self._terminal.take():
            return ""
        try:
            os.write(1, prompt.encode())
            line = b""
            while not line.endswith(b"\n") and (chunk := os.read(0, 1024)):
                line += chunk
            return line.decode(errors="replace")
        finally:
            self._terminal.give_back()

    def read(self, size: int | None = -1, /) -> str:
        return self.readline()


class _Debugger(pdb.Pdb):
    """Holds the terminal from its first prompt until the handler runs on freely."""

    def __init__(self, terminal: BorrowedTerminal) -> None:
        self._terminal = terminal
        terminal.take()
        # The terminal's Ctrl-C is handled here while it is held; pdb's own handler would stay for good.
        super().__init__(nosigint=True)

    def interaction(self, frame: FrameType | None, traceback: Any, *args: Any) -> None:
        """One stop: prompt until the user lets the program run."""
        self._terminal.take()
        self._runs_freely = False
        try:
            super().interaction(frame, traceback, *args)
        finally:
            if self._runs_freely:
                self._terminal.give_back()

    def set_continue(self) -> None:
        super().set_continue()
        self._runs_freely = True

    def set_quit(self) -> None:
        super().set_quit()
        self._runs_freely = True


class _OwnTerminal(pdb.Pdb):
    """For a process that has the terminal to itself: Ctrl-C is the debugger's while it asks, and ends the
    program when the handler runs on."""

    def __init__(self) -> None:
        super().__init__(nosigint=True)

    def interaction(self, frame: FrameType | None, traceback: Any, *args: Any) -> None:
        """One stop."""
        if threading.current_thread() is not threading.main_thread():
            super().interaction(frame, traceback, *args)
            return
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            super().interaction(frame, traceback, *args)
        finally:
            signal.signal(signal.SIGINT, before)


def install_breakpoint(terminal: BorrowedTerminal | None, named: str) -> None:
    """Make `breakpoint()` debug in the terminal, which is borrowed or (None) this process's own, unless
    `named` (PYTHONBREAKPOINT) is another debugger."""

    def stop_here(*_args: Any, **_kwargs: Any) -> None:
        caller = sys._getframe(1)
        if terminal is None:
            _OwnTerminal().set_trace(caller)
        elif terminal.take():
            _Debugger(terminal).set_trace(caller)

    if named in ("", "pdb.set_trace"):
        sys.breakpointhook = stop_here

"""The supervisor's side of the warm process: start it, ask for worker processes, hear how they ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sshim.dev.ignition import Ignited, ignite


@dataclass(frozen=True, slots=True)
class Exited:
    """A worker process ended: its exit code, negative for a signal."""

    pid: int
    code: int


@dataclass(frozen=True, slots=True)
class Forked:
    """The oldest unanswered `spawn` has become this process."""

    pid: int


class Spawner(Protocol):
    """Makes worker processes. Answers to `spawn` come in its order."""

    def spawn(self, channel: socket.socket, listeners: Iterable[socket.socket]) -> None: ...


class ForkServer:
    """The warm process of one supervisor: one that is `ignited` already, or a new one. Starting it does not
    wait for its imports."""

    def __init__(self, environ: Mapping[str, str], ignited: Ignited | None = None) -> None:
        ignited = ignited or ignite(dict(environ))
        self.pid = ignited.pid
        self._sock = socket.socket(fileno=ignited.take())
        self._buffer = b""

    def fileno(self) -> int:
        """Readable when `events` has something to tell."""
        return self._sock.fileno()

    def spawn(self, channel: socket.socket, listeners: Iterable[socket.socket]) -> None:
        """Ask for a worker process with these sockets, which stay the caller's to close. When there is
        no warm process any more, `events` says so."""
        descriptors = [channel.fileno(), *(listener.fileno() for listener in listeners)]
        with contextlib.suppress(ConnectionError):
            socket.send_fds(self._sock, [b"F"], descriptors)

    def events(self) -> list[Forked | Exited]:
        """What has happened since; waits for at least something. Raises `EOFError` when the warm process
        is gone."""
        try:
            data = self._sock.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError("the warm process is gone")
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        found: list[Forked | Exited] = []
        for line in lines:
            word, pid, *code = line.split()
            found.append(Forked(int(pid)) if word == b"forked" else Exited(int(pid), int(code[0])))
        return found

    def close(self) -> None:
        """End the warm process and with it whatever it has forked."""
        self._sock.close()
        for _ in range(2):
            with contextlib.suppress(ChildProcessError):
                if _wait(self.pid, 0.3):
                    return
                os.kill(self.pid, signal.SIGKILL)


def _wait(pid: int, seconds: float) -> bool:
    """Whether the child has ended within that time; it is then reaped."""
    import time

    deadline = time.monotonic() + seconds
    while True:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)

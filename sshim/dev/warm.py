"""The warm process: imports what every Worker needs once, then forks a worker process whenever the
supervisor asks. It runs no event loop and no thread, so a fork copies a quiet process.

Speaks over one Unix socket. The supervisor sends one byte with the descriptors for the new process (its
channel first, then the listening sockets); the answers are lines, `forked PID` and `exited PID CODE`. When
the supervisor is gone, however it ended, so are all its children.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys

from sshim.dev.cores import forbid_dumps
from sshim.dev.trust import import_late_trusting

PRELOAD = (
    "asyncio",
    "logging",
    "aiohttp.web",
    "sshim.worker.server",
    "sshim.dev.child",
    "sshim.control",
    "sshim.store.open",
)
"""Imported before the first fork. One that fails to import is left to the worker process to complain of."""

MAX_DESCRIPTORS = 16


def main(control_fd: int) -> None:
    """Serve the supervisor at the other end of `control_fd` until it is gone."""
    forbid_dumps()
    # Ctrl-C, a closed terminal, `timeout` and service managers tell every process of a group to end; only the
    # supervisor decides what it means. A handler that does nothing is not handed on to a handler's programs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    # Nothing that is imported here is ever freed, so looking for garbage meanwhile is a waste.
    gc.disable()
    control = socket.socket(fileno=control_fd)
    for name in PRELOAD:
        import_late_trusting(name)
    # What is here now is never freed; unfrozen, the first collection of each child would copy its pages.
    gc.collect()
    gc.freeze()
    gc.enable()
    _Warm(control).run()


class _Warm:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: set[int] = set()
        self._wake, wake_writer = socket.socketpair()
        self._wake.setblocking(False)
        wake_writer.setblocking(False)
        self._wake_writer = wake_writer
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_writer.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        try:
            while self._step():
                pass
        except ConnectionError:
            pass
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)

    def _step(self) -> bool:
        ready, _, _ = select.select([self._control, self._wake], [], [])
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)
            self._reap()
        if self._control in ready:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1, MAX_DESCRIPTORS)
            if not data:
                return False
            self._fork(descriptors)
        return True

    def _fork(self, descriptors: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self._become_worker(descriptors)
            finally:
                os._exit(70)
        for descriptor in descriptors:
            os.close(descriptor)
        self._children.add(pid)
        self._control.sendall(f"forked {pid}\n".encode())

    def _become_worker(self, descriptors: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for sock in (self._control, self._wake, self._wake_writer):
            sock.close()
        _die_with_parent()
        from sshim.dev.child import main as be_worker

        channel, *listeners = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        be_worker(channel, listeners)

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._children.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            self._control.sendall(f"exited {pid} {code}\n".encode())


def _die_with_parent() -> None:
    """Linux only: the kernel ends this process when the warm one dies, also when that was killed."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent or parent == 1:
        os._exit(70)

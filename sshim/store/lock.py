"""One lock file that every writer holds, first come first served.

SQLite's own busy handler lets one of many writers starve for seconds, and a checkpoint beside a commit is
what its published WAL-reset bug needs; a blocking `flock` round every write and checkpoint rules out both.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sshim.errors import Locked
from sshim.store.disk import Disk, translated

LOCK_FILE = "store.lock"


class NoLock:
    """For a file that nobody else uses."""

    @contextlib.contextmanager
    def held(self, *, at_most: float | None = None) -> Iterator[None]:
        """At once."""
        yield


class FileLock:
    """The lock of one data folder. Each hold opens the file anew, so threads exclude each other too."""

    def __init__(self, path: Path, disk: Disk, *, timeout: float) -> None:
        self._path, self._disk, self._timeout = path, disk, timeout

    @contextlib.contextmanager
    def held(self, *, at_most: float | None = None) -> Iterator[None]:
        """Holds the lock; raises `Locked` (with the holder's pid) after the timeout in seconds, `at_most` if
        that is less."""
        fd = self._take(self._timeout if at_most is None else min(at_most, self._timeout))
        try:
            if hasattr(os, "pwrite"):
                with contextlib.suppress(OSError):  # it only tells a waiting process whom to name
                    os.pwrite(fd, b"%-10d\n" % os.getpid(), 0)
            yield
        finally:
            os.close(fd)  # which releases it

    def _take(self, timeout: float) -> int:
        while True:
            fd = self._open()
            if not _try(fd):
                self._wait(fd, timeout)
            if self._is_current(fd):
                return fd
            os.close(fd)  # somebody deleted the file meanwhile: the next waiter locks another one

    def _is_current(self, fd: int) -> bool:
        mine = os.fstat(fd)
        try:
            named = self._path.lstat()
        except OSError:
            return False
        return (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino)

    def _open(self) -> int:
        with translated(self._path):
            flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            try:
                fd = os.open(self._path, flags)
            except FileNotFoundError:
                with contextlib.suppress(FileExistsError):
                    self._disk.create_empty(self._path)
                fd = os.open(self._path, flags)
            try:
                self._disk.check_file(self._path, os.fstat(fd))
            except BaseException:
                os.close(fd)
                raise
            return fd

    def _wait(self, fd: int, timeout: float) -> None:
        """Waits in the kernel's queue, which is fair, by a thread that can be left behind (with `fd`)."""
        turn = threading.Lock()
        done = threading.Event()
        state = {"left": False, "held": False}

        def queue() -> None:
            _block(fd)
            with turn:
                state["held"] = True
                if state["left"]:
                    os.close(fd)
            done.set()

        threading.Thread(target=queue, name="sshim-lock", daemon=True).start()
        try:
            done.wait(timeout)
        except BaseException:
            self._leave(turn, state, fd)
            raise
        if not self._leave(turn, state, None):
            raise Locked(str(self._path.parent), self._holder())

    @staticmethod
    def _leave(turn: threading.Lock, state: dict[str, bool], fd: int | None) -> bool:
        """Ends the wait; whether the lock is held. A held `fd` that nobody will use is closed."""
        with turn:
            state["left"] = True
            if state["held"] and fd is not None:
                os.close(fd)
            return state["held"]

    def _holder(self) -> int | None:
        try:
            return int(self._disk.read(self._path))
        except (OSError, ValueError):
            return None


if sys.platform == "win32":
    import msvcrt

    def _try(fd: int) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _block(fd: int) -> None:
        while not _try(fd):
            time.sleep(0.005)

else:
    import fcntl

    def _try(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _block(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)

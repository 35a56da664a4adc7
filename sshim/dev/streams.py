"""The standard streams of a worker process: what the handler prints becomes lines of the log."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from collections import deque
from collections.abc import Callable

GATHERING = 0.01
"""Seconds for which a line of the request log may wait for further ones: too short to be noticed."""


class ConsoleStream(io.TextIOBase):
    """A text stream that hands each finished line to `show`. A line is finished by its newline, or when
    the process ends."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._rest = ""
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Read by programs that print; what is shown is always UTF-8."""
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._show(line.removesuffix("\r"))
        return len(text)

    def end(self) -> None:
        """Show a line that was begun and never finished."""
        if rest := self.take_rest():
            self._show(rest)

    def take_rest(self) -> str:
        """The line that was begun, which then counts as shown."""
        with self._lock:
            rest, self._rest = self._rest, ""
        return rest


class LineSink:
    """Writes to a descriptor what `redact` leaves of a text. In an event loop `write` waits for `GATHERING`
    seconds, so that a burst of requests costs one system call, one look for values and one turn of the loop;
    `flush` does not."""

    def __init__(self, descriptor: int, *, redact: Callable[[str], str] = str) -> None:
        self._descriptor = descriptor
        self._redact = redact
        self._waiting: deque[str] = deque()
        self._expected = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._thread = threading.get_ident()
        self._broken = False

    def follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """Gather what comes close together in this loop, which runs in the calling thread."""
        self._loop, self._thread = loop, threading.get_ident()

    def write(self, text: str) -> None:
        """Queue the text."""
        self._waiting.append(text)
        if self._loop is None or threading.get_ident() != self._thread or self._loop.is_closed():
            self.flush()
        elif not self._expected:
            self._expected = True
            self._loop.call_later(GATHERING, self.flush)

    def flush(self) -> None:
        """Write what is queued. A reader that has gone away is not an error: the Worker goes on."""
        with self._lock:
            self._expected = False
            texts = [self._waiting.popleft() for _ in range(len(self._waiting))]
            data = self._redact("".join(texts)).encode("utf-8", "backslashreplace")
            while data and not self._broken:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:
                    _wait_writable(self._descriptor)
                except OSError:
                    self._broken = True


def _wait_writable(descriptor: int) -> None:
    import select

    select.select([], [descriptor], [])

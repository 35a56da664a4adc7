"""Waiting for several things at once, in one thread and without asyncio."""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Protocol

from sshim.dev.channel import Channel

ECHO = 0.05
"""Seconds after a signal to end in which another is taken for the same one: `timeout` and npm tell both a
process and its group."""

STOP_GRACE = 1.3
"""Seconds that open requests and `waitUntil` work get at the end."""

KILLED_BY_USER = 130
"""The exit code after a second signal, which does not wait for them."""


class HasFileno(Protocol):
    """Anything a selector can wait on."""

    def fileno(self) -> int: ...


class Loop:
    """Calls an action when its source is readable, and keeps channels sending."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._channels: set[Channel] = set()
        self._caught: list[int] = []
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._previous: dict[int, Any] = {}
        self.watch(self._wake, self._on_wake)

    def watch(self, source: HasFileno, action: Callable[[], None]) -> None:
        """Call `action` whenever `source` is readable."""
        self._selector.register(source, selectors.EVENT_READ, action)
        if isinstance(source, Channel):
            self._channels.add(source)

    def forget(self, source: HasFileno) -> None:
        """Stop watching; call it before `source` is closed. Not watched: nothing happens."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(source)
        if isinstance(source, Channel):
            self._channels.discard(source)

    def wait(self, seconds: float | None) -> None:
        """Wait for something to happen, `seconds` at the longest (None: as long as it takes), and act."""
        for channel in self._channels:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.pending else 0)
            key = self._selector.get_key(channel)
            if key.events != wanted:
                self._selector.modify(channel, wanted, key.data)
        for key, events in self._selector.select(seconds):
            if events & selectors.EVENT_WRITE and isinstance(key.fileobj, Channel):
                key.fileobj.flush()
            if events & selectors.EVENT_READ:
                key.data()

    def wake(self) -> None:
        """Make `wait` return; safe from any thread."""
        with contextlib.suppress(BlockingIOError):
            self._waker.send(b"\0")

    def catch(self, numbers: Iterable[int]) -> None:
        """From now on these signals only wake the loop; `caught` tells which came."""
        self._previous |= {number: signal.signal(number, _ignore) for number in numbers}
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def caught(self) -> list[int]:
        """Signals since the last call, in order."""
        self._on_wake()
        numbers, self._caught = self._caught, []
        return numbers

    def disregard(self, number: int) -> None:
        """Forget the signals of this number that came until now."""
        self._caught = [each for each in self.caught() if each != number]

    def close(self) -> None:
        """Give the signals back and close."""
        if self._previous:
            signal.set_wakeup_fd(-1)
            for number, handler in self._previous.items():
                signal.signal(number, handler)
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _on_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := self._wake.recv(4096):
                self._caught += [number for number in data if number]


def _ignore(number: int, frame: FrameType | None) -> None:
    """Being handled in Python is what makes a signal write to the wakeup descriptor."""

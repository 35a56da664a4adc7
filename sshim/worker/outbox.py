"""Answers that are sent together: those made in one turn of the event loop leave with the next one.

A client that waits for several is then woken by the first and takes the others as they come, instead of being
woken for each, which costs the server more than a small answer itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Outbox:
    """What is to be sent soon, in order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Callable[[], None]] = []

    def put(self, send: Callable[[], None]) -> None:
        """Call `send` with the others; the event loop hears of what it raises."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(send)

    def flush(self) -> None:
        """Send what is waiting."""
        waiting, self._waiting = self._waiting, []
        for send in waiting:
            try:
                send()
            except Exception as error:
                told = {"message": "an answer could not be sent", "exception": error}
                self._loop.call_exception_handler(told)

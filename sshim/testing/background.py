"""Failures that no request shows: of `waitUntil` work, and of the listeners of a WebSocket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sshim.errors import ExpectationFailed
from sshim.worker import frames


class Background:
    """Keeps such failures until the test has looked at them, or ends. `loop` is the one of the last event."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._errors: list[BaseException] = []
        self._seen = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self._previous: Any = None

    def failed(self, error: BaseException) -> None:
        """Remember an exception."""
        self._errors.append(error)

    def taken(self) -> list[BaseException]:
        """All exceptions so far; those returned here count as expected."""
        self._seen = len(self._errors)
        return list(self._errors)

    def verify(self) -> None:
        """Raises `ExpectationFailed` for the first exception that the test has not looked at."""
        __tracebackhide__ = True
        for error in self._errors[self._seen :]:
            self._seen += 1
            raise ExpectationFailed(
                f"work in the background failed: {frames.error_line(error)}",
                detail=frames.format_exception(error, self._root),
                hint="worker.background_errors, if the test expects it",
            )

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear of exceptions that the platform can only report to the event loop."""
        if loop is self.loop:
            return
        self.leave()
        self.loop, self._previous = loop, loop.get_exception_handler()
        loop.set_exception_handler(self._hear)

    def leave(self) -> None:
        """Listen no more."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.set_exception_handler(self._previous)
        self.loop = None

    def _hear(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and "WebSocket" in context.get("message", ""):
            self.failed(error)
        elif self._previous is not None:
            self._previous(loop, context)
        else:
            loop.default_exception_handler(context)

"""What a Worker tells the outside while it runs. The terminal, a test report and a pipe to a supervisor are
three implementations.
"""

from __future__ import annotations

from typing import Literal, Protocol

Level = Literal["debug", "info", "log", "warn", "error"]


class Log(Protocol):
    """Receives one call an event; texts may span lines and hold no secret value once redacted."""

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """One answered request; `path` is without its query."""

    def console(self, level: Level, text: str) -> None:
        """`console.*` of the handler."""

    def error(self, text: str, *, detail: str = "") -> None:
        """Something failed; `detail` holds the user's own frames."""

    def warning(self, text: str) -> None:
        """Something the user should know, once."""

    def info(self, text: str) -> None:
        """Something worth a line."""

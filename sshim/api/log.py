"""What the account's services tell the outside while they run. The terminal is one implementation."""

from __future__ import annotations

from typing import Protocol


class ServeLog(Protocol):
    """Receives one call an event. No text holds a value, a token or a query."""

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """One answered request."""

    def error(self, text: str, *, hint: str | None = None) -> None:
        """Something failed that the user should know of."""

    def info(self, text: str) -> None:
        """Something worth a line."""

"""Live logs and log files of pytest, without secret values."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sshim.testing.redact import Redaction


class RedactingFormatter(logging.Formatter):
    """Another formatter's text, masked by what `redaction()` gives at that time; records stay as they are."""

    def __init__(self, inner: logging.Formatter, redaction: Callable[[], Redaction | None]) -> None:
        super().__init__()
        self._inner = inner
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """The masked text of a record."""
        text = self._inner.format(record)
        redaction = self._redaction()
        return redaction.redact(text) if redaction is not None else text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

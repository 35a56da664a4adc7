"""One event that a test sent to its Worker: which secrets its handler asked for, and what became of it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Event:
    """`kind` is fetch, scheduled or call; `target` the method and path, the cron or the class. `reads` lists
    bindings in the order of their `get()`, `notes` what is known of a failure."""

    kind: str
    target: str
    reads: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class ScheduledResult:
    """What became of a scheduled event."""

    no_retry: bool


current_event: ContextVar[Event | None] = ContextVar("sshim_current_event", default=None)
"""The event being handled."""

"""Core dumps: a process that crashes, or is ended by Ctrl-\\, would leave every value that it knew in a file
or with a service of the system."""

from __future__ import annotations

import sys

_NONE = 1 if sys.platform == "linux" else 0
"""Too few bytes for any dump. On Linux a limit of 0 does not keep a dump from a program that takes them (such
as systemd's), and a limit of 1 does."""


def forbid_dumps() -> int:
    """No dump of this process and of what it starts. Returns the limit that was in force, in bytes."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 0
    before, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (_NONE if most else 0, most))
    return before


def allow_dumps(limit: int) -> None:
    """Put back what `forbid_dumps` returned."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (limit, resource.getrlimit(resource.RLIMIT_CORE)[1]))

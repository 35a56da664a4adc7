"""Compatibility date and flags: what they switch on for Python Workers, and which Pyodide they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

# flag -> (the date from which it is on by itself, the flag that switches it off again).
DATED_FLAGS: dict[str, tuple[str, str]] = {
    "python_workers_force_new_vendor_path": ("2025-08-11", "disable_python_workers_force_new_vendor_path"),
    "python_no_global_handlers": ("2025-08-14", "disable_python_no_global_handlers"),
    "python_workflows": ("2025-09-20", "disable_python_workflows"),
    "python_workers_20250116": ("2025-09-29", "no_python_workers_20250116"),
    "python_dedicated_snapshot": ("2025-10-16", "disable_python_dedicated_snapshot"),
    "python_check_rng_state": ("2025-12-16", "disable_python_check_rng_state"),
    "python_workflows_implicit_dependencies": ("2026-02-25", "no_python_workflows_implicit_dependencies"),
    "websocket_standard_binary_type": ("2026-03-17", "no_websocket_standard_binary_type"),
    "web_socket_auto_reply_to_close": ("2026-04-07", "web_socket_manual_reply_to_close"),
    "enable_python_external_sdk": ("2026-04-21", "disable_python_external_sdk"),
}

OLD_PYODIDE = "0.26.0a2"
NEW_PYODIDE = "0.28.2"


def flags_in_force(date: str | None, flags: Sequence[str]) -> frozenset[str]:
    """The flags that are on: those named, and those by date unless switched off. No date is the newest."""
    on = set(flags)
    for flag, (since, off) in DATED_FLAGS.items():
        if off in on:
            on.discard(flag)
        elif date is None or date >= since:
            on.add(flag)
    return frozenset(on)


def pyodide_version(in_force: frozenset[str]) -> str:
    """The Pyodide that production would run."""
    return NEW_PYODIDE if "python_workers_20250116" in in_force else OLD_PYODIDE


class CompatibilityFlags(ModuleType):
    """The module `_cloudflare_compat_flags`: every flag is an attribute, True if it is in force."""

    def __init__(self, in_force: frozenset[str]) -> None:
        super().__init__("_cloudflare_compat_flags", "Compatibility flags of this Worker, by name.")
        self._settle(in_force)

    def _settle(self, in_force: frozenset[str]) -> None:
        """Take these flags, and no others, as in force; whoever has imported the module sees it."""
        for flag in [name for name, value in self.__dict__.items() if value is True]:
            del self.__dict__[flag]
        self.__dict__.update(dict.fromkeys(in_force, True))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return False

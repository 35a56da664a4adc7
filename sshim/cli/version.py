"""`sshim --version`: the version alone, or of every part when something has to be reported."""

from __future__ import annotations

from sshim import __version__
from sshim.cli.output import Terminal

_PARTS = ("workers-runtime-sdk", "aiohttp", "watchfiles", "cryptography", "click")


def show_version(terminal: Terminal, *, everything: bool = False) -> None:
    """Prints `sshim X.Y.Z`; with `everything` also Python, the platform and the parts that matter."""
    terminal.data(f"sshim {__version__}")
    if not everything:
        return
    import platform
    import sqlite3
    import sys
    from importlib.metadata import PackageNotFoundError, version

    fields = {
        "python": f"{platform.python_implementation()} {platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for part in _PARTS:
        try:
            fields[part] = version(part)
        except PackageNotFoundError:
            fields[part] = "not installed"
    terminal.record(fields)

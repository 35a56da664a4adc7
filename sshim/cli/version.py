"""`sshim --version`: the version alone, or of every part when something has to be reported."""

from __future__ import annotations

from collections.abc import Mapping

from sshim import __version__
from sshim.cli.output import Terminal

_PARTS = (
    *("workers-runtime-sdk", "aiohttp", "can_ada", "click", "cryptography", "platformdirs", "pyyaml"),
    *("tomli", "tomlkit", "watchfiles"),
)
_EXTRAS = ("greenlet", "keyring", "psycopg", "pytest", "pytest-asyncio", "uvloop")
_VARIABLES = ("SSHIM_", "CLOUDFLARE_")


def show_version(terminal: Terminal, environ: Mapping[str, str], *, everything: bool) -> None:
    """Prints `sshim X.Y.Z`; with `everything` also Python, the platform, the parts that matter, and which
    variables are set. Their values, which may be keys and passwords, are not shown."""
    terminal.data(f"sshim {__version__}")
    if not everything:
        return
    import platform
    import sqlite3
    import sys
    from importlib.metadata import PackageNotFoundError, version

    fields = {
        "python": f"{platform.python_implementation()} {platform.python_version()}"
        f" ({_below_home(sys.executable, environ.get('HOME'))})",
        "platform": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for part in (*_PARTS, *_EXTRAS):
        try:
            fields[part] = version(part)
        except PackageNotFoundError:
            if part in _PARTS:
                fields[part] = "not installed"
    known = sorted(name for name in environ if name.startswith(_VARIABLES))
    fields["variables"] = ", ".join(known) or "none set"
    terminal.record(fields)


def _below_home(path: str, home: str | None) -> str:
    """The path without the name of the user, which a report has no need of."""
    return "~" + path.removeprefix(home) if home and path.startswith(f"{home}/") else path

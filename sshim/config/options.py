"""What is asked of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sshim.record import NamedTuple


class ReadOptions(NamedTuple):
    """What the command line gives. `env` is None when not given and "" when given empty; `start` is where
    the search for a file begins; `environ` is the process's environ, `cwd` the working folder.

    `cli_environ`: as `wrangler dev` does, take `.env` files of the working folder into the environment first,
    so that `CLOUDFLARE_ENV` may stand there.
    """

    start: Path
    cwd: Path
    environ: Mapping[str, str]
    config: Path | None = None
    env: str | None = None
    env_files: tuple[Path, ...] = ()
    cli_vars: Mapping[str, str] = {}
    script: Path | None = None
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    follow_redirect: bool = True
    cli_environ: bool = False

    def __repr__(self) -> str:
        """Without what may hold values."""
        return f"ReadOptions(start={str(self.start)!r}, config={self.config}, env={self.env!r})"

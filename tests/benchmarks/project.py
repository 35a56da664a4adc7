"""The Worker that is measured: one class, one secret, as small as the job allows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STORE_ID = "8f7a1cdced6342c18d223ece462fd88d"

_SOURCE = """from workers import Response, WorkerEntrypoint

VERSION = {version}


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.url.endswith("/version"):
            return Response(str(VERSION))
        return Response(await self.env.SECRET.get())
"""

CONFIG = f"""name = "bench"
main = "src/entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]

[[secrets_store_secrets]]
binding = "SECRET"
store_id = "{STORE_ID}"
secret_name = "secret"
"""


@dataclass(frozen=True)
class Project:
    """A project folder with a store of its own; `environ` isolates every command run in it."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def source(self) -> Path:
        return self.folder / "src" / "entry.py"

    def write_version(self, version: int) -> None:
        """Change the source so that `/version` answers `version`."""
        self.source.write_text(_SOURCE.format(version=version))

    def sshim(self, *args: str, value: str | None = None) -> str:
        """Run a command to its end and return what it printed; raises on failure."""
        done = subprocess.run(
            [*SSHIM, *args],
            cwd=self.folder,
            env=dict(self.environ),
            input=value if value is not None else "",
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


SSHIM = [sys.executable, "-m", "sshim"]


def make_project(folder: Path) -> Project:
    """A new project below `folder`, its secret created."""
    (folder / "src").mkdir(parents=True)
    (folder / "wrangler.toml").write_text(CONFIG)
    environ = {**os.environ, "SSHIM_HOME": str(folder / "home"), "NO_COLOR": "1"}
    # where this is set, every start would compile again what has changed since the installation
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    project = Project(folder, environ)
    project.write_version(0)
    project.sshim("secret", "create", STORE_ID, "--name", "secret", "--scopes", "workers", value="the value")
    return project

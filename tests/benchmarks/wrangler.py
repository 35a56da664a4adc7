"""The real wrangler from npm, doing the same job: a Worker in JavaScript that reads the same secret."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.process import Program, run
from tests.benchmarks.project import CONFIG, STORE_ID

_SOURCE = """const VERSION = {version};

export default {{
  async fetch(request, env) {{
    if (request.url.endsWith("/version")) return new Response(String(VERSION));
    return new Response(await env.SECRET.get());
  }},
}};
"""


@dataclass(frozen=True)
class Wrangler:
    """A project of wrangler's in `folder`; `modules` is the `node_modules` that holds it and Node."""

    folder: Path
    modules: Path

    def write_version(self, version: int) -> None:
        """Change the source so that `/version` answers `version`."""
        (self.folder / "src" / "index.js").write_text(_SOURCE.format(version=version))

    def call(self, *args: str) -> str:
        """Run a command to its end and return what it printed; raises on failure."""
        done = subprocess.run(
            [self._program, *args],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    @contextmanager
    def dev(self) -> Iterator[tuple[Program, int]]:
        """`wrangler dev` on a free port."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        argv = [self._program, "dev", "--ip", "127.0.0.1", "--port", str(port)]
        with run(argv, cwd=self.folder, environ=self._environ) as program:
            yield program, port

    @property
    def _program(self) -> str:
        return str(self.modules / ".bin" / "wrangler")

    @property
    def _environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(self.modules / "node" / "bin"), os.environ["PATH"]]),
            "HOME": str(self.folder / "home"),
            "WRANGLER_SEND_METRICS": "false",
            "CI": "true",
            "NO_COLOR": "1",
        }


def find_modules() -> Path | None:
    """The folder named by SSHIM_NODE_MODULES that holds wrangler, None without one."""
    for named in filter(None, os.environ.get("SSHIM_NODE_MODULES", "").split(os.pathsep)):
        if (Path(named) / ".bin" / "wrangler").exists():
            return Path(named).resolve()
    return None


def make_wrangler(folder: Path, modules: Path) -> Wrangler:
    """A new project below `folder`, its secret created."""
    (folder / "src").mkdir(parents=True)
    (folder / "home").mkdir()
    made = Wrangler(folder, modules)
    config = CONFIG.replace("src/entry.py", "src/index.js").replace(
        'compatibility_flags = ["python_workers"]\n', ""
    )
    (folder / "wrangler.toml").write_text(config)
    made.write_version(0)
    made.call(
        *("secrets-store", "secret", "create", STORE_ID, "--name", "secret"),
        *("--value", "the value", "--scopes", "workers"),
    )
    return made

"""A Worker's project on disk, driven in this process or by a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import sshim.testing
from sshim.testing.project import process

STORE = "8f7a1cdced6342c18d223ece462fd88d"
CONFIG = f"""
name = "w"
main = "src/entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]
vars = {{ GREETING = "Hello" }}

[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
"""
HANDLER = """
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return Response(f"{self.env.GREETING} {await self.env.API_KEY.get()}")
"""
HEAD = "import asyncio\nfrom workers import Response, WorkerEntrypoint, fetch\n"
CLASS = HEAD + "class Default(WorkerEntrypoint):\n"
ECHO = CLASS + (
    "    async def fetch(self, request):\n"
    "        return Response.json({'method': request.method, 'url': request.url,\n"
    "            'headers': dict(request.headers.items()), 'body': await request.text()})\n"
)
PYTEST = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


PLUGINS = ("pytest_asyncio.plugin", "sshim.testing.plugin")


@dataclass(frozen=True)
class Ran:
    """How a pytest of its own ended; `outcomes` is its last line."""

    code: int
    out: str

    @property
    def outcomes(self) -> str:
        return self.out.rstrip().splitlines()[-1]


@dataclass(frozen=True)
class Project:
    """A folder with a Worker; `src/entry.py` is its main module."""

    folder: Path

    def write(self, **files: str) -> None:
        """Write files: `src__entry` is src/entry.py, `wrangler_toml` is wrangler.toml."""
        for name, text in files.items():
            path = name.replace("__", "/")
            path = path.removesuffix("_toml") + ".toml" if path.endswith("_toml") else path + ".py"
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))

    def pytest(
        self, *arguments: str, plugins: Sequence[str] | None = PLUGINS, ini: str = PYTEST, **environ: str
    ) -> Ran:
        """Run pytest there as a user would, with these plugins only (None: whatever is installed)."""
        (self.folder / "pytest.ini").write_text(dedent(ini))
        home = {"SSHIM_HOME": str(self.folder / "home")}
        if plugins is not None:
            home["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            arguments = (*(flag for name in plugins for flag in ("-p", name)), *arguments)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**_clean_environ(), **home, **environ},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout + done.stderr)


def _clean_environ() -> dict[str, str]:
    """This process's environment without what this pytest has put there, and without the variables by which
    pytest knows a CI machine and then repeats whole failures in its summary."""
    ours = ("PYTEST", "COV_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and name not in ("CI", "BUILD_NUMBER")
    }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write(wrangler_toml=CONFIG, src__entry=HANDLER)
    return made


Serve = Callable[..., Any]


@pytest.fixture
def serve(project: Project, clean_imports: None) -> Serve:
    """`async with serve(source, secrets={…}) as worker:` the Worker of that source, in this process."""

    def serve(source: str | None = None, *, config: str = CONFIG, **options: Any) -> Any:
        project.write(wrangler_toml=config, **({"src__entry": source} if source else {}))
        return sshim.testing.worker(project.folder, **options)

    return serve


@pytest.fixture
def clean_imports() -> Iterator[None]:
    """The import system as it was: each test has a project of its own. Tests of other folders may have put
    the platform in place for Workers that `sshim.testing` knows nothing of."""
    process()._platform = None
    path, hooks, modules = list(sys.path), list(sys.path_hooks), set(sys.modules)
    yield
    sys.path[:], sys.path_hooks[:] = path, hooks
    sys.path_importer_cache.clear()
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith("/tmp/") or "pytest-of" in file:  # the folders of tests
            del sys.modules[name]

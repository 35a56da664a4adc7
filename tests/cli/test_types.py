"""`sshim types`, and stubs that the configuration has outgrown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, Sshim

CONFIG = f"""
name = "w"
main = "src/entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]
vars = {{ GREETING = "Hello", RETRIES = 3, OPTIONS = {{ a = [1] }} }}

[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{"0" * 32}"
secret_name = "api-key"

[env.staging]
vars = {{ GREETING = "Hi" }}
"""

TYPED = """from typing import TYPE_CHECKING
from workers import Response, WorkerEntrypoint
if TYPE_CHECKING:
    from worker_env import Env
class Default(WorkerEntrypoint):
    env: "Env"
    async def fetch(self, request: object) -> Response:
        reveal_type(await self.env.API_KEY.get())
        reveal_type(self.env.RETRIES)
        reveal_type(self.env.OPTIONS.to_py())
        self.env.MISSING
        return Response('x')
"""


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / "wrangler.toml").write_text(CONFIG)
    (folder / "src").mkdir()
    (folder / "src" / "entry.py").write_text("")
    return folder


def test_types_are_printed_for_all_environments(project: Path, sshim: Sshim) -> None:
    ended = sshim("types")
    assert ended.code == 0
    assert "    GREETING: str\n" in ended.out
    assert "    RETRIES: int | None  # not in staging\n" in ended.out
    assert "    API_KEY: SecretsStoreSecret | None  # not in staging\n" in ended.out


def test_types_of_one_environment_have_nothing_optional(project: Path, sshim: Sshim) -> None:
    ended = sshim("types", "--env", "staging")
    assert "    GREETING: str\n" in ended.out
    assert "API_KEY" not in ended.out and "None" not in ended.out.split("class Env")[1]


def test_names_of_dev_vars_are_text_and_their_values_stay_where_they_are(project: Path, sshim: Sshim) -> None:
    (project / ".dev.vars").write_text(f"SESSION={CANARY}\nRETRIES=5\n")
    ended = sshim("types")
    assert "    SESSION: str\n" in ended.out
    assert "    RETRIES: str" in ended.out


def test_a_file_is_written_once_and_then_up_to_date(project: Path, sshim: Sshim) -> None:
    first = sshim("types", "-o", "worker_env.pyi")
    assert (first.code, first.out, first.err) == (0, "", "wrote worker_env.pyi\n")
    second = sshim("types", "-o", "worker_env.pyi")
    assert second.err == "worker_env.pyi is up to date\n"
    assert sshim("types", "--check", "-o", "worker_env.pyi").code == 0


def test_check_finds_a_stale_or_missing_file(project: Path, sshim: Sshim) -> None:
    missing = sshim("types", "--check", "-o", "worker_env.pyi")
    assert (missing.code, missing.err) == (
        1,
        "error: worker_env.pyi is missing\nTry: sshim types -o worker_env.pyi\n",
    )
    sshim("types", "-o", "worker_env.pyi")
    (project / ".dev.vars").write_text(f"SESSION={CANARY}\n")
    assert sshim("types", "--check", "-o", "worker_env.pyi").code == 0
    (project / "wrangler.toml").write_text(CONFIG.replace("RETRIES", "ATTEMPTS"))
    stale = sshim("types", "--check", "-o", "worker_env.pyi")
    assert (stale.code, stale.err.splitlines()[0]) == (1, "error: worker_env.pyi is stale")
    (project / "other.pyi").write_text("class Env: ...\n")
    assert "was not made by sshim types" in sshim("types", "--check", "-o", "other.pyi").err


def test_check_without_a_file_looks_at_those_that_were_written_and_advises_where_they_are(
    project: Path, sshim: Sshim
) -> None:
    none = sshim("types", "--check")
    assert (none.code, none.err.splitlines()[1]) == (1, "Try: sshim types -o src/worker_env.pyi")
    sshim("types", "-o", "src/worker_env.pyi")
    fresh = sshim("types", "--check")
    assert (fresh.code, fresh.err) == (0, "up to date: src/worker_env.pyi\n")
    sshim("types", "--env", "staging", "-o", "staging.pyi")
    (project / "wrangler.toml").write_text(CONFIG.replace("GREETING", "WELCOME"))
    stale = sshim("types", "--check")
    assert stale.code == 1 and stale.err.count("does not match the configuration any more") == 2
    assert "Try: sshim types -o src/worker_env.pyi\n" in stale.err
    assert "Try: sshim types --env staging -o staging.pyi\n" in stale.err


def test_a_folder_that_is_not_there_is_said_in_a_sentence(project: Path, sshim: Sshim) -> None:
    ended = sshim("types", "-o", "nowhere/worker_env.pyi")
    assert ended.code == 2 and "nowhere/worker_env.pyi cannot be written" in ended.err
    assert "Try: sshim types -o src/worker_env.pyi\n" in ended.err


def test_sshim_check_warns_of_stubs_that_the_configuration_has_outgrown(project: Path, sshim: Sshim) -> None:
    sshim("types", "-o", "worker_env.pyi")
    sshim("types", "--env", "staging", "-o", "src/staging.pyi")
    (project / "src" / "other.pyi").write_text("class Env: ...\n")
    (project / ".dev.vars").write_text(f"SESSION={CANARY}\n")
    assert "does not match" not in sshim("check").err
    (project / "wrangler.toml").write_text(CONFIG.replace("RETRIES", "ATTEMPTS"))
    ended = sshim("check")
    assert "warning: worker_env.pyi does not match the configuration any more\n" in ended.err
    assert "Try: sshim types -o worker_env.pyi\n" in ended.err
    assert "staging.pyi" not in ended.err and "other.pyi" not in ended.err
    (project / "wrangler.toml").write_text(CONFIG.replace("env.staging", "env.production"))
    said = sshim("check", "--json").json["warnings"]
    wanted = "src/staging.pyi does not match the configuration any more"
    assert [line.partition(" (try: ")[0] for line in said if ".pyi" in line] == [
        wanted,
        wanted.replace("src/staging", "worker_env"),
    ]


def test_no_configuration_is_a_usage_error(folder: Path, sshim: Sshim) -> None:
    ended = sshim("types")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err


def test_mypy_reads_the_stub(project: Path, sshim: Sshim) -> None:
    sshim("types", "-o", "src/worker_env.pyi", "--env", "")
    (project / "src" / "entry.py").write_text(TYPED)
    quiet = ("--ignore-missing-imports", "--follow-imports=silent", "--cache-dir", str(project / "cache"))
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *quiet, "entry.py"],
        cwd=project / "src",
        capture_output=True,
        text=True,
        check=False,
    )
    notes = [line.partition(": ")[2] for line in ended.stdout.splitlines() if line.startswith("entry.py")]
    assert notes == [
        'note: Revealed type is "str"',
        'note: Revealed type is "int"',
        'note: Revealed type is "Any"',
        'error: "Env" has no attribute "MISSING"  [attr-defined]',
    ], ended.stdout + ended.stderr


def pyright() -> list[str]:
    """The command of pyright, from a folder that SSHIM_NODE_MODULES names; empty without one."""
    node = shutil.which("node")
    for folder in filter(None, os.environ.get("SSHIM_NODE_MODULES", "").split(os.pathsep)):
        program = Path(folder) / "pyright" / "index.js"
        if node and program.is_file():
            return [node, str(program)]
    return []


def test_pyright_reads_the_stub(project: Path, sshim: Sshim) -> None:
    command = pyright()
    if not command:
        pytest.skip(
            "no pyright: `npm install pyright`, and set SSHIM_NODE_MODULES to the node_modules folder"
        )
    sshim("types", "-o", "src/worker_env.pyi", "--env", "")
    (project / "src" / "entry.py").write_text(TYPED)
    ended = subprocess.run(
        [*command, "--pythonpath", sys.executable, "--outputjson", "entry.py"],
        cwd=project / "src",
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ended.stdout)["generalDiagnostics"]
    said = [one["message"].partition("\n")[0] for one in found if one["severity"] in ("error", "information")]
    assert said == [
        'Type of "await self.env.API_KEY.get()" is "str"',
        'Type of "self.env.RETRIES" is "int"',
        'Type of "self.env.OPTIONS.to_py()" is "Any"',
        'Cannot access attribute "MISSING" for class "Env"',
    ], ended.stdout + ended.stderr

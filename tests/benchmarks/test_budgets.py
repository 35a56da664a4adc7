"""Budgets that no busy machine can break: what a command loads, and how many functions answer a request.

A budget is what was measured plus a tenth. Raise one only for something that is worth its time at every start
or every request; `python -m tests.benchmarks.calls` tells where calls go.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORE = "0123456789abcdef0123456789abcdef"

PROBE = """
import json, sys
before = set(sys.modules)
from sshim.cli.context import current
from sshim.cli.main import run
code = run(sys.argv[1:], current())
print("\\n" + json.dumps([code, sorted(set(sys.modules) - before)]))
"""

EVERYWHERE = {
    *("aiohttp", "asyncio", "concurrent.futures", "ctypes", "dataclasses", "difflib", "email", "http.client"),
    *("importlib.metadata", "logging", "multiprocessing", "platformdirs", "random", "subprocess", "tempfile"),
    *("tomli", "tomlkit", "tomllib", "urllib.request", "watchfiles", "workers", "yaml", "zipfile"),
}
"""What no command of the everyday may load."""

NO_STORE = {"cryptography", "sqlite3", "sshim.store", "sshim.control"}
COMMANDS: dict[str, tuple[list[str], int, set[str]]] = {
    "help": (["--help"], 13, NO_STORE | {"sshim.config"}),
    "secret create": (
        ["secret", "create", STORE, "--name", "n", "--scopes", "workers"],
        61,
        {"sshim.config"},
    ),
    "secret list": (["secret", "list", STORE], 61, {"sshim.config", "hashlib"}),
    "secret set": (["secret", "set", "API_KEY"], 89, {"sshim.transfer", "hashlib"}),
    "config": (["config", "--json"], 42, NO_STORE),
    "check": (["check"], 94, {"sshim.transfer", "sshim.platform"}),
    "import": (
        ["import", "secrets.seed.yaml", "--yes"],
        72,
        {"sshim.config.settings", "sshim.config.dotenv", "sshim.transfer.sealed", "hashlib"},
    ),
    "export": (
        ["export", STORE, "--format", "json"],
        63,
        {"sshim.config", "sshim.transfer.sealed", "hashlib"},
    ),
    "run": (["run", "--", "true"], 86, {"sshim.transfer", "hashlib"}),
    "init": (["init", "made"], 86, {"sshim.transfer"}),
}
"""Arguments, the most modules of ours, and what this command has no use for."""

CONFIG = f"""
name = "w"
main = "entry.py"
compatibility_date = "2026-01-20"
compatibility_flags = ["python_workers"]
secrets_store_secrets = [{{ binding = "API_KEY", store_id = "{STORE}", secret_name = "k" }}]
"""
MANIFEST = "version: 1\nsecrets:\n" + "".join(
    f"  - name: key-{number}\n    store: {STORE}\n    plain: value-{number}\n" for number in range(21)
)


def loaded(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a command loads beyond those of the interpreter."""
    folders = {name: str(folder / name) for name in ("SSHIM_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    (folder / "wrangler.toml").write_text(CONFIG)
    (folder / "entry.py").write_text("")
    (folder / "secrets.seed.yaml").write_text(MANIFEST)
    environ = {**folders, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    created = [sys.executable, "-m", "sshim", "secret", "create", STORE, "--name", "k", "--scopes", "workers"]
    subprocess.run(created, input=b"a-value", capture_output=True, env=environ, check=True)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        input=b"a-value-for-the-probe",
        capture_output=True,
        env=environ,
        cwd=folder,
        check=False,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr.decode()
    return set(modules)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_no_more_than_it_needs(name: str, tmp_path: Path) -> None:
    arguments, most, useless = COMMANDS[name]
    modules = loaded(arguments, tmp_path)
    assert not (EVERYWHERE | useless) & modules
    ours = sorted(module for module in modules if module.partition(".")[0] == "sshim")
    assert len(ours) <= most, ours


SUPERVISOR = 80
"""The most modules of ours that `sshim dev` loads before it starts to read the configuration."""


def test_the_supervisor_loads_nothing_that_the_warm_process_has_loaded_meanwhile() -> None:
    code = "import json, sys; import sshim.cli.main, sshim.cli.dev, sshim.dev.supervisor"
    code += "; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    modules = set(json.loads(done.stdout))
    its_own = {"ctypes", "dataclasses", "email", "importlib.metadata", "random", "subprocess", "tempfile"}
    assert not (EVERYWHERE - its_own | {"cryptography", "sqlite3", "sshim.store", "sshim.worker"}) & modules
    ours = sorted(module for module in modules if module.partition(".")[0] == "sshim")
    assert len(ours) <= SUPERVISOR, ours


CALLS = {"sshim": 72, "contextlib": 5, "aiohttp": 0}
"""Functions called for one request that reads a secret. The SDK's and asyncio's are theirs."""


def test_a_request_is_answered_by_few_calls() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.calls"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    counted = json.loads(done.stdout.splitlines()[-1])
    assert 0 < counted["sshim"] <= CALLS["sshim"], counted
    assert counted.get("contextlib", 0) <= CALLS["contextlib"], counted
    assert counted.get("aiohttp", 0) <= CALLS["aiohttp"], counted

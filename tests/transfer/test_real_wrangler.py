"""The state that the real wrangler writes, read as it stands after each of its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sshim.transfer.wrangler_state import read_state

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = "SSHIM_NODE_MODULES"
STORE = "0123456789abcdef0123456789abcdef"
VALUES = {"api-key": " first value", "multi_line": 'line one\nline "two" ☃ \\'}

pytestmark = pytest.mark.node


@pytest.fixture
def wrangler(tmp_path: Path) -> Any:
    """`wrangler(*arguments)` is what `wrangler secrets-store secret …` prints, in a project of its own."""
    named = [Path(each) for each in os.environ.get(NODE_MODULES, "").split(os.pathsep) if each]
    modules = next((each for each in named if (each / "wrangler").is_dir()), None)
    if modules is None and os.environ.get("CI") != "true":
        pytest.skip(f"no wrangler: {NODE_MODULES} names no node_modules folder that holds it")
    assert modules is not None, f"{NODE_MODULES} must name a node_modules folder with wrangler"

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [modules / ".bin" / "wrangler", "secrets-store", "secret", *arguments],
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path / "home"),
                "PATH": f"{modules / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "WRANGLER_SEND_METRICS": "false",
                "CI": "true",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_what_wrangler_creates_updates_duplicates_and_deletes_is_read(wrangler: Any, tmp_path: Path) -> None:
    told = ""
    for name, value in VALUES.items():
        told += wrangler("create", STORE, f"--name={name}", f"--value={value}", "--scopes", "workers")
    found = read_state(tmp_path)
    assert {each.name: each.value.reveal() for each in found.secrets} == VALUES
    assert {each.store_id for each in found.secrets} == {STORE}
    ids = {each.name: str(each.id) for each in found.secrets}
    assert all(len(each) == 32 and each in told for each in ids.values())

    wrangler("update", STORE, "--secret-id", ids["api-key"], "--value", "second value", "--scopes", "workers")
    wrangler("duplicate", STORE, "--secret-id", ids["api-key"], "--name", "copy", "--scopes", "workers")
    wrangler("delete", STORE, "--secret-id", ids["multi_line"])
    after = {each.name: each.value.reveal() for each in read_state(tmp_path).secrets}
    assert after == {"api-key": "second value", "copy": "second value"}

    environ = {"HOME": str(tmp_path / "ours"), "SSHIM_HOME": str(tmp_path / "ours"), "PYTHONPATH": str(ROOT)}
    for name, folder in (("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state")):
        environ[name] = str(tmp_path / "ours" / folder)

    def sshim(*arguments: str) -> str:
        command = [sys.executable, "-m", "sshim", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    sshim("import", "--from-wrangler", ".", "--shred")
    exported = json.loads(sshim("export", STORE, "--reveal", "--yes"))
    assert {each["name"]: each["value"] for each in exported["secrets"]} == after
    left = [path for path in (tmp_path / ".wrangler").rglob("*") if path.is_file()]
    assert left and not any(b"second value" in path.read_bytes() for path in left)

"""`sshim import --from-wrangler`: the plan, the import, and what becomes of the plaintext."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, STORE, Ended, Sshim

FROZEN = ROOT / "fixtures" / "wrangler-state" / "v3"
NAMES = ["api-key", "multi_line"]


@pytest.fixture
def state(folder: Path) -> Path:
    """wrangler's state in the project's folder."""
    return Path(shutil.copytree(FROZEN, folder / ".wrangler" / "state" / "v3")) / "secrets-store"


def names(sshim: Sshim, store: str = STORE) -> list[str]:
    listed = sshim("secret", "list", store, "--json")
    return [each["name"] for each in listed.json] if listed.code == 0 else []


def values(sshim: Sshim, store: str = STORE) -> dict[str, str]:
    shown = sshim("export", store, "--reveal", "--yes")
    return {each["name"]: each["value"] for each in shown.json["secrets"]}


def blobs(state: Path) -> list[Path]:
    return sorted(state.glob("*/blobs/*"))


def test_everything_is_imported_under_its_id_and_the_plaintext_pointed_out(sshim: Sshim, state: Path) -> None:
    ended = sshim("import", "--from-wrangler", ".")
    assert ended.code == 0, ended.err
    assert f"+ create api-key in store {STORE}" in ended.err and "--shred removes" in ended.err
    assert values(sshim) == {"api-key": "frozen-api-key", "multi_line": 'line one\nline "two" ☃'}
    assert values(sshim, "my-store") == {"other": " y "}
    (first, _) = sshim("secret", "list", STORE, "--json").json
    assert first["id"] == "203db7fc116543fd995c5c84e366abd8" and first["scopes"] == ["workers"]
    assert len(blobs(state)) == 3


def test_a_second_import_changes_nothing(sshim: Sshim, state: Path) -> None:
    sshim("import", "--from-wrangler", ".")
    before = sshim("secret", "list", STORE, "--json").out
    ended = sshim("import", "--from-wrangler", ".", "--json")
    assert {each["step"] for each in ended.json["secrets"]} == {"leave"}
    assert sshim("secret", "list", STORE, "--json").out == before


def test_the_plaintext_is_removed_when_asked_to(sshim: Sshim, state: Path) -> None:
    ended = sshim("import", "--from-wrangler", ".", "--shred")
    assert ended.code == 0 and "solid-state drives" in ended.err
    assert blobs(state) == [] and names(sshim) == NAMES
    again = sshim("import", "--from-wrangler", ".")
    assert again.code == 1 and "has names but no values" in again.err


def test_at_a_terminal_both_steps_are_asked_for(sshim: Sshim, state: Path) -> None:
    refused = sshim("import", "--from-wrangler", ".", stdin="n\n", tty=True)
    assert refused.code == 130 and names(sshim) == [] and len(blobs(state)) == 3
    kept = sshim("import", "--from-wrangler", ".", stdin="y\nn\n", tty=True)
    assert kept.code == 0 and names(sshim) == NAMES and len(blobs(state)) == 3
    removed = sshim("import", "--from-wrangler", ".", "--yes", stdin="y\n", tty=True)
    assert removed.code == 0 and blobs(state) == []


def assert_refused(sshim: Sshim, state: Path, said: str) -> Ended:
    ended = sshim("import", "--from-wrangler", ".", "--shred", "--yes")
    assert ended.code in (1, 2) and ended.err.count("error:") == 1 and said in ended.err
    assert "frozen-api-key" not in ended.err + ended.out
    assert names(sshim) == [] and len(blobs(state)) == 3
    return ended


def test_a_damaged_state_changes_nothing(sshim: Sshim, state: Path) -> None:
    for log in state.glob("*/*.sqlite-wal"):
        log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    assert_refused(sshim, state, "damaged")


@pytest.mark.parametrize(
    ("value", "said"), [("", "must not be empty"), ("x" * 70_000, "65,536"), ("\0", "NUL")]
)
def test_one_value_that_cannot_be_a_secret_stops_them_all(
    sshim: Sshim, state: Path, value: str, said: str
) -> None:
    next((state / "my-store" / "blobs").iterdir()).write_text(value)
    assert "'other'" in assert_refused(sshim, state, said).err


def test_where_there_is_no_state_that_is_said(sshim: Sshim, environ: dict[str, str]) -> None:
    ended = sshim("import", "--from-wrangler", ".")
    assert ended.code == 1 and "there are no secrets of wrangler" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_killed_at_any_moment_it_has_imported_all_or_nothing(
    state: Path, environ: dict[str, str], folder: Path
) -> None:
    def call(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "sshim", *arguments]
        return subprocess.Popen(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    for number in range(6):
        running = call("import", "--from-wrangler", ".", "--persist-to", f"at-{number}")
        try:
            running.wait(0.05 + 0.04 * number)
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate()
        listed, _ = call("secret", "list", STORE, "--json", "--persist-to", f"at-{number}").communicate()
        found = [each["name"] for each in json.loads(listed)] if listed.startswith(b"[") else []
        assert found in ([], NAMES)

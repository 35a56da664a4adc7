"""`sshim export`: who gets values, how, and what is recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sshim.transfer.sealed import unseal
from tests.cli.conftest import CANARY, STORE, Sshim, Typed


@pytest.fixture(autouse=True)
def _store(sshim: Sshim) -> None:
    for name, value in (("api-key", CANARY), ("other", "two\nlines é")):
        made = sshim("secret", "create", STORE, "--name", name, "--scopes", "workers", stdin=value)
        assert made.code == 0


def accesses(sshim: Sshim) -> list[str]:
    log = json.loads(sshim("audit", "list", "--json").out)
    return sorted(each["metadata"]["name"] for each in log if each["action"]["type"] == "access")


def test_without_reveal_there_are_no_values_and_no_accesses(sshim: Sshim) -> None:
    ended = sshim("export", STORE, "--json")
    assert ended.json == {
        "store_id": STORE,
        "secrets": [
            {"name": "api-key", "scopes": ["workers"], "comment": ""},
            {"name": "other", "scopes": ["workers"], "comment": ""},
        ],
    }
    for form in ("json", "yaml", "dotenv"):
        assert "lines" not in sshim("export", STORE, "--format", form).out
    assert accesses(sshim) == []


def test_values_are_shown_on_demand_and_recorded(sshim: Sshim) -> None:
    ended = sshim("export", STORE, "--reveal", "--yes", "--name", "other", "--json")
    assert ended.json["secrets"] == [
        {"name": "other", "scopes": ["workers"], "comment": "", "value": "two\nlines é"}
    ]
    assert accesses(sshim) == ["other"]


def test_nobody_to_ask_means_no_values(sshim: Sshim) -> None:
    ended = sshim("export", STORE, "--reveal")
    assert ended.code == 2 and "--reveal --yes" in ended.err and ended.out == ""
    assert accesses(sshim) == []


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_a_no_at_the_terminal_ends_it(sshim: Sshim, answer: str) -> None:
    ended = sshim("export", STORE, "--reveal", stdin=answer, tty=True)
    assert ended.code == 130 and ended.out == "" and "write 2 secret values" in ended.err
    assert accesses(sshim) == []


def test_a_yes_at_the_terminal_writes_the_file(sshim: Sshim, folder: Path) -> None:
    ended = sshim("export", STORE, "--reveal", "-o", "out.json", stdin="y\n", tty=True)
    assert ended.code == 0 and "in plain text into out.json? [y/N]" in ended.err
    assert json.loads((folder / "out.json").read_text())["secrets"][0]["value"] == CANARY
    assert (folder / "out.json").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["out.json"]


def test_a_file_is_replaced_only_when_asked_to(sshim: Sshim, folder: Path) -> None:
    (folder / "out").write_text("mine")
    refused = sshim("export", STORE, "-o", "out")
    assert refused.code == 2 and (folder / "out").read_text() == "mine"
    assert sshim("export", STORE, "-o", "out", "--force").code == 0
    assert (folder / "out").stat().st_mode & 0o777 == 0o600 and "api-key" in (folder / "out").read_text()
    (folder / "dir").mkdir()
    assert sshim("export", STORE, "-o", "dir", "--force").code == 2
    missing = sshim("export", STORE, "-o", "no/such/folder/out")
    assert missing.code == 2 and "cannot be written" in missing.err


def test_unknown_stores_and_names_are_not_found(sshim: Sshim) -> None:
    assert sshim("export", "nowhere").code == 3
    ended = sshim("export", STORE, "--name", "api-kay")
    assert ended.code == 3 and "api-key" in ended.err


def test_values_leave_as_utf8_whatever_the_terminal(environ: dict[str, str], folder: Path) -> None:
    command = [sys.executable, "-m", "sshim", "export", STORE, "--reveal", "--yes", "--name", "other"]
    done = subprocess.run(
        command, cwd=folder, env={**environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["secrets"][0]["value"] == "two\nlines é"


def test_a_sealed_export_holds_the_values_under_the_passphrase(sshim: Sshim, folder: Path) -> None:
    (folder / "pass").write_text("correct horse\n")
    ended = sshim("export", STORE, "--seal", "--passphrase-file", "pass", "-o", "x.sealed")
    assert ended.code == 0 and accesses(sshim) == ["api-key", "other"]
    data = (folder / "x.sealed").read_bytes()
    assert CANARY.encode() not in data and (folder / "x.sealed").stat().st_mode & 0o777 == 0o600
    content = unseal(data, "correct horse", name="x")
    assert content["version"] == 1 and content["store_id"] == STORE
    assert [each["value"] for each in content["secrets"]] == [CANARY, "two\nlines é"]


def test_the_passphrase_is_asked_for_twice_without_echo(environ: dict[str, str], folder: Path) -> None:
    typed = Typed(["-m", "sshim", "export", STORE, "--seal", "-o", "x.sealed"], environ, folder)
    typed.type("correct horse\n", after="New passphrase")
    typed.type("correct house\n", after="again: ")
    assert typed.end() == 2 and "differ" in typed.shown and "horse" not in typed.shown
    assert not (folder / "x.sealed").exists()


def test_a_passphrase_that_is_too_short_reveals_nothing(
    sshim: Sshim, environ: dict[str, str], folder: Path
) -> None:
    (folder / "pass").write_text("short\n")
    ended = sshim("export", STORE, "--seal", "--passphrase-file", "pass", "-o", "x.sealed")
    assert ended.code == 2 and "fewer than 12 characters" in ended.err
    typed = Typed(["-m", "sshim", "export", STORE, "--seal", "-o", "x.sealed"], environ, folder)
    typed.type("short\n", after="New passphrase")
    assert typed.end() == 2 and "fewer than 12 characters" in typed.shown
    assert not (folder / "x.sealed").exists() and accesses(sshim) == []


def test_flags_that_do_not_go_together_are_told(sshim: Sshim, folder: Path) -> None:
    assert sshim("export", STORE, "--seal", "--reveal").code == 2
    assert sshim("export", STORE, "--passphrase-file", "x").code == 2
    assert sshim("export", STORE, "--seal").code == 2
    assert sshim("export", STORE, "--seal", "--passphrase-file", "none").code == 2
    (folder / "empty").write_text("\n")
    assert sshim("export", STORE, "--seal", "--passphrase-file", "empty").code == 2
    assert accesses(sshim) == []

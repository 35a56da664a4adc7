"""The care of a whole store at the command line."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim


@pytest.fixture
def home(sshim: Sshim, environ: dict[str, str]) -> Path:
    """The folder of a store that holds the secret `k`."""
    assert sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", stdin=CANARY).code == 0
    return Path(environ["SSHIM_HOME"])


def names(sshim: Sshim) -> list[str]:
    return [each["name"] for each in sshim("secret", "list", STORE, "--json").json]


def spoil(home: Path, statement: str) -> None:
    store = sqlite3.connect(home / "store.db")
    with store:
        store.execute(statement)
    store.close()


@pytest.mark.parametrize("verb", ["status", "verify", "backup", "rotate-key", "accept-rollback", "salvage"])
def test_nothing_is_made_where_there_is_no_store(sshim: Sshim, environ: dict[str, str], verb: str) -> None:
    more = {"backup": ["b"], "salvage": ["--to", "d"]}.get(verb, [])
    ended = sshim("store", verb, *more)
    assert ended.code == 1 and "Traceback" not in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_status_names_path_holdings_and_keys(sshim: Sshim, home: Path) -> None:
    found = sshim("store", "status", "--json").json
    assert found["ok"] is True and found["path"] == str(home / "store.db")
    assert found["counts"]["secrets"] == 1 and found["keys"][0]["proven"] is True
    ended = sshim("store", "status")
    assert "1 store, 1 secret" in ended.out and "KEY SLOT" in ended.out
    assert "warning: one key slot only" in ended.err
    assert ended.err.endswith(": sshim key add --passphrase\n"), "what is pasted is the command alone"


def test_verify_lists_every_check(sshim: Sshim, home: Path) -> None:
    ended = sshim("store", "verify", "--deep")
    assert ", 1 key slot\n" in ended.out
    assert ended.code == 0 and all(line.split()[1] == "ok" for line in ended.out.splitlines()[1:])
    report = sshim("store", "verify", "--deep", "--json").json
    assert report["ok"] is True and "values" in [each["check"] for each in report["checks"]]


def test_verify_tells_damage_from_a_missing_key(sshim: Sshim, home: Path, environ: dict[str, str]) -> None:
    (key,) = (Path(environ["XDG_DATA_HOME"]) / "sshim" / "keys").iterdir()
    hidden = key.rename(key.with_suffix(".away"))
    ended = sshim("store", "verify")
    assert ended.code == 4 and "BAD" in ended.out and "Try: " in ended.err
    hidden.rename(key)
    spoil(home, "update secrets set comment = 'forged'")
    ended = sshim("store", "verify", "--json")
    assert ended.code == 1 and ended.json["ok"] is False


def test_a_backup_comes_back_and_what_it_replaces_is_kept(sshim: Sshim, home: Path, folder: Path) -> None:
    made = sshim("store", "backup", "b.db", "--json")
    assert made.json["path"] == str(folder / "b.db") and made.json["secrets"] == 1
    assert CANARY.encode() not in (folder / "b.db").read_bytes()
    assert sshim("store", "backup", "b.db").code == 5
    assert sshim("store", "backup", "b.db", "--overwrite").code == 0
    sshim("secret", "create", STORE, "--name", "later", "--scopes", "workers", stdin="x")
    back = sshim("store", "restore", "b.db", "--json")
    assert back.code == 0 and Path(back.json["kept"]).exists()
    assert names(sshim) == ["k"]


def test_a_cut_backup_replaces_nothing(sshim: Sshim, home: Path, folder: Path) -> None:
    sshim("store", "backup", "b.db")
    whole = (folder / "b.db").read_bytes()
    (folder / "b.db").write_bytes(whole[: len(whole) // 2])
    assert sshim("store", "restore", "b.db").code == 1
    assert names(sshim) == ["k"]


def test_a_backup_of_another_store_is_refused_unless_meant(sshim: Sshim, home: Path) -> None:
    line = ["secret", "create", STORE, "--name", "theirs", "--scopes", "workers", "--persist-to", "other"]
    assert sshim(*line, stdin="x").code == 0
    assert sshim("store", "backup", "b.db", "--persist-to", "other").code == 0
    refused = sshim("store", "restore", "b.db")
    assert refused.code == 2 and names(sshim) == ["k"]
    assert sshim("store", "restore", "b.db", "--other").code == 0
    assert names(sshim) == ["theirs"]


def test_rotating_the_key_keeps_every_secret(sshim: Sshim, home: Path) -> None:
    ended = sshim("store", "rotate-key", "--json")
    assert ended.json == {"ok": True, "term": 2}
    assert names(sshim) == ["k"] and sshim("store", "verify", "--deep").code == 0


def test_an_older_copy_is_refused_until_it_is_accepted(sshim: Sshim, home: Path) -> None:
    old = (home / "store.db").read_bytes()
    sshim("secret", "update", STORE, "--name", "k", stdin="newer")
    sshim("secret", "update", STORE, "--name", "k", stdin="newest")
    for path in home.glob("store.db*"):
        path.unlink()
    (home / "store.db").write_bytes(old)
    (home / "store.db").chmod(0o600)
    ended = sshim("secret", "list", STORE)
    assert ended.code == 1 and "an older copy was put in its place" in ended.err
    assert sshim("store", "accept-rollback", "--json").json["ok"] is True
    assert names(sshim) == ["k"]


def test_whole_rows_of_a_damaged_store_are_saved_as_unverified(sshim: Sshim, home: Path) -> None:
    sshim("secret", "create", STORE, "--name", "bad", "--scopes", "workers", stdin="x")
    spoil(home, "update secrets set comment = 'forged' where name = 'bad'")
    assert sshim("secret", "list", STORE).code == 1
    ended = sshim("store", "salvage", "--to", "saved", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["saved"] == [{"store_id": STORE, "name": "k"}] and len(ended.json["lost"]) == 1
    (one,) = sshim("secret", "list", STORE, "--persist-to", "saved", "--json").json
    assert one["comment"] == "unverified"


def test_what_cannot_be_saved_is_named_and_stops_nothing(sshim: Sshim, home: Path) -> None:
    sshim("secret", "create", STORE, "--name", "other", "--scopes", "workers", stdin=CANARY)
    sshim(
        "secret",
        "create",
        STORE,
        "--name",
        "k",
        "--scopes",
        "workers",
        "--persist-to",
        "saved",
        stdin="x" * 9,
    )
    ended = sshim("store", "salvage", "--to", "saved", "--json")
    assert ended.code == 0 and ended.json["ok"] is False
    assert [each["name"] for each in ended.json["saved"]] == ["other"]
    (lost,) = ended.json["lost"]
    assert "k (" in lost and "exists already" in lost


def test_verify_warns_of_a_key_file_that_opens_nothing(sshim: Sshim, home: Path, folder: Path) -> None:
    sshim("key", "add", "--file", "second.key")
    good = sshim("store", "verify", "--json").json
    assert good["ok"] and "keys" not in [each["check"] for each in good["checks"]]
    (folder / "second.key").write_bytes(b"A" * 43 + b"=\n")
    ended = sshim("store", "verify", "--json")
    assert ended.code == 0 and ended.json["ok"]
    (warning,) = [each for each in ended.json["checks"] if each["check"] == "keys"]
    assert warning["warning"] and "second.key does not open it" in warning["message"]
    (folder / "second.key").write_bytes(b"sshim-key-1:nonsense")
    (warning,) = [
        each for each in sshim("store", "verify", "--json").json["checks"] if each["check"] == "keys"
    ]
    assert "is damaged" in warning["message"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_verify_warns_of_a_key_file_that_git_would_commit(sshim: Sshim, home: Path, folder: Path) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    sshim("key", "add", "--file", "second.key")

    def warned() -> list[str]:
        checks = sshim("store", "verify", "--json").json["checks"]
        return [each["message"] for each in checks if each["check"] == "git"]

    monitor = folder / "monitor"
    monitor.write_text("#!/bin/sh\ntouch ran\n")
    monitor.chmod(0o755)
    subprocess.run(["git", "-C", str(folder), "config", "core.fsmonitor", str(monitor)], check=True)
    assert warned() == [f"{folder / 'second.key'} lies in a git work tree and is not ignored"]
    assert not (folder / "ran").exists()  # a work tree has no program run
    (folder / ".gitignore").write_text("*.key\n")
    assert warned() == []
    subprocess.run(["git", "-C", str(folder), "add", "-f", "second.key"], check=True)
    assert len(warned()) == 1


def test_a_shared_store_that_does_not_answer_is_one_clear_sentence(sshim: Sshim) -> None:
    ended = sshim("store", "status", "--store-url", "postgresql://me:pa55word@127.0.0.1:1/db")
    assert ended.code == 1 and "no database answers there" in ended.err
    assert "pa55word" not in ended.err

"""`sshim secret update`, `delete` and `duplicate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Ended, Sshim


def test_update_changes_the_value_alone(sshim: Sshim, made: Ended) -> None:
    ended = sshim("secret", "update", STORE, "--name", "api-key", "--json", stdin=f"{CANARY}-2")
    assert ended.code == 0 and "updated value of secret api-key" in ended.err
    assert ended.json["comment"] == "mine" and ended.json["scopes"] == ["ai_gateway", "workers"]
    assert ended.json["created"] == made.json["created"]
    assert ended.json["modified"] > made.json["modified"]


@pytest.mark.usefixtures("made")
def test_update_of_the_rest_reads_no_value(sshim: Sshim) -> None:
    flags = ["--scopes", "dex", "--comment", ""]
    ended = sshim("secret", "update", STORE, "--name", "api-key", *flags, "--json", stdin="unread")
    assert ended.json["scopes"] == ["dex"] and ended.json["comment"] == ""
    assert "updated scopes and comment of" in ended.err


@pytest.mark.usefixtures("made")
def test_update_reads_a_value_beside_the_rest_when_told_to(sshim: Sshim, folder: Path) -> None:
    (folder / "f").write_text(CANARY)
    for source in ("-", "f"):
        ended = sshim(
            "secret",
            "update",
            STORE,
            "--name",
            "api-key",
            "--comment",
            "c",
            "--value-file",
            source,
            stdin=CANARY,
        )
        assert "updated value and comment of" in ended.err


@pytest.mark.usefixtures("made")
def test_delete_prints_null_and_is_for_good(sshim: Sshim) -> None:
    ended = sshim("secret", "delete", STORE, "--name", "api-key", "--json")
    assert (ended.code, ended.out) == (0, "null\n")
    assert sshim("secret", "get", STORE, "--name", "api-key").code == 3


@pytest.mark.usefixtures("made")
def test_delete_asks_at_a_terminal_alone(sshim: Sshim) -> None:
    no = sshim("secret", "delete", STORE, "--name", "api-key", stdin="n\n", tty=True)
    assert no.code != 0 and f"delete secret api-key of store {STORE} for good? [y/N]" in no.err
    assert sshim("secret", "get", STORE, "--name", "api-key").code == 0
    assert sshim("secret", "delete", STORE, "--name", "api-key", stdin="y\n", tty=True).code == 0
    assert sshim("secret", "get", STORE, "--name", "api-key").code == 3
    assert sshim("secret", "create", STORE, "--name", "b", "--scopes", "workers", stdin="x").code == 0
    assert sshim("secret", "delete", STORE, "--name", "b", "-y", tty=True).code == 0


def test_duplicate_copies_the_value_under_a_new_name(sshim: Sshim, made: Ended) -> None:
    ended = sshim(
        "secret",
        "duplicate",
        STORE,
        "--secret-id",
        made.json["id"],
        "--name",
        "copy",
        "--scopes",
        "workers",
        "--json",
    )
    assert ended.json["name"] == "copy" and ended.json["scopes"] == ["workers"]
    assert ended.json["id"] != made.json["id"] and ended.json["comment"] == ""
    again = sshim("secret", "duplicate", STORE, "--from", "api-key", "--name", "copy", "--scopes", "workers")
    assert again.code == 5

"""Command lines written for wrangler's local mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim

CREATE = ["secrets-store", "secret", "create", STORE, "--name", "api-key", "--scopes", "workers"]


def test_wranglers_spelling_works_on_the_same_store(sshim: Sshim) -> None:
    assert sshim(*CREATE, stdin=CANARY).code == 0
    assert sshim("secret", "get", STORE, "--name", "api-key").code == 0
    listed = sshim("secrets-store", "secret", "list", "--store-id", STORE, "--json").json
    assert [each["name"] for each in listed] == ["api-key"]
    (secret,) = listed
    for verb in ("get", "delete"):
        assert sshim("secrets-store", "secret", verb, STORE, "--secret-id", secret["id"]).code == 0
    assert sshim("secrets-store", "store", "list", "--json").json[0]["id"] == STORE


def test_remote_is_answered_with_a_sentence_and_works_locally(sshim: Sshim) -> None:
    ended = sshim(*CREATE, "--remote", stdin=CANARY)
    assert ended.code == 0
    assert ended.err.startswith("warning: --remote is not followed")


def test_its_global_flags_are_accepted(sshim: Sshim, folder: Path) -> None:
    (folder / "sub").mkdir()
    flags = ["--cwd", "sub", "-c", "wrangler.toml", "-e", "x", "--env-file", ".env", "--persist-to", "state"]
    ended = sshim(*CREATE, *flags, stdin=CANARY)
    assert ended.code == 0, ended.err
    assert (folder / "sub" / "state").is_dir()


def test_pages_are_of_ten_as_there(sshim: Sshim) -> None:
    for number in range(12):
        sshim("secret", "create", STORE, "--name", f"n{number:02}", "--scopes", "workers", stdin="x")
    line = ["secrets-store", "secret", "list", STORE, "--json"]
    assert len(sshim(*line).json) == 12
    assert len(sshim(*line, "--page", "1").json) == 10
    assert [each["name"] for each in sshim(*line, "--page", "2").json] == ["n10", "n11"]
    assert len(sshim(*line, "--per-page", "5").json) == 5


def test_the_plain_spelling_has_none_of_wranglers_flags(sshim: Sshim) -> None:
    assert sshim("secret", "list", STORE, "--remote").code == 2


@pytest.mark.parametrize("ids", [[STORE, "--store-id", "f" * 32], []])
def test_the_store_is_named_once(sshim: Sshim, ids: list[str]) -> None:
    assert sshim("secrets-store", "secret", "list", *ids).code == 2


def test_the_same_id_twice_is_harmless(sshim: Sshim) -> None:
    assert sshim(*CREATE, "--store-id", STORE, stdin=CANARY).code == 0

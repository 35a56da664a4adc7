"""Tokens at the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Sshim


def test_create_shows_the_token_once_in_the_contracts_shape(sshim: Sshim) -> None:
    ended = sshim("token", "create", "--role", "deployer", "--name", "ci", "--expires", "30d", "--json")
    assert ended.code == 0, ended.err
    assert list(ended.json) == ["token", "id", "account_id", "role", "name", "expires"]
    assert ended.json["token"].startswith("sshim_") and len(ended.json["token"]) == 40
    assert (ended.json["role"], ended.json["name"]) == ("deployer", "ci")
    left = datetime.fromisoformat(ended.json["expires"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    listed = sshim("token", "list", "--json")
    assert ended.json["token"] not in listed.out
    (one,) = listed.json
    assert list(one) == ["id", "kind", "role", "name", "created", "expires", "last_used"]
    assert one["last_used"] is None


def test_bare_prints_the_token_alone_for_a_pipe(sshim: Sshim) -> None:
    ended = sshim("token", "create", "--role", "deployer", "--bare")
    assert ended.code == 0
    assert ended.out.startswith("sshim_") and len(ended.out) == 41 and ended.out.endswith("\n")
    both = sshim("token", "create", "--role", "deployer", "--bare", "--json")
    assert both.code == 2 and "--bare and --json" in both.out


def test_a_permission_stands_in_place_of_a_role(sshim: Sshim) -> None:
    made = sshim("token", "create", "--permission", "read", "--json").json
    assert list(made) == ["token", "id", "account_id", "permission", "name", "expires"]
    assert made["permission"] == "read" and made["expires"] is None


def test_a_global_key_goes_with_an_address(sshim: Sshim) -> None:
    made = sshim("token", "create", "--global-key", "--email", "a@example.com", "--json").json
    assert made["email"] == "a@example.com" and len(made["token"]) == 37
    assert made["role"] == "super-administrator"


def test_people_are_told_that_it_is_shown_once(sshim: Sshim) -> None:
    ended = sshim("token", "create", "--permission", "edit")
    assert ended.out.startswith("token       sshim_") and "only time" in ended.err
    heading, line = sshim("token", "list").out.splitlines()
    assert heading.startswith("ID") and "edit" in line and "never" in line


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--role", "admin", "--permission", "read"],
        ["--role", "king"],
        ["--global-key"],
        ["--email", "a@example.com", "--role", "admin"],
        ["--global-key", "--email", "nonsense"],
        ["--role", "admin", "--expires", "yesterday"],
        ["--role", "admin", "--expires", "2020-01-01"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(sshim: Sshim, flags: list[str]) -> None:
    assert sshim("token", "create", *flags).code == 2
    assert sshim("token", "list", "--json").json == []


def test_revoke_ends_it(sshim: Sshim) -> None:
    made = sshim("token", "create", "--permission", "read", "--json").json
    ended = sshim("token", "revoke", made["id"], "--json")
    assert (ended.code, ended.out) == (0, "null\n")
    assert sshim("token", "revoke", made["id"]).code == 3
    assert "no tokens" in sshim("token", "list").err


@pytest.mark.parametrize("kind", [["--role", "admin"], ["--global-key", "--email", "a@example.com"]])
def test_a_token_itself_stands_for_its_id_and_is_repeated_nowhere(sshim: Sshim, kind: list[str]) -> None:
    made = sshim("token", "create", *kind, "--json").json
    ended = sshim("token", "revoke", made["token"])
    assert (ended.code, ended.err) == (0, f"revoked token {made['id']}\n")
    assert sshim("token", "list", "--json").json == []
    again = sshim("token", "revoke", made["token"])
    assert again.code == 3 and made["token"] not in again.err
    assert made["token"] not in sshim("audit", "list", "--json").out

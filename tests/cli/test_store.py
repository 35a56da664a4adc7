"""Stores at the command line."""

from __future__ import annotations

import re

from tests.cli.conftest import STORE, Sshim

KEYS = ["id", "account_id", "name", "created", "modified"]


def test_create_prints_the_apis_object(sshim: Sshim) -> None:
    made = sshim("store", "create", "mine", "--json")
    assert made.code == 0 and list(made.json) == KEYS
    assert re.fullmatch("[0-9a-f]{32}", made.json["id"]) and made.json["name"] == "mine"
    assert re.fullmatch("[0-9a-f]{32}", made.json["account_id"])
    assert sshim("store", "list", "--json").json == [made.json]


def test_people_get_fields_and_a_table(sshim: Sshim) -> None:
    made = sshim("store", "create", "mine")
    assert made.out.splitlines()[2] == "name        mine" and "created store mine" in made.err
    heading, line = sshim("store", "list").out.splitlines()
    assert heading.startswith("NAME") and line.startswith("mine")


def test_no_stores_are_no_error_and_make_none(sshim: Sshim, environ: dict[str, str]) -> None:
    ended = sshim("store", "list")
    assert (ended.code, ended.out) == (0, "") and "no stores yet" in ended.err
    assert sshim("store", "list", "--json").json == []


def test_a_bad_name_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("store", "create", "").code == 2


def test_a_store_with_secrets_is_deleted_by_force_alone(sshim: Sshim) -> None:
    sshim("secret", "create", STORE, "--name", "n", "--scopes", "workers", stdin="x")
    refused = sshim("store", "delete", STORE)
    assert refused.code == 5 and f"Try: sshim store delete {STORE} --force" in refused.err
    ended = sshim("store", "delete", STORE, "--force", "--json")
    assert (ended.code, ended.out) == (0, "null\n") and f"deleted store {STORE}" in ended.err
    assert sshim("store", "delete", STORE).code == 3


def test_lists_can_be_paged(sshim: Sshim) -> None:
    sshim("store", "create", "mine")
    assert sshim("store", "list", "--page", "2", "--json").json == []

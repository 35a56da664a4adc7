"""Gateways and provider keys at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, Sshim

KEY = f"sk-{CANARY}-0123456789"


def test_a_key_is_set_with_all_it_needs_on_first_use(sshim: Sshim) -> None:
    ended = sshim("gateway", "key", "set", "openai", stdin=KEY, tty=False)
    assert ended.code == 0, ended.err
    assert ended.out == ""
    assert "created store default_secrets_store" in ended.err and "created gateway default" in ended.err
    assert "gateway default now adds the openai key 'default' to requests" in ended.err
    (store,) = sshim("store", "list", "--json").json
    (secret,) = sshim("secret", "list", store["id"], "--json").json
    assert (secret["name"], secret["scopes"]) == ("default_openai_default", ["ai_gateway"])


def test_setting_it_again_replaces_it(sshim: Sshim) -> None:
    first = sshim("gateway", "key", "set", "openai", "--json", stdin=KEY).json
    second = sshim("gateway", "key", "set", "openai", "--json", stdin=f"{KEY}-abcd").json
    assert first["id"] == second["id"] and first["secret_id"] == second["secret_id"]
    assert (first["secret_preview"], second["secret_preview"]) == ("********6789", "********abcd")


def test_a_short_key_has_no_preview(sshim: Sshim) -> None:
    made = sshim("gateway", "key", "set", "openai", "--json", stdin="short-key").json
    assert made["secret_preview"] == "********"


def test_keys_are_listed_by_gateway_provider_and_alias(sshim: Sshim) -> None:
    assert sshim("gateway", "key", "set", "openai", "--alias", "team", stdin=KEY).code == 0
    sshim("gateway", "create", "edge")
    for arguments in (["groq"], ["openai", "--gateway", "edge"], ["custom-mine"]):
        assert sshim("gateway", "key", "set", *arguments, stdin=KEY).code == 0
    shown = sshim("gateway", "key", "list")
    assert [line.split() for line in shown.out.splitlines()] == [
        ["GATEWAY", "PROVIDER", "ALIAS", "KEY", "STATUS", "LAST", "USED", "(UTC)"],
        ["default", "groq", "default", "********6789", "active", "-"],
        ["default", "mine", "default", "********6789", "active", "-"],
        ["default", "openai", "team", "********6789", "active", "-"],
        ["edge", "openai", "default", "********6789", "active", "-"],
    ]
    only = sshim("gateway", "key", "list", "openai", "--json").json
    assert [(each["gateway_id"], each["alias"]) for each in only] == [
        ("default", "team"), ("edge", "default")
    ]  # fmt: skip
    assert len(sshim("gateway", "key", "list", "--gateway", "edge", "--json").json) == 1
    assert len(sshim("gateway", "key", "list", "custom-mine", "--json").json) == 1


@pytest.mark.parametrize("damage", ["delete", "scope"])
def test_a_key_whose_secret_is_gone_or_not_for_the_gateway_is_invalid(sshim: Sshim, damage: str) -> None:
    made = sshim("gateway", "key", "set", "openai", "--json", stdin=KEY).json
    (store,) = sshim("store", "list", "--json").json
    id_ = ("--secret-id", made["secret_id"])
    if damage == "delete":
        assert sshim("secret", "delete", store["id"], *id_).code == 0
    else:
        assert sshim("secret", "update", store["id"], *id_, "--scopes", "workers").code == 0
    (shown,) = sshim("gateway", "key", "list", "--json").json
    assert shown["status"] == "invalid"
    assert "invalid" in sshim("gateway", "key", "list").out
    assert sshim("gateway", "key", "set", "openai", "--json", stdin=KEY).json["status"] == "active"


def test_a_deleted_key_takes_its_secret_along(sshim: Sshim) -> None:
    sshim("gateway", "key", "set", "openai", stdin=KEY)
    ended = sshim("gateway", "key", "delete", "openai", "--json")
    assert (ended.code, ended.out) == (0, "null\n")
    assert sshim("gateway", "key", "list", "--json").json == []
    (store,) = sshim("store", "list", "--json").json
    assert sshim("secret", "list", store["id"], "--json").json == []
    assert sshim("gateway", "key", "delete", "openai").code == 3


def test_gateways_are_made_listed_and_deleted(sshim: Sshim) -> None:
    made = sshim("gateway", "create", "edge", "--no-authentication", "--json")
    assert made.code == 0 and made.json["id"] == "edge" and made.json["authentication"] is False
    assert sshim("gateway", "create", "edge").code == 5
    sshim("gateway", "key", "set", "openai", "--gateway", "edge", stdin=KEY)
    line = sshim("gateway", "list").out.splitlines()[1].split()
    assert line[0] == "edge" and line[2:4] == ["1", "no"]
    assert [each["id"] for each in sshim("gateway", "list", "--json").json] == ["edge"]
    assert sshim("gateway", "delete", "edge").code == 0
    assert sshim("gateway", "delete", "edge").code == 3
    (store,) = sshim("store", "list", "--json").json
    assert len(sshim("secret", "list", store["id"], "--json").json) == 1, "the secrets stay"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["key", "set", "opnai"], 2, "there is no provider 'opnai'"),
        (["key", "set", "openai", "--gateway", "nowhere"], 3, "there is no AI Gateway 'nowhere'"),
        (["key", "set", "openai", "--alias", "a b"], 2, "a b"),
        (["key", "list", "--gateway", "nowhere"], 3, "nowhere"),
        (["create", "Edge"], 2, "Edge"),
        (["create", "edge", "--store-id", "f" * 32], 3, "f" * 32),
        (["delete", "edge"], 3, "edge"),
    ],
)
def test_mistakes_are_said(sshim: Sshim, arguments: list[str], code: int, said: str) -> None:
    sshim("store", "create", "main")
    ended = sshim("gateway", *arguments, stdin=KEY)
    assert ended.code == code and said in ended.err and "Try: " in ended.err and ended.out == ""


def test_a_key_that_no_header_can_carry_is_refused(sshim: Sshim, tmp_path: Path) -> None:
    file = tmp_path / "key"
    for text in ("", "a\nb", "schlüssel", "a\x00b"):
        file.write_text(text)
        ended = sshim("gateway", "key", "set", "openai", "--value-file", str(file))
        assert ended.code == 2 and "Try: " in ended.err
    assert sshim("gateway", "key", "list", "--json").json == []

"""The short way to a secret: by the name the Worker uses for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim

CONFIG = f"""
name = "w"
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"

[[env.staging.secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key-staging"
"""


@pytest.fixture(autouse=True)
def config(folder: Path) -> Path:
    path = folder / "wrangler.toml"
    path.write_text(CONFIG)
    return path


def test_the_first_time_makes_store_and_secret(sshim: Sshim) -> None:
    ended = sshim("secret", "set", "API_KEY", "--comment", "mine", "--json", stdin=f"{CANARY}\n")
    assert ended.code == 0, ended.err
    assert (ended.json["name"], ended.json["store_id"]) == ("api-key", STORE)
    assert ended.json["scopes"] == ["workers"] and ended.json["comment"] == "mine"
    assert f"created store {STORE}" in ended.err
    assert f"created secret api-key in store {STORE} for API_KEY" in ended.err


def test_the_second_time_changes_the_value_and_keeps_the_rest(sshim: Sshim) -> None:
    first = sshim("secret", "set", "API_KEY", "--comment", "mine", "--json", stdin="one").json
    ended = sshim("secret", "set", "API_KEY", "--json", stdin="two")
    assert ended.json["id"] == first["id"] and ended.json["comment"] == "mine"
    assert ended.json["modified"] > first["modified"]
    assert ended.err == f"updated secret api-key in store {STORE} for API_KEY\n"


def test_a_secret_that_workers_may_not_read_gets_their_scope_too(sshim: Sshim) -> None:
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "ai_gateway", stdin="x")
    ended = sshim("secret", "set", "API_KEY", "--json", stdin="y")
    assert ended.json["scopes"] == ["ai_gateway", "workers"]
    assert "scope workers added" in ended.err


def test_an_environment_has_a_secret_of_its_own(sshim: Sshim) -> None:
    assert (
        sshim("secret", "set", "API_KEY", "-e", "staging", "--json", stdin="x").json["name"]
        == "api-key-staging"
    )


def test_a_configuration_elsewhere_can_be_named(sshim: Sshim, folder: Path, config: Path) -> None:
    (folder / "sub").mkdir()
    config.rename(folder / "sub" / "wrangler.toml")
    assert sshim("secret", "set", "API_KEY", stdin="x").code == 2
    assert sshim("secret", "set", "API_KEY", "-c", "sub/wrangler.toml", stdin="x").code == 0


def test_a_binding_that_is_not_there_names_the_nearest_and_the_way_on(
    sshim: Sshim, environ: dict[str, str]
) -> None:
    ended = sshim("secret", "set", "API_KEI", stdin="x")
    assert ended.code == 2
    assert "binds no secret as API_KEI (did you mean API_KEY?)" in ended.err
    assert "\nTry: " in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_no_configuration_is_said(sshim: Sshim, config: Path) -> None:
    config.unlink()
    ended = sshim("secret", "set", "API_KEY", stdin="x")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err


def test_a_broken_configuration_shows_the_place_and_changes_nothing(
    sshim: Sshim, config: Path, environ: dict[str, str]
) -> None:
    config.write_text('name = "w\n')
    ended = sshim("secret", "set", "API_KEY", stdin="x")
    assert ended.code == 2
    assert ended.err.startswith("error: wrangler.toml:1:") and "^" in ended.err
    assert not Path(environ["SSHIM_HOME"]).exists()

"""`sshim check` against real configurations and a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import STORE, Sshim

CONFIG = f"""
name = "w"
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"

[env.staging]
[[env.staging.secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key-staging"

[env.bare]
"""


@pytest.fixture(autouse=True)
def config(folder: Path) -> Path:
    path = folder / "wrangler.toml"
    path.write_text(CONFIG)
    return path


def create(sshim: Sshim, name: str, scopes: str = "workers") -> None:
    assert sshim("secret", "create", STORE, "--name", name, "--scopes", scopes, stdin="x").code == 0


def test_without_a_store_everything_is_missing_and_none_is_made(
    sshim: Sshim, environ: dict[str, str]
) -> None:
    ended = sshim("check", "--json")
    assert ended.code == 1 and ended.json["ok"] is False
    assert [(b["environment"], b["binding"], b["state"]) for b in ended.json["bindings"]] == [
        (None, "API_KEY", "missing"),
        ("staging", "API_KEY", "missing"),
        ("bare", "API_KEY", "not_inherited"),
    ]
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_the_keys_are_those_of_the_contract(sshim: Sshim, config: Path) -> None:
    ended = sshim("check", "--json", "-e", "staging")
    assert list(ended.json) == ["ok", "bindings", "warnings"]
    (binding,) = ended.json["bindings"]
    assert list(binding) == [
        "config", "worker", "environment", "binding", "store_id", "secret_name", "state", "message", "fix",
    ]  # fmt: skip
    assert binding["config"] == str(config) and binding["worker"] == "w-staging"


def test_every_fix_of_a_missing_secret_cures_it(sshim: Sshim) -> None:
    import shlex

    for binding in sshim("check", "--json").json["bindings"]:
        if binding["state"] == "missing":
            program, *line = shlex.split(binding["fix"])
            assert program == "sshim" and sshim(*line, stdin="x").code == 0
    ended = sshim("check", "--json")
    assert ended.code == 0 and ended.json["ok"] is True
    assert {b["state"] for b in ended.json["bindings"]} == {"found", "not_inherited"}


def test_people_see_a_table_and_the_way_on(sshim: Sshim) -> None:
    create(sshim, "api-key")
    create(sshim, "api-key-stagin")
    ended = sshim("check")
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0].split() == ["ENVIRONMENT", "BINDING", "SECRET", "STORE", "STATE"]
    assert [line.split()[-1] for line in lines[1:3]] == ["found", "missing"]
    assert lines[3].endswith("not inherited")
    assert "did you mean 'api-key-stagin'?" in ended.err
    assert f"Try: sshim secret create {STORE} --name api-key-staging --scopes workers" in ended.err
    assert "warning: " in ended.err and "error: wrangler.toml:" in ended.err


def test_a_folder_can_be_named(sshim: Sshim, folder: Path) -> None:
    (folder / "sub").mkdir()
    assert len(sshim("check", "sub", "--json").json["bindings"]) == 3
    assert sshim("check", "nowhere").code == 2


def test_no_configuration_is_a_usage_error(sshim: Sshim, config: Path) -> None:
    config.unlink()
    ended = sshim("check")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err


def test_an_unknown_environment_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("check", "-e", "nope").code in (0, 2)


def test_nothing_bound_is_nothing_wrong(sshim: Sshim, config: Path) -> None:
    config.write_text('name = "w"\n')
    ended = sshim("check")
    assert (ended.code, ended.out) == (0, "") and "binds no secrets" in ended.err

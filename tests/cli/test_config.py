"""`sshim config` shows what was read, to people and to programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim

CONFIG = f"""
name = "w"
main = "src/entry.py"
compatibility_date = "2026-01-01"
compatibility_flags = ["python_workers"]
[vars]
GREETING = "hello"
LONG = "{"x" * 100}"
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
[env.staging]
vars = {{ GREETING = "hi" }}
"""


@pytest.fixture(autouse=True)
def config(folder: Path) -> Path:
    path = folder / "wrangler.toml"
    path.write_text(CONFIG)
    (folder / ".dev.vars").write_text(f"PASSWORD={CANARY}\n")
    return path


def test_people_see_fields_and_bindings_but_no_values_of_files(sshim: Sshim, config: Path) -> None:
    ended = sshim("config")
    assert ended.code == 0, ended.err
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert f"file {config}" in lines and "environments staging" in lines
    assert f"API_KEY Secrets Store secret {STORE}/api-key" in lines
    assert 'GREETING var "hello"' in lines and "PASSWORD var (hidden)" in lines
    assert any(line.startswith("LONG var") and line.endswith("x...") for line in lines)
    assert ".dev.vars" in ended.err


def test_programs_get_the_whole(sshim: Sshim, folder: Path) -> None:
    (folder / ".dev.vars").write_text("PASSWORD=not-a-canary\n")
    result = sshim("config", "--json").json
    assert set(result) == {"ok", "errors", "warnings", "config", "dev_bindings", "found"}
    assert result["ok"] is True and result["config"]["name"] == "w"
    assert result["dev_bindings"]["API_KEY"]["secret_name"] == "api-key"
    assert result["dev_bindings"]["PASSWORD"] == {"type": "secret_text", "value": "not-a-canary"}


def test_environment_file_and_folder_can_be_named(sshim: Sshim, folder: Path, config: Path) -> None:
    (folder / "sub").mkdir()
    config.rename(folder / "sub" / "w.toml")
    assert (
        sshim("config", "-c", "sub/w.toml", "-e", "staging", "--json").json["config"]["name"] == "w-staging"
    )
    (folder / "sub" / "w.toml").rename(folder / "sub" / "wrangler.toml")
    assert sshim("config", "sub", "--json").json["config"]["name"] == "w"
    (folder / "sub" / "other.env").write_text("A=1\n")
    assert "A" in sshim("config", "sub", "--env-file", "other.env", "--json").json["dev_bindings"]
    assert "means sub/none.env, which is not there" in sshim("config", "sub", "--env-file", "none.env").err


def test_the_environment_may_be_chosen_in_a_dotenv_file_as_with_wrangler(
    sshim: Sshim, folder: Path, config: Path
) -> None:
    (folder / ".dev.vars").unlink()
    (folder / ".env").write_text("CLOUDFLARE_ENV=staging\n")
    assert sshim("config", "--json").json["config"]["name"] == "w-staging"
    assert sshim("config", "-e", "", "--json").json["config"]["name"] == "w"


def test_a_broken_file_is_exit_2_in_both_forms(sshim: Sshim, config: Path) -> None:
    config.write_text('name = "w\n')
    told = sshim("config")
    assert told.code == 2 and told.err.startswith("error: wrangler.toml:1:") and "^" in told.err
    result = sshim("config", "--json")
    assert result.code == 2 and result.json["ok"] is False and len(result.json["errors"]) == 1


def test_a_path_that_is_not_there_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("config", "nowhere").code == 2


def test_no_configuration_is_an_empty_one(sshim: Sshim, config: Path) -> None:
    config.unlink()
    ended = sshim("config")
    assert ended.code == 0 and "there is no wrangler configuration" in ended.err

"""`sshim check` against real configurations and a real store."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.model import Actor, Usage
from sshim.store.open import open_store, store_options
from tests.cli.conftest import BINDS_API_KEY, STORE, Put, Sshim

CONFIG = f"""{BINDS_API_KEY}
[env.staging]
[[env.staging.secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key-staging"

[env.bare]
"""


@pytest.fixture(autouse=True)
def config(put: Put) -> Path:
    return put("wrangler.toml", CONFIG)


def create(sshim: Sshim, name: str, scopes: str = "workers") -> None:
    assert sshim("secret", "create", STORE, "--name", name, "--scopes", scopes, stdin="x").code == 0


@contextmanager
def opened(environ: dict[str, str]) -> Iterator[ControlPlane]:
    control = ControlPlane(open_store(store_options(environ)), actor=Actor("super-administrator"))
    try:
        yield control
    finally:
        control.close()


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
    for binding in ended.json["bindings"]:
        if binding["state"] == "not_inherited":
            _, *line = shlex.split(binding["fix"])
            assert "--keep" in line and sshim(*line).code == 0
    assert {b["state"] for b in sshim("check", "--json").json["bindings"]} == {"found"}


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


def test_every_worker_below_a_folder_is_looked_at(sshim: Sshim, folder: Path, config: Path) -> None:
    create(sshim, "api-key")
    for name in ("one", "two/deep", "node_modules/theirs", ".hidden", "venv"):
        (folder / name).mkdir(parents=True)
        (folder / name / "wrangler.toml").write_text(CONFIG.replace('"w"', f'"{Path(name).name}"'))
    (folder / "venv" / "pyvenv.cfg").touch()
    (folder / "link").symlink_to(folder / "one")
    config.unlink()
    ended = sshim("check", "--json")
    assert {b["worker"] for b in ended.json["bindings"]} == {
        "one", "one-staging", "one-bare", "deep", "deep-staging", "deep-bare",
    }  # fmt: skip
    assert sshim("check").out.splitlines()[0].split()[:2] == ["WORKER", "ENVIRONMENT"]
    assert len(sshim("check", "two", "--json").json["bindings"]) == 3
    assert {b["environment"] for b in sshim("check", "--json", "-e", "staging").json["bindings"]} == {
        "staging"
    }
    (folder / "one" / "wrangler.toml").write_text('name = "one')
    broken = sshim("check", "--json")
    assert broken.code == 1 and [Path(each["config"]).parent.name for each in broken.json["errors"]] == [
        "one"
    ]
    assert {b["worker"] for b in broken.json["bindings"]} == {"deep", "deep-staging", "deep-bare"}
    assert "one/wrangler.toml:1:" in sshim("check").err


def test_a_binding_of_an_environment_only_is_told(sshim: Sshim, config: Path) -> None:
    config.write_text(CONFIG.replace("[[secrets_store_secrets]]", "[[env.bare.secrets_store_secrets]]"))
    create(sshim, "api-key")
    create(sshim, "api-key-staging")
    ended = sshim("check", "--json")
    assert ended.code == 0
    assert (None, "API_KEY", "other_environment") in [
        (b["environment"], b["binding"], b["state"]) for b in ended.json["bindings"]
    ]
    assert "only the environments" in sshim("check").err


def test_a_secret_that_nothing_uses_is_told_unless_only_a_part_was_looked_at(sshim: Sshim) -> None:
    create(sshim, "api-key")
    create(sshim, "old")
    assert "nothing that is known" not in sshim("check").err, "one of the two may be what a binding means"
    create(sshim, "api-key-staging")
    said = [each for each in sshim("check", "--json").json["warnings"] if "nothing that is known" in each]
    assert said == [
        f"nothing that is known here uses the secret 'old' of store {STORE}; "
        "a project that was never served here is not known"
    ]
    assert "nothing that is known" not in sshim("check", "-e", "staging").err
    assert "nothing that is known" not in sshim("check", "-c", "wrangler.toml").err


def test_a_secret_of_another_worker_or_of_a_gateway_is_used(
    sshim: Sshim, environ: dict[str, str], tmp_path: Path
) -> None:
    for name in ("elsewhere", "api-key", "api-key-staging"):
        create(sshim, name)
    assert sshim("gateway", "create", "g").code == 0
    assert sshim("gateway", "key", "set", "openai", "--gateway", "g", stdin="sk-x").code == 0
    other = tmp_path / "other.toml"
    other.touch()
    with opened(environ) as control:
        now = datetime.now(UTC)
        control.record_usages([Usage("o", None, "K", STORE, "elsewhere", str(other), now)])
    assert "nothing that is known" not in sshim("check").err
    other.unlink()
    assert "secret 'elsewhere'" in sshim("check").err


def test_what_a_worker_elsewhere_binds_now_is_used_in_whichever_environment(
    sshim: Sshim, environ: dict[str, str], tmp_path: Path
) -> None:
    for name in ("api-key", "api-key-staging", "elsewhere"):
        create(sshim, name)
    other = tmp_path / "wrangler.toml"
    binds = f'secrets_store_secrets = [{{ binding = "K", store_id = "{STORE}", secret_name = "elsewhere" }}]'
    other.write_text(f'name = "o"\n[env.staging]\n{binds}\n')
    with opened(environ) as control:
        control.record_usages([Usage("o", None, "K", STORE, "before", str(other), datetime.now(UTC))])
    assert "nothing that is known" not in sshim("check").err
    other.write_text("[")
    assert "secret 'elsewhere'" in sshim("check").err


def test_what_lies_in_a_store_of_other_projects_is_theirs(sshim: Sshim) -> None:
    create(sshim, "api-key")
    create(sshim, "api-key-staging")
    other = "f" * 32
    made = sshim("secret", "create", other, "--name", "theirs", "--scopes", "workers", stdin="v")
    assert made.code == 0 and "nothing that is known" not in sshim("check").err


def test_plaintext_that_git_would_take_is_told_with_its_cure(
    sshim: Sshim, folder: Path, environ: dict[str, str]
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True)

    def told() -> list[str]:
        return [each for each in sshim("check", "--json").json["warnings"] if each.startswith("git ")]

    (folder / ".dev.vars").write_text("A=x")
    (folder / ".dev.vars.example").write_text("A=")
    state = folder / ".wrangler" / "state" / "v3" / "secrets-store"
    state.mkdir(parents=True)
    (state / "blob").write_text("x")
    assert told() == []
    git("init", "-q")
    git("add", ".dev.vars")
    (folder / ".env").write_text("A=x")
    assert told() == [
        "git has .dev.vars, which may hold secrets: rotate them "
        "(try: git rm -r --cached --quiet .dev.vars && echo /.dev.vars >> .gitignore)",
        "git would commit .env, which may hold secrets (try: echo /.env >> .gitignore)",
        "git would commit .wrangler, which may hold secrets (try: echo /.wrangler >> .gitignore)",
    ]
    for line in told():
        subprocess.run(["sh", "-c", line.partition("(try: ")[2][:-1]], cwd=folder, env=environ, check=True)
    assert told() == [] and (folder / ".dev.vars").exists()
    environ["PATH"] = "/nowhere"
    assert told() == []


def test_the_store_itself_inside_a_work_tree_is_told(
    sshim: Sshim, folder: Path, environ: dict[str, str]
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, env=environ, check=True)
    flags = ("--persist-to", "local")
    sshim("secret", "create", STORE, "--name", "api-key", "--scopes", "workers", *flags, stdin="x")
    assert "git would commit" not in sshim("check", *flags).err, "the store's folder is ignored by itself"
    (folder / "local" / ".gitignore").unlink()
    assert "git would commit local/store.db" in sshim("check", *flags).err


def test_a_folder_can_be_named(sshim: Sshim, folder: Path) -> None:
    (folder / "sub").mkdir()
    assert len(sshim("check", "sub", "--json").json["bindings"]) == 3
    assert sshim("check", "nowhere").code == 2


def test_no_configuration_is_a_usage_error(sshim: Sshim, config: Path) -> None:
    config.unlink()
    ended = sshim("check")
    assert ended.code == 2 and "there is no wrangler configuration" in ended.err and "sshim init" in ended.err


def test_an_unknown_environment_is_a_usage_error(sshim: Sshim) -> None:
    assert sshim("check", "-e", "nope").code in (0, 2)


def test_the_cures_in_their_order_leave_every_value_that_was_given(sshim: Sshim) -> None:
    import shlex

    fixes = [each["fix"] for each in sshim("check", "--json").json["bindings"]]
    for number, fix in enumerate(fixes):
        assert sshim(*shlex.split(fix)[1:], stdin=f"value {number}").code == 0
    held = sshim("export", STORE, "--reveal", "--yes", "--json").json["secrets"]
    assert {each["name"]: each["value"] for each in held} == {
        "api-key": "value 0",
        "api-key-staging": "value 1",
    }


def test_an_environment_alone_tells_what_it_does_not_inherit(sshim: Sshim) -> None:
    whole = sshim("check", "--json").json["bindings"]
    alone = sshim("check", "-e", "bare", "--json")
    assert alone.json["bindings"] == [each for each in whole if each["environment"] == "bare"] != []
    assert alone.code == 0 and "binds no secrets" not in sshim("check", "-e", "bare").err


def test_a_main_module_that_is_not_there_is_a_warning(sshim: Sshim, config: Path) -> None:
    config.write_text(
        'name = "w"\nmain = "none/entry.py"\ncompatibility_flags = ["python_workers"]\n'
        'compatibility_date = "2026-01-01"\n'
    )
    ended = sshim("check")
    assert ended.code == 0 and "the main module none/entry.py does not exist" in ended.err


def test_a_cron_that_a_deploy_would_refuse_is_told(sshim: Sshim, config: Path) -> None:
    config.write_text('name = "w"\n[triggers]\ncrons = ["*/5 * * *"]\n')
    ended = sshim("check")
    assert ended.code == 0 and "warning: the cron '*/5 * * *' has 4 fields" in ended.err


def test_nothing_bound_is_nothing_wrong(sshim: Sshim, config: Path) -> None:
    config.write_text('name = "w"\n')
    ended = sshim("check")
    assert (ended.code, ended.out) == (0, "") and "binds no secrets" in ended.err
    assert "warning: no main module is named" in ended.err
    config.write_text('name = "w"\nassets = { directory = "public" }\n')
    assert "warning" not in sshim("check").err

"""`.dev.vars` and `.env`: which files count, what they give, and that no value gets into a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.config.conftest import Project

SECRET = {"binding": "KEY", "store_id": "s", "secret_name": "n"}


def values(project: Project, **given: Any) -> dict[str, Any]:
    return {name: item.get("value") for name, item in project.bindings(**given).items()}


def test_dev_vars_of_the_environment_replaces_the_plain_one(project: Project) -> None:
    project.jsonc(env={"stg": {}}).file(".dev.vars", "A=base\nB=1").file(".dev.vars.stg", "A=stg")
    assert values(project) == {"A": "base", "B": "1"}
    assert values(project, env="stg") == {"A": "stg"}


def test_the_variable_does_not_choose_the_file(project: Project) -> None:
    project.jsonc(env={"stg": {}}).file(".dev.vars", "A=base").file(".dev.vars.stg", "A=stg")
    assert values(project, environ={"CLOUDFLARE_ENV": "stg"}) == {"A": "base"}


def test_an_empty_environment_looks_for_a_file_with_a_bare_dot(project: Project) -> None:
    project.jsonc().file(".dev.vars", "A=base").file(".dev.vars.", "A=dot")
    assert values(project, env="") == {"A": "dot"}


def test_dotenv_files_count_only_without_dev_vars_and_later_ones_win(project: Project) -> None:
    project.jsonc(env={"stg": {}})
    for rank, name in enumerate((".env", ".env.local", ".env.stg", ".env.stg.local"), 1):
        project.file(name, "".join(f"{key}={rank}\n" for key in "ABCD"[rank - 1 :]))
    assert values(project, env="stg") == {"A": "1", "B": "2", "C": "3", "D": "4"}
    assert values(project) == {"A": "1", "B": "2", "C": "2", "D": "2"}
    project.file(".dev.vars", "")
    assert values(project) == {}


def test_given_files_replace_all_others_and_missing_ones_are_told(project: Project) -> None:
    project.file("conf/wrangler.jsonc", "{}").file(".dev.vars", "A=1").file("conf/.dev.vars", "A=2")
    project.file("conf/x.env", "A=x\nB=$A").file("conf/y.env", "A=y").file("x.env", "A=cwd")
    files = (Path("x.env"), Path("y.env"), Path("no.env"))
    given = {"config": Path("conf/wrangler.jsonc"), "env_files": files}
    assert values(project, **given) == {"A": "y", "B": "y"}
    assert project.read(**given).notes == (
        "Using secrets defined in conf/x.env",
        "Using secrets defined in conf/y.env",
        "--env-file means conf/no.env, which is not there",
    )


def test_files_are_looked_for_beside_the_configuration(project: Project) -> None:
    project.jsonc().file(".dev.vars", "A=here").file("sub/.dev.vars", "A=sub")
    assert values(project, cwd=project.folder / "sub") == {"A": "here"}
    assert project.read(cwd=project.folder / "sub").notes == ("Using secrets defined in ../.dev.vars",)


@pytest.mark.parametrize(("switch", "wanted"), [("false", {}), ("FALSE", {}), ("True", {"A": "1"})])
def test_dotenv_can_be_switched_off(project: Project, switch: str, wanted: dict[str, str]) -> None:
    project.jsonc().file(".env", "A=1")
    assert values(project, environ={"CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV": switch}) == wanted


@pytest.mark.parametrize("name", ["CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "CLOUDFLARE_INCLUDE_PROCESS_ENV"])
@pytest.mark.parametrize("switch", ["0", "", "yes"])
def test_a_switch_is_true_or_false(project: Project, name: str, switch: str) -> None:
    project.jsonc().file(".env", "A=1")
    message = f'Expected {name} to be "true" or "false", but got "{switch}"'
    report = project.report(environ={name: switch})
    assert (report["ok"], report.get("dev_bindings"), report["dev_bindings_error"]) == (True, None, message)
    assert project.refused(environ={name: switch}).message == message
    project.file(".dev.vars", "A=2")
    assert values(project, environ={name: switch}) == {"A": "2"}  # not looked at


def test_the_process_environment_is_left_out_unless_asked_for(project: Project) -> None:
    project.jsonc(vars={"V": "1"}).file(".env", "A=file\nB=$HOME\nC=file")
    environ = {"HOME": "/h", "A": "os", "C": ""}
    assert values(project, environ=environ) == {"V": "1", "A": "file", "B": "", "C": "file"}
    asked = {**environ, "CLOUDFLARE_INCLUDE_PROCESS_ENV": "true"}
    found = values(project, environ=asked)
    assert (found["A"], found["B"], found["C"], found["HOME"], found["V"]) == ("os", "/h", "file", "/h", "1")
    assert project.read(environ=asked).notes[-1] == "Using secrets defined in process.env"


def test_expansion_is_for_dotenv_only(project: Project) -> None:
    project.jsonc().file(".env", "A=1\nB=$A")
    assert values(project) == {"A": "1", "B": "1"}
    project.file(".dev.vars", "A=1\nB=$A")
    assert values(project) == {"A": "1", "B": "$A"}


def test_values_from_files_become_secret_texts(project: Project) -> None:
    project.jsonc(vars={"J": {"a": 1}, "S": "s"}).file(".dev.vars", "N=1\nJ=x")
    assert project.bindings() == {
        "J": {"type": "secret_text", "value": "x"},
        "S": {"type": "plain_text", "value": "s"},
        "N": {"type": "secret_text", "value": "1"},
    }
    assert {name: (var.type, var.value) for name, var in project.read().vars.items()} == {
        "J": ("secret_text", "x"),
        "S": ("plain_text", "s"),
        "N": ("secret_text", "1"),
    }


def test_other_bindings_of_the_name_stay(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[SECRET], kv_namespaces=[{"binding": "KV"}])
    project.file(".dev.vars", "KEY=1\nKV=2\ntoString=3")
    assert {name: item["type"] for name, item in project.bindings().items()} == {
        "KEY": "secrets_store_secret",
        "KV": "kv_namespace",
    }
    config = project.read()
    assert (dict(config.vars), [secret.binding for secret in config.secrets]) == ({}, ["KEY"])


def test_variables_of_the_command_line_win_over_all(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[SECRET], vars={"A": 1}, ai={"binding": "B"}).file(".dev.vars", "A=2")
    config = project.read(cli_vars={"A": "3", "KEY": "4", "B": "5"})
    assert {name: (var.type, var.value) for name, var in config.vars.items()} == {
        "A": ("plain_text", "3"),
        "KEY": ("plain_text", "4"),
        "B": ("plain_text", "5"),
    }
    assert (config.secrets, config.other_bindings) == ((), ())


def test_required_names_limit_what_is_taken(project: Project) -> None:
    project.jsonc(secrets={"required": ["A", "B"]}, vars={"V": "1"}).file(".dev.vars", "A=1\nV=2\nX=3")
    assert values(project) == {"V": "2", "A": "1"}
    assert project.read().notes[-1] == (
        "Missing required secrets: B. Add them to .dev.vars, .env, or set as environment variables."
    )
    (project.folder / ".dev.vars").unlink()
    assert values(project, environ={"A": "os", "X": "os"}) == {"V": "1", "A": "os"}


def test_dev_vars_that_cannot_be_read_is_an_error(project: Project) -> None:
    (project.folder / ".dev.vars").mkdir()
    assert project.jsonc().refused().message == 'Failed to load local dev variables file ".dev.vars":'
    report = project.report()
    assert (report["ok"], "dev_bindings" in report) == (True, False)


def test_a_dotenv_that_cannot_be_read_is_passed_over(project: Project) -> None:
    (project.folder / ".env").mkdir()
    assert values(project.jsonc()) == {}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".env", "toString=hunter2"),
        (".env", "A=hunter2\\$A\nB=x$A"),
        (".dev.vars", "A=hunter2" * 200_000),
        (".env", "A=hunter2" * 200_000),
    ],
)
def test_no_value_gets_into_a_message(project: Project, file: str, text: str) -> None:
    project.jsonc().file(file, text)
    error = project.refused()
    told = f"{error} {error.hint} {error.problems!r} {error.place}"
    assert "hunter2" not in told
    assert "hunter2" not in project.report()["dev_bindings_error"]


def test_values_do_not_show_in_the_settings(project: Project) -> None:
    project.jsonc().file(".dev.vars", "A=hunter2")
    config = project.read(cli_vars={"B": "hunter2"})
    assert "hunter2" not in repr(config)
    assert "hunter2" not in repr(project.options(environ={"A": "hunter2"}, cli_vars={"B": "hunter2"}))


def test_every_file_that_could_matter_is_watched(project: Project) -> None:
    project.jsonc()
    names = [path.name for path in project.read(env="x").watched_files]
    assert names == [
        *("wrangler.jsonc", ".dev.vars.x", ".dev.vars", ".env", ".env.local", ".env.x", ".env.x.local")
    ]
    assert [path.name for path in project.read(env_files=(Path("a.env"),)).watched_files] == [
        *("wrangler.jsonc", "a.env")
    ]


def test_files_that_may_choose_the_environment_are_watched_too(project: Project) -> None:
    project.jsonc()
    watched = project.read(cli_environ=True, cwd=project.folder / "sub").watched_files
    assert project.folder / "sub" / ".env" in watched and project.folder / ".env" in watched
    assert project.folder / "sub" / ".dev.vars" not in watched


def test_the_command_line_may_take_its_own_environment_from_dotenv(project: Project) -> None:
    project.jsonc(env={"stg": {"name": "s"}, "prod": {"name": "p"}}).file(".env", "CLOUDFLARE_ENV=stg")
    assert project.read(cli_environ=True).name == "s"
    assert project.read().name == "w"
    assert project.read(cli_environ=True, environ={"CLOUDFLARE_ENV": "prod"}).name == "p"
    assert project.read(cli_environ=True, environ={"CLOUDFLARE_ENV": ""}).name == "s"
    assert project.read(cli_environ=True, cwd=(project.folder / "sub")).name == "w"

"""Environments: which one is chosen, what it inherits, what is warned about."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.config.environments import FIELDS, NAMES
from tests.config.conftest import Project

SECRET = {"binding": "KEY", "store_id": "s", "secret_name": "n"}
TOP: dict[str, Any] = {"name": "w", "vars": {"A": "1"}, "env": {"stg": {"vars": {"A": "2"}}, "prod": {}}}


def test_the_argument_wins_over_the_variable_and_empty_means_the_top_level(project: Project) -> None:
    project.jsonc(TOP)
    environ = {"CLOUDFLARE_ENV": "stg"}
    assert project.config(environ=environ)["vars"] == {"A": "2"}
    assert project.config(env="prod", environ=environ)["name"] == "w-prod"
    config = project.config(env="", environ=environ)
    assert (config["vars"], config["targetEnvironment"]) == ({"A": "1"}, "")
    assert project.config(environ={"CLOUDFLARE_ENV": ""})["targetEnvironment"] == ""
    assert "targetEnvironment" not in project.config()


def test_an_unknown_environment_beside_others_is_an_error_with_the_nearest_name(project: Project) -> None:
    project.jsonc(TOP)
    error = project.refused(env="stag")
    assert 'The available configured environment names are: ["stg","prod"]\n' in error.message
    assert error.message.endswith("```\n[env.stag]\n```\n")
    assert error.hint == "--env stg"
    assert error.place is not None
    assert error.place.source_line is not None


@pytest.mark.parametrize("table", [{}, [], 1, True, "ab"])
def test_any_env_that_is_true_makes_an_unknown_environment_an_error(project: Project, table: Any) -> None:
    project.jsonc(env=table)
    assert project.errors(env="x")[0].startswith("No environment found")


@pytest.mark.parametrize("table", [None, 0, False, ""])
def test_without_environments_an_unknown_one_is_a_warning_and_keeps_all(project: Project, table: Any) -> None:
    project.jsonc(env=table, vars={"A": "1"}, secrets_store_secrets=[SECRET])
    (warning,) = project.warnings(env="x")
    assert warning.startswith("No environment found")
    assert "available" not in warning
    config = project.config(env="x")
    assert (config["name"], config["vars"], config["definedEnvironments"]) == ("w-x", {"A": "1"}, [])
    assert project.read(env="x").environment == "x"


def test_a_pages_configuration_takes_the_top_level_silently(project: Project) -> None:
    project.jsonc(pages_build_output_dir="dist")
    assert project.warnings(env="x") == []


def test_the_hint_names_the_file_in_its_own_form(project: Project) -> None:
    project.toml('name = "w"')
    assert "to the wrangler.toml file" in project.warnings(env="x")[0]


@pytest.mark.parametrize(
    ("top", "own", "wanted"),
    [
        ("w", None, "w-a"),
        ("w", "x", "x"),
        ("w", "", ""),
        ("", None, None),
        (None, None, None),
        (None, "x", "x"),
    ],
)
def test_names_of_environments(
    project: Project, top: str | None, own: str | None, wanted: str | None
) -> None:
    value: dict[str, Any] = {"env": {"My Env": {}, "a": {}}}
    if top is not None:
        value["name"] = top
    if own is not None:
        value["env"]["a"]["name"] = own
    config = project.jsonc(value).config(env="a")
    assert config.get("name") == wanted
    assert config.get("topLevelName") == top
    if top:
        assert project.config(env="My Env")["name"] == f"{top}-My Env"


def test_the_top_level_is_validated_and_other_environments_are_not(project: Project) -> None:
    project.jsonc(name="W", env={"a": {"vars": 5}, "b": {}})
    assert len(project.errors(env="b")) == 1
    assert len(project.errors(env="a")) == 2


@pytest.mark.parametrize("value", [None, 5, "x", True])
def test_an_environment_that_is_no_object_is_refused(project: Project, value: Any) -> None:
    project.jsonc(env={"a": value})
    (message,) = project.errors(env="a")
    assert message.startswith('"env.a" should be an object but got')


def test_a_list_of_environments_goes_by_index(project: Project) -> None:
    project.jsonc(env=[{"name": "zero"}])
    assert project.config(env="0")["name"] == "zero"
    assert project.config(env="0")["definedEnvironments"] == ["0"]


def test_an_environment_that_is_a_list_has_its_indexes_as_unknown_fields(project: Project) -> None:
    project.jsonc(env={"a": ["x"]})
    assert project.warnings(env="a") == ['Unexpected fields found in env.a field: "0"']


def test_names_every_javascript_object_has_pass_for_defined_in_json_only(project: Project) -> None:
    project.jsonc(env={"a": {}})
    assert project.errors(env="toString") == [
        'Expected "name" to be of type string, alphanumeric and lowercase with dashes only '
        'but got "toString".'
    ]
    assert project.config(env="__proto__")["name"] == "w-__proto__"
    assert project.jsonc(env=[]).errors(env="toString")[0].endswith('but got "toString".')
    project.jsonc(env={"a": {}})
    (project.folder / "wrangler.jsonc").unlink()
    project.toml('name = "w"\n[env.a]')
    assert project.errors(env="toString")[0].startswith("No environment found")


def test_keys_of_the_top_level_only_are_unknown_in_an_environment(project: Project) -> None:
    project.jsonc(env={"a": {"dev": {"port": 1}, "env": {}, "$schema": "x", "site": {}}})
    assert project.warnings(env="a") == [
        'Unexpected fields found in env.a field: "dev","env","$schema","site"'
    ]


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.own])
def test_fields_that_are_not_inherited_are_warned_about_even_if_empty(project: Project, name: str) -> None:
    empty = {"vars": {}, "secrets": {}, "define": {}, "durable_objects": {}, "queues": {}, "unsafe": {}}
    empty["cloudchamber"] = {}
    single = ("browser", "analytics", "ai", "images", "stream", "media", "version_metadata")
    value: Any = {"binding": "B"} if name in single else empty.get(name, [])
    warnings = project.jsonc(**{name: value, "env": {"a": {}}}).warnings(env="a")
    assert warnings[-1] == (
        f'"{name}" exists at the top level, but not on "env.a".\n'
        f'This is not what you probably want, since "{name}" is not inherited by environments.\n'
        f'Please add "{name}" to "env.a".'
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("main", "src/a.js"),
        ("compatibility_date", "2026-01-01"),
        ("compatibility_flags", ["x"]),
    ],
)
def test_fields_are_inherited_and_replaced_whole(project: Project, name: str, value: Any) -> None:
    project.jsonc(**{name: value, "env": {"a": {}, "b": {name: ["y"] if isinstance(value, list) else value}}})
    top = project.config()[name]
    assert project.config(env="a")[name] == top
    assert project.config(env="b")[name] == (["y"] if isinstance(value, list) else top)


def test_inherited_objects_come_through(project: Project) -> None:
    project.jsonc(triggers={"crons": ["* * * * *"]}, assets={"directory": "p"}, env={"a": {}})
    config = project.read(env="a")
    assert (config.crons, config.assets) == (("* * * * *",), {"directory": "p"})


def test_null_is_not_absent(project: Project) -> None:
    project.jsonc(vars={"A": 1}, env={"a": {"vars": None, "name": None, "main": None, "dev": None}})
    assert project.errors(env="a") == [
        'Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got null.',
        'Expected "main" to be of type string but got null.',
        'The field "env.a.vars" should be an object but got null.\n',
    ]
    assert project.jsonc(dev=None).config()["dev"]["ip"] == "localhost"


def test_missing_variables_are_listed_in_one_warning(project: Project) -> None:
    project.jsonc(vars={"B": 1, "2": 1, "A": 1}, env={"a": {"vars": {"A": 1}}})
    assert project.warnings(env="a") == [
        'The following vars exist at the top level, but not on "env.a.vars".\n'
        'This is probably not what you want, since "vars" configuration is not inherited by environments.\n'
        'Please add these vars to "env.a.vars":\n- 2\n- B'
    ]


def test_each_missing_entry_of_a_list_has_a_warning(project: Project) -> None:
    other = {**SECRET, "binding": "OTHER"}
    project.jsonc(secrets_store_secrets=[SECRET, other], env={"a": {"secrets_store_secrets": []}})
    first, second = project.warnings(env="a")
    assert first == (
        'There is a secrets_store_secrets binding with name "KEY" at the top level, but not on "env.a".\n'
        'This is not what you probably want, since "secrets_store_secrets" configuration is not inherited by '
        'environments.\nPlease add a binding for "KEY" to "env.a.secrets_store_secrets.bindings".'
    )
    assert '"OTHER"' in second


def test_missing_durable_objects_have_a_form_of_their_own(project: Project) -> None:
    entry = {"name": "D", "class_name": "D", "script_name": "s"}
    project.jsonc(durable_objects={"bindings": [entry]}, env={"a": {"durable_objects": {"bindings": []}}})
    (warning,) = project.warnings(env="a")
    assert warning.startswith('The following bindings are at the top level, but not on "env.a".\n')
    assert warning.endswith('Please add a binding for each to "env.a.durable_objects.bindings":\n- D')


def test_missing_defines_and_new_ones_are_warned_about(project: Project) -> None:
    project.jsonc(define={"A": "1"}, env={"a": {"define": {"B": "2"}}})
    missing, new = project.warnings(env="a")
    assert missing.endswith('Please add these entries to "env.a.define":\n- A')
    assert new.startswith('"B" exists on "env.a", but not on the top level.\n')


def test_unsafe_is_warned_about_once(project: Project) -> None:
    message = '"unsafe" fields are experimental and may change or break at any time.'
    assert project.jsonc(unsafe={}, env={"a": {"unsafe": {}}}).warnings(env="a") == [message]
    assert project.jsonc(env={"a": {"unsafe": {}}}).warnings(env="a") == [message]


def test_python_needs_its_flag_in_the_active_environment(project: Project) -> None:
    message = "The `python_workers` compatibility flag is required to use Python."
    project.jsonc(
        main="a.py", compatibility_flags=["python_workers"], foo=1, env={"a": {"compatibility_flags": []}}
    )
    assert project.config()["main"].endswith("a.py")
    report = project.report(env="a")
    assert (report["errors"], report["warnings"]) == ([message], [])
    error = project.refused(env="a")
    assert (error.hint, error.place is not None) == (
        'add "python_workers" to compatibility_flags of env.a',
        True,
    )
    assert project.jsonc(main="a.PY").config()["main"].endswith("a.PY")
    assert project.jsonc(main="a.py").config(compatibility_flags=("python_workers",))["name"] == "w"


def test_every_field_of_an_environment_has_one_place_in_the_order() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert NAMES.index("vars") < NAMES.index("kv_namespaces") < NAMES.index("secrets_store_secrets")

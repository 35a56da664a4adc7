"""Variables of the configuration."""

from __future__ import annotations

from tests.config.conftest import Project


def test_variables_hold_any_json(project: Project) -> None:
    values = {"S": "s", "N": 1, "F": 1.5, "B": True, "X": None, "O": {"a": [1]}, "L": [], "": "", "a b": "c"}
    project.jsonc(vars=values)
    assert project.config()["vars"] == values
    assert {name: item["type"] for name, item in project.bindings().items()} == {
        **dict.fromkeys(values, "json"),
        "S": "plain_text",
        "": "plain_text",
        "a b": "plain_text",
    }


def test_a_list_of_variables_has_indexes_as_names(project: Project) -> None:
    project.jsonc(vars=["a", 1])
    assert project.config()["vars"] == ["a", 1]
    assert {name: var.value for name, var in project.read().vars.items()} == {"0": "a", "1": 1}


def test_toml_dates_are_refused_directly_below_vars_only(project: Project) -> None:
    project.toml("[vars]\nWHEN = 2026-01-01\nO = {AT = 07:30}")
    assert project.errors() == [
        'The field "vars.WHEN" is a TOML date, which is not supported. Please use a string instead, e.g. '
        'WHEN = "2025-12-19".'
    ]
    project.toml("[vars]\nO = {AT = 07:30}")
    assert project.config()["vars"] == {"O": {"AT": {"$date": "07:30:00.000"}}}


def test_a_setting_below_vars_is_noted(project: Project) -> None:
    project.toml('name = "w"\n[vars]\nA = "1"\nmain = "a.py"')
    assert project.warnings() == []
    (note,) = project.read().notes
    assert "wrangler.toml:4:1: main stands below [vars] and is a variable there" in note

"""Plain fields: what passes, what is refused and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.conftest import Project


@pytest.mark.parametrize("name", ["w", "_a-b_9", "", "0", "a" * 300])
def test_a_name_passes(project: Project, name: str) -> None:
    assert project.jsonc(name=name).config()["name"] == name


@pytest.mark.parametrize("name", ["My", "a b", "-a", "é", "abc\n", "a.b", None, 5, ["w"]])
def test_a_name_is_refused(project: Project, name: Any) -> None:
    (message,) = project.jsonc({"name": name}).errors()
    assert message.startswith(
        'Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got '
    )


def test_a_name_that_is_refused_comes_with_one_that_passes(project: Project) -> None:
    assert project.jsonc(name="My Worker!").refused().hint == '"my-worker"'
    assert (
        project.jsonc(name="é").refused().hint == project.jsonc({"name": 5}).refused().hint == '"my-worker"'
    )


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("2026-13-45", ["ISO-8601 date"]),
        ("", ["ISO-8601 date"]),
        ("2026\u201301\u201301", ["hyphens"]),
        ("x\u2014y", ["hyphens", "ISO-8601 date"]),
        (20260101, ["type string but got 20260101"]),
        (None, ["type string but got null"]),
    ],
)
def test_a_compatibility_date_is_refused(project: Project, value: Any, parts: list[str]) -> None:
    messages = project.jsonc(compatibility_date=value).errors()
    assert len(messages) == len(parts)
    assert all(part in message for part, message in zip(parts, messages, strict=True))


def test_a_toml_date_is_no_compatibility_date(project: Project) -> None:
    project.toml('name = "w"\ncompatibility_date = 2026-01-01')
    error = project.refused()
    assert error.message == 'Expected "compatibility_date" to be of type string but got "2026-01-01".'
    assert (str(error.place).rpartition("/")[2], error.hint) == (
        *("wrangler.toml:2:22", "put the date in quotes"),
    )


@pytest.mark.parametrize("value", [["a", 1], "a", None, {}, [None]])
def test_compatibility_flags_are_a_list_of_texts(project: Project, value: Any) -> None:
    (message,) = project.jsonc(compatibility_flags=value).errors()
    assert message.startswith('Expected "compatibility_flags" to be of type string array but got ')


@pytest.mark.parametrize("name", ["main", "tsconfig", "base_dir", "jsx_factory", "jsx_fragment", "$schema"])
def test_texts_are_texts(project: Project, name: str) -> None:
    assert project.jsonc(**{name: 5}).errors() == [f'Expected "{name}" to be of type string but got 5.']


@pytest.mark.parametrize(
    "name",
    [
        *(
            "workers_dev",
            "preview_urls",
            "no_bundle",
            "minify",
            "keep_names",
            "first_party_worker",
            "logpush",
        ),
        *(
            "upload_source_maps",
            "find_additional_modules",
            "preserve_file_names",
            "send_metrics",
            "keep_vars",
        ),
    ],
)
def test_switches_are_booleans(project: Project, name: str) -> None:
    assert project.jsonc(**{name: "x"}).errors() == [f'Expected "{name}" to be of type boolean but got "x".']
    assert project.jsonc(**{name: True}).errors() == []


def test_main_is_made_absolute_from_the_files_folder(project: Project) -> None:
    cases = {"./src/../a.js": "a.js", "": "", "../x.js": "../x.js", "/abs/x.js": "/abs/x.js"}
    for main, wanted in cases.items():
        found = project.jsonc(main=main).config()["main"]
        assert found == str((project.folder / wanted).resolve() if not wanted.startswith("/") else wanted)


def test_fields_that_are_gone_are_errors(project: Project) -> None:
    legacy, node = project.jsonc(legacy_env=None, node_compat=False).errors()
    assert legacy.startswith('The "legacy_env" field is no longer supported')
    assert node.startswith('\x1b[1mRemoved\x1b[0m: "node_compat":\n')
    assert len(project.jsonc(env={"a": {"node_compat": 1}}).errors(env="a")) == 1


@pytest.mark.parametrize("name", ["account_id", "route"])
def test_empty_texts_count_as_absent_with_a_warning(project: Project, name: str) -> None:
    assert project.jsonc(**{name: ""}).warnings() == [
        f'The "{name}" field in your configuration is an empty string and will be ignored.\n'
        f'Please remove the "{name}" field from your configuration.'
    ]


def test_unknown_fields_are_listed_in_one_warning_with_the_nearest_name(project: Project) -> None:
    project.jsonc(foo=1, compatability_date="2026-01-01", main="a.js")
    assert project.warnings() == ['Unexpected fields found in top-level field: "foo","compatability_date"']
    (problem,) = project.read().warnings
    assert problem.hint == '"compatibility_date" in place of "compatability_date"'
    assert problem.place is not None


@pytest.mark.parametrize(
    ("route", "right"),
    [
        ("a.com/*", True),
        ({"pattern": "a", "zone_id": "x"}, True),
        ({"pattern": "a", "custom_domain": True, "enabled": False}, True),
        ({"pattern": "a"}, False),
        ({"pattern": "a", "zone_id": "x", "zone_name": "y"}, False),
        ({"pattern": "a", "enabled": True}, False),
        ({"zone_id": "x"}, False),
        (5, False),
    ],
)
def test_routes_have_their_shape(project: Project, route: Any, right: bool) -> None:
    assert (project.jsonc(route=route).errors() == []) is right
    assert (project.jsonc(routes=[route]).errors() == []) is right


def test_route_and_routes_exclude_each_other(project: Project) -> None:
    message = 'Expected exactly one of the following fields ["routes","route"].'
    assert project.jsonc(route="a", routes=["b"]).errors() == [message]
    assert project.jsonc(routes="b").errors() == ['Expected "routes" to be an array but got "b".']


def test_inherited_custom_domains_are_warned_about(project: Project) -> None:
    project.jsonc(routes=[{"pattern": "a.com", "custom_domain": True}], env={"a": {}, "b": {"routes": []}})
    (warning,) = project.warnings(env="a")
    assert "custom domain(s): a.com." in warning
    assert project.warnings(env="b") == []


def test_several_errors_come_at_once_each_with_its_place(project: Project) -> None:
    project.jsonc('{\n  "name": "W",\n  "main": 5,\n  "vars": "x",\n  "dev": {"port": "1"}\n}')
    error = project.refused()
    assert [problem.place.line if problem.place else 0 for problem in error.problems] == [2, 3, 4, 5]
    assert [problem.place.column if problem.place else 0 for problem in error.problems] == [11, 11, 11, 19]
    places = [problem.place for problem in error.problems]
    assert [place.length for place in places if place] == [3, 1, 3, 3]


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"main": 5}, 'put it in quotes: "5"'),
        ({"main": True}, 'put it in quotes: "true"'),
        ({"main": None}, "remove it: null does not count as absent"),
        ({"workers_dev": "true"}, "leave the quotes out: true"),
        ({"workers_dev": 1}, "write true or false"),
        ({"dev": {"port": "8787"}}, "leave the quotes out: 8787"),
        ({"dev": {"port": "x"}}, "write a number, without quotes"),
        ({"dev": {"local_protocol": "ftp"}}, 'use "http" or "https"'),
        ({"secrets_store_secrets": [{"binding": "A", "store_id": "s"}]}, "add secret_name to this entry"),
        ({"secrets_store_secrets": [{"binding": 5}]}, 'put it in quotes: "5"'),
    ],
)
def test_a_hint_says_how_to_write_the_value(
    project: Project, fields: dict[str, Any], hint: str | None
) -> None:
    assert project.jsonc(**fields).refused().problems[0].hint == hint

"""Names bound twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.conftest import Project

CLOSING = (
    "Bindings must have unique names, so that they can all be referenced in the worker.\n"
    "Please change your bindings to have unique names."
)


def secret(name: str) -> dict[str, str]:
    return {"binding": name, "store_id": "s", "secret_name": "n"}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (
            {"vars": {"A": 1}, "secrets_store_secrets": [secret("A")]},
            ["A assigned to Environment Variable and Secrets Store Secret bindings."],
        ),
        (
            {"secrets_store_secrets": [secret("A")] * 3},
            ["A assigned to multiple Secrets Store Secret bindings."],
        ),
        (
            {
                "secrets_store_secrets": [secret("A"), secret("A")],
                "vars": {"A": 1},
                "kv_namespaces": [{"binding": "A"}],
                "ai": {"binding": "A"},
                "secrets": {"required": ["A"]},
            },
            [
                "A assigned to KV Namespace, AI, Environment Variable, Secrets Store Secret, and "
                "Secret bindings.",
                "A assigned to multiple Secrets Store Secret bindings.",
            ],
        ),
        (
            {"vars": {"binding": "A"}, "secrets_store_secrets": [secret("A")]},
            ["A assigned to Environment Variable and Secrets Store Secret bindings."],
        ),
        (
            {"vars": {"bindings": [{"name": "A"}]}, "ai": {"binding": "A"}},
            ["A assigned to AI and Environment Variable bindings."],
        ),
        (
            {"queues": {"producers": [{"binding": "A"}, {"binding": "A"}]}},
            ["A assigned to multiple Queue bindings."],
        ),
        (
            {"vars": {"b": 1, "2": 1}, "kv_namespaces": [{"binding": "b"}, {"binding": "2"}]},
            [
                "2 assigned to KV Namespace and Environment Variable bindings.",
                "b assigned to KV Namespace and Environment Variable bindings.",
            ],
        ),
        (
            {"assets": {"directory": "p"}, "vars": {"directory": 1}},
            ["directory assigned to Environment Variable and Assets bindings."],
        ),
    ],
)
def test_a_name_bound_twice_is_an_error(project: Project, fields: dict[str, Any], wanted: list[str]) -> None:
    assert project.jsonc(**fields).errors() == [*wanted, CLOSING]


@pytest.mark.parametrize(
    "fields",
    [
        {"vars": {"a": 1, "A": 1}},
        {"send_email": [{"name": "A"}, {"name": "A"}]},
        {
            "ratelimits": [{"name": "A", "namespace_id": "1", "simple": {"limit": 1, "period": 10}}],
            "vars": {"A": 1},
        },
    ],
)
def test_names_that_do_not_clash(project: Project, fields: dict[str, Any]) -> None:
    assert project.jsonc(**fields).errors() == []


def test_one_bad_entry_switches_the_check_off_for_its_list(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[secret("A"), secret("A"), {"binding": 5}])
    assert all("assigned" not in message for message in project.errors())


def test_only_the_active_environment_counts(project: Project) -> None:
    project.jsonc(
        vars={"A": 1},
        env={"a": {"secrets_store_secrets": [secret("A")]}, "b": {"vars": {"K": 1}, "ai": {"binding": "K"}}},
    )
    assert project.errors() == []
    assert project.errors(env="a") == []
    assert len(project.errors(env="b")) == 2


def test_names_from_files_take_no_part(project: Project) -> None:
    project.jsonc(secrets_store_secrets=[secret("A")]).file(".dev.vars", "A=1")
    assert project.errors() == []


@pytest.mark.parametrize("name", ["constructor", "toString", "__proto__"])
def test_names_every_javascript_object_has_are_refused(project: Project, name: str) -> None:
    (message,) = project.jsonc(secrets_store_secrets=[secret(name)]).errors()
    assert message.startswith(f'"{name}" cannot be the name of a binding')
    if name != "__proto__":
        assert project.jsonc(vars={name: "x"}).errors() == [message]


def test_the_error_points_at_the_last_binding_of_the_name(project: Project) -> None:
    project.jsonc(
        '{"name": "w",\n"vars": {"A": 1},\n"secrets_store_secrets": [\n'
        '{"binding": "A", "store_id": "s", "secret_name": "n"}]}'
    )
    place = project.refused().place
    assert place is not None
    assert (place.line, place.column, place.length) == (4, 13, 3)


def test_assets_is_reserved_in_pages(project: Project) -> None:
    project.jsonc(pages_build_output_dir="d", vars={"ASSETS": 1})
    assert project.errors() == [
        "The name 'ASSETS' is reserved in Pages projects. Please use a different name for your Environment "
        "Variable binding."
    ]

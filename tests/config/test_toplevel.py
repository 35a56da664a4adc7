"""What only the top level has: `dev` and its defaults, modules, aliases, switches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.conftest import Project

DEFAULTS = {"ip": "localhost", "local_protocol": "http", "upstream_protocol": "http"}


def test_dev_has_defaults(project: Project) -> None:
    wanted = {**DEFAULTS, "enable_containers": True, "generate_types": False}
    assert project.jsonc().config()["dev"] == wanted
    settings = project.read().dev
    assert (settings.ip, settings.port, settings.local_protocol, settings.host) == (
        "localhost",
        None,
        "http",
        None,
    )


def test_upstream_protocol_follows_local_protocol(project: Project) -> None:
    assert project.jsonc(dev={"local_protocol": "https"}).config()["dev"]["upstream_protocol"] == "https"


@pytest.mark.parametrize("port", [9000, -1.5, 0, 99999])
def test_ports_are_not_checked_for_range(project: Project, port: float) -> None:
    assert project.jsonc(dev={"port": port}).config()["dev"]["port"] == port
    assert project.read().dev.port == port


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        *[(name, "string") for name in ("ip", "inspector_ip", "host", "container_engine")],
        *[(name, "number") for name in ("port", "inspector_port")],
        *[(name, "boolean") for name in ("enable_containers", "generate_types")],
    ],
)
def test_dev_fields_have_types_and_null_is_none(project: Project, field: str, wanted: str) -> None:
    for value in (None, [1]):
        (message,) = project.jsonc(dev={field: value}).errors()
        assert message.startswith(f'Expected "dev.{field}" to be of type {wanted} but got ')


def test_a_wrong_protocol_is_reported_twice(project: Project) -> None:
    tail = 'field to be one of ["http","https"] but got "ftp".'
    assert project.jsonc(dev={"local_protocol": "ftp"}).errors() == [
        f'Expected "dev.local_protocol" {tail}',
        f'Expected "dev.upstream_protocol" {tail}',
    ]


@pytest.mark.parametrize(
    ("value", "unknown"), [("xy", '"0","1"'), ([1], '"0"'), ({"prot": 1}, '"prot"'), (5, ""), (True, "")]
)
def test_dev_is_taken_apart_whatever_it_is(project: Project, value: Any, unknown: str) -> None:
    wanted = [f"Unexpected fields found in dev field: {unknown}"] if unknown else []
    assert project.jsonc(dev=value).warnings() == wanted


def test_modules_by_name_are_paths(project: Project) -> None:
    project.jsonc(wasm_modules={"A": "a.wasm", "B": 5}, text_blobs=None)
    assert project.errors() == [
        "Expected \"wasm_modules['B']\" to be of type string but got 5.",
        'Expected "text_blobs" to be of type object but got null.',
    ]


def test_aliases_are_texts(project: Project) -> None:
    assert project.jsonc(alias={"a": "b", "c": 1}).errors() == [
        'Expected alias["c"] to be a string, but got number'
    ]
    assert project.jsonc(alias="x").errors() == ["Expected alias to be an object, but got string"]


def test_further_switches_are_checked(project: Project) -> None:
    project.jsonc(
        addresses=["a", 1],
        pages_build_output_dir=1,
        dependencies_instrumentation={"enabled": 1, "exclude_packages": "x"},
    )
    assert project.errors() == [
        'Expected "dependencies_instrumentation.enabled" to be of type boolean but got 1.',
        'Expected "dependencies_instrumentation.exclude_packages" to be an array of strings but got "x"',
        'Expected "addresses.[1]" to be of type string but got 1.',
        'Expected "pages_build_output_dir" to be of type string but got 1.',
    ]
    assert len(project.jsonc(dependencies_instrumentation=None).errors()) == 1

"""Stub text for `env`, judged by Python's own parser."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from sshim.config.settings import OtherBinding, SecretBinding, Var, WorkerConfig
from sshim.config.types_stub import Header, digest, header_of, render, type_of
from tests.dev.made import worker_config


def config(environment: str | None = None, **given: Any) -> WorkerConfig:
    variables = {
        name: value
        if isinstance(value, Var)
        else Var("plain_text" if isinstance(value, str) else "json", value)
        for name, value in given.pop("vars", {}).items()
    }
    return worker_config(
        environment=environment,
        vars=variables,
        secrets=tuple(SecretBinding(name, "s", name.lower()) for name in given.get("secrets", ())),
        other_bindings=tuple(given.get("other", ())),
    )


def attributes(*configs: WorkerConfig) -> dict[str, str]:
    """The annotations of class `Env`."""
    text = render(configs, digest=digest(configs), source="wrangler.toml")
    (env,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "Env"]
    return {
        node.target.id: ast.unparse(node.annotation)
        for node in env.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def test_each_kind_of_name_has_its_type() -> None:
    made = config(
        secrets=["API_KEY"],
        vars={"S": "x", "N": 1, "F": 1.5, "WHOLE": 2.0, "B": True, "O": {"a": 1}, "L": [1], "NULL": None},
        other=[OtherBinding("kv_namespaces", "KV", {})],
    )
    assert attributes(made) == {
        "API_KEY": "SecretsStoreSecret",
        "KV": "Any",
        "S": "str",
        "N": "int",
        "F": "float",
        "WHOLE": "int",
        "B": "bool",
        "O": "JsProxy",
        "L": "JsProxy",
        "NULL": "Any",
    }


def test_environments_are_merged_and_what_some_lack_is_optional() -> None:
    top = config(vars={"S": "one", "N": 1, "X": {}}, secrets=["API_KEY"])
    staging = config("staging", vars={"S": "two", "N": "text", "ONLY": True})
    assert attributes(top, staging) == {
        "API_KEY": "SecretsStoreSecret | None",
        "S": "str",
        "N": "int | str",
        "X": "JsProxy | None",
        "ONLY": "bool | None",
    }
    text = render((top, staging), digest="0" * 16, source="wrangler.toml")
    assert "API_KEY: SecretsStoreSecret | None  # not in staging" in text
    assert "ONLY: bool | None  # not in the top level" in text


@pytest.mark.parametrize("name", ["odd-name", "class", 'quo"te', "1st", "new\nline"])
def test_a_name_that_is_no_identifier_is_a_comment(name: str) -> None:
    assert attributes(config(vars={name: "x", "GOOD": "x"})) == {"GOOD": "str"}
    assert "getattr(env, " in render((config(vars={name: "x"}),), digest="0" * 16, source="w")


def test_a_binding_is_not_replaced_by_a_variable_of_its_name() -> None:
    assert attributes(config(secrets=["K"], vars={"K": Var("secret_text", "x")})) == {
        "K": "SecretsStoreSecret"
    }


def test_an_empty_env_is_still_python() -> None:
    assert attributes(config()) == {}


def test_no_value_is_written() -> None:
    made = config(vars={"S": "sk-live-value", "F": Var("secret_text", "sk-other-value")})
    assert "sk-" not in render((made,), digest=digest((made,)), source="w")
    assert digest((made,)) == digest((config(vars={"S": "changed", "F": "too"}),))


def test_the_digest_follows_names_types_and_environments() -> None:
    base = digest((config(vars={"S": "x"}),))
    assert base != digest((config(vars={"T": "x"}),))
    assert base != digest((config(vars={"S": 1}),))
    assert base != digest((config(vars={"S": "x"}), config("staging")))


@pytest.mark.parametrize("environment", [None, "", "staging", "My Env"])
def test_the_header_can_be_read_back(environment: str | None) -> None:
    made = (config(environment, vars={"S": "x"}),)
    text = render(made, digest=digest(made), source="my wrangler.toml", environment=environment)
    assert header_of(text) == Header(1, "my wrangler.toml", environment, digest(made))
    assert header_of("class Env: ...\n") is None


@pytest.mark.parametrize(("value", "expected"), [(10**20, "int"), (1e300, "float"), (float("inf"), "float")])
def test_numbers_are_typed_as_a_handler_sees_them(value: Any, expected: str) -> None:
    assert type_of(Var("json", value)) == expected

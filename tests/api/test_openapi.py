"""The published description says exactly what the API does."""

from __future__ import annotations

import pytest

from sshim.api.app import ROUTES, openapi
from sshim.model import MAX_VALUE_BYTES, SCOPES

METHODS = {"get", "post", "put", "patch", "delete"}


def described() -> dict[tuple[str, str], dict[str, object]]:
    return {
        (method.upper(), path): operation
        for path, item in openapi()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_it_describes_every_route_and_no_other() -> None:
    assert set(described()) == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_operation_carries_the_name_of_its_function(route: object) -> None:
    operation = described()[(route.method, route.path)]  # type: ignore[attr-defined]
    assert operation["operationId"] == route.operation.__name__  # type: ignore[attr-defined]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_parameters_of_a_path_are_described(route: object) -> None:
    item = openapi()["paths"][route.path]  # type: ignore[attr-defined]
    named = {ref["$ref"].rpartition("/")[2] for ref in item.get("parameters", [])}
    assert named == {part[1:-1] for part in route.path.split("/") if part.startswith("{")}  # type: ignore[attr-defined]


def test_limits_and_words_are_those_of_the_model() -> None:
    schemas = openapi()["components"]["schemas"]
    assert tuple(schemas["scope"]["enum"]) == SCOPES
    assert schemas["value"]["maxLength"] == MAX_VALUE_BYTES


def test_no_answer_has_room_for_a_value() -> None:
    schemas = openapi()["components"]["schemas"]
    for name, schema in schemas.items():
        if name in ("secret", "store"):
            assert schema["additionalProperties"] is False
            assert "value" not in schema["properties"]

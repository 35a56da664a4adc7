"""An export read in again, and what is no export."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sshim.errors import TransferError
from sshim.model import Secret, SecretValue
from sshim.transfer.export import Exported, result
from sshim.transfer.exported import incoming, is_export
from sshim.transfer.plan import checked

STORE = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VALUE = SecretValue("värdet\n")
SECRET = Secret("0" * 32, STORE, "api-key", "what for", ("ai_gateway", "workers"), "active", NOW, NOW)


def export(value: SecretValue | None = VALUE) -> dict[str, Any]:
    return result(STORE, [Exported(SECRET, value)])


def test_what_was_exported_comes_back() -> None:
    assert is_export(export())
    (one,) = checked(incoming(export(), name="x.json"))
    assert one.value == VALUE and one.origin == "x.json"
    assert (one.name, one.store_id, one.scopes, one.comment) == (
        "api-key",
        STORE,
        ("ai_gateway", "workers"),
        "what for",
    )


def test_another_store_may_be_named() -> None:
    assert incoming(export(), name="x", store_id="other")[0].store_id == "other"


def test_an_export_without_values_says_so() -> None:
    with pytest.raises(TransferError, match="holds no values"):
        incoming(export(None), name="x")


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1},
        {"value": None},
        {"value": 1},
        {"scopes": "workers"},
        {"scopes": [1]},
        {"comment": None},
    ],
)
def test_an_item_of_another_form_is_refused_without_showing_it(change: dict[str, Any]) -> None:
    content = export(SecretValue("unspeakable"))
    content["secrets"][0].update(change)
    with pytest.raises(TransferError, match="secret 1 of x is not of the form") as caught:
        incoming(content, name="x")
    assert "unspeakable" not in caught.value.message


@pytest.mark.parametrize("content", [{}, {"store_id": 1, "secrets": []}, {"store_id": STORE, "secrets": {}}])
def test_another_object_is_no_export(content: dict[str, Any]) -> None:
    with pytest.raises(TransferError, match="is not an export"):
        incoming(content, name="x")


def test_a_later_version_is_told_as_such() -> None:
    with pytest.raises(TransferError, match="version"):
        incoming({**export(), "version": 2}, name="x")


@pytest.mark.parametrize("content", [[], "x", None, {"API_KEY": "x"}, {"store_id": "x", "secrets": "y"}])
def test_other_json_is_not_taken_for_an_export(content: object) -> None:
    assert not is_export(content)

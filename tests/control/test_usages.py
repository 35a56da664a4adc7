"""Where secrets are bound, as it is remembered."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from sshim.control import ControlPlane
from sshim.model import Usage
from sshim.store.draft import Draft
from sshim.store.sealed import SealedStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)
STORE = "0123456789abcdef0123456789abcdef"


def usage(binding: str, *, environment: str | None = None, config: str = "/w/a.toml", at: int = 0) -> Usage:
    return Usage(
        "shop", environment, binding, STORE, f"secret_{binding}", config, NOW + timedelta(minutes=at)
    )


def bindings(control: ControlPlane) -> set[tuple[str, str | None, str]]:
    return {(each.config_path, each.environment, each.binding) for each in control.list_usages()}


def test_a_binding_is_remembered_once_for_each_configuration_and_environment(plane: ControlPlane) -> None:
    plane.record_usages([usage("A"), usage("A", environment="staging"), usage("A", config="/w/b.toml")])
    plane.record_usages([usage("A", at=30)])
    assert bindings(plane) == {
        ("/w/a.toml", None, "A"),
        ("/w/a.toml", "staging", "A"),
        ("/w/b.toml", None, "A"),
    }
    assert plane.list_usages()[0].last_seen == NOW + timedelta(minutes=30)


def test_a_binding_that_its_configuration_does_not_have_any_more_is_forgotten(plane: ControlPlane) -> None:
    plane.record_usages(
        [usage("A"), usage("B"), usage("B", environment="staging"), usage("B", config="/w/b.toml")]
    )
    plane.record_usages([usage("A")])
    assert bindings(plane) == {
        ("/w/a.toml", None, "A"),
        ("/w/a.toml", "staging", "B"),
        ("/w/b.toml", None, "B"),
    }


def test_nothing_is_written_while_nothing_is_new(plane: ControlPlane) -> None:
    plane.record_usages([usage("A")])
    before = plane.changes()
    plane.record_usages([usage("A", at=9)])
    assert plane.changes() == before
    plane.record_usages([usage("A", at=11)])
    assert plane.changes() > before


def test_a_store_and_a_secret_of_it_can_be_asked_for(plane: ControlPlane) -> None:
    plane.record_usages([usage("A"), usage("B")])
    assert [each.binding for each in plane.list_usages(STORE, "secret_B")] == ["B"]
    assert plane.list_usages("another") == []


def test_two_that_forget_the_same_binding_at_once_do_so_once(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.record_usages([usage("A"), usage("B"), usage("C")])
    change = SealedStore.change

    def after_the_other(store: SealedStore) -> AbstractContextManager[Draft]:
        monkeypatch.setattr(SealedStore, "change", change)
        plane.record_usages([usage("A"), usage("C")])
        return change(store)

    monkeypatch.setattr(SealedStore, "change", after_the_other)
    plane.record_usages([usage("A")])
    assert bindings(plane) == {("/w/a.toml", None, "A")}

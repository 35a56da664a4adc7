"""Many secrets brought in at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.control.imports import Outcome, Wanted
from sshim.errors import (
    InvalidName,
    InvalidScope,
    LimitReached,
    PermissionDenied,
    SecretNotFound,
    ValueTooLong,
)
from sshim.model import Actor, SecretValue, new_secret
from sshim.permissions import ROLES


def wanted(name: str, value: str | None = "a-secret-value", store: str = "main", **more: object) -> Wanted:
    return Wanted(store, name, None if value is None else SecretValue(value))._replace(**more)


def steps(outcomes: list[Outcome]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.step, each.name, each.changed) for each in outcomes]


def value(plane: ControlPlane, name: str, store: str = "main") -> str:
    ((_, found),) = plane.reveal_secrets(store, purpose="test", names=[name])
    return found.reveal()


ALL = ("value", "scopes", "comment")


def test_each_is_created_updated_or_left(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret(name, "old-value", ["workers"]) for name in ("a", "b")])
    batch = [wanted("a", "old-value"), wanted("b"), wanted("c", comment="new", scopes=("ai_gateway",))]
    planned = plane.plan_import(batch)
    assert steps(planned) == [("leave", "a", ()), ("update", "b", ("value",)), ("create", "c", ALL)]
    assert value(plane, "b") == "old-value"
    assert plane.import_secrets(batch, source="test") == planned
    assert [value(plane, name) for name in "abc"] == ["old-value", "a-secret-value", "a-secret-value"]
    c = plane.find_secret("main", "c")
    assert (c.comment, c.scopes) == ("new", ("ai_gateway",))
    assert [step for step, *_ in steps(plane.plan_import(batch))] == ["leave"] * 3


def test_a_value_to_be_kept_that_was_deleted_meanwhile_changes_nothing(plane: ControlPlane) -> None:
    batch = [wanted("a"), wanted("gone", None, keep=True)]
    with pytest.raises(SecretNotFound, match="deleted meanwhile"):
        plane.import_secrets(batch, source="test")
    assert plane.list_stores() == [] or plane.list_secrets("main") == []


def test_what_is_not_said_stays_as_it_is(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret("a", "old-value", ["ai_gateway"], "kept")])
    plane.import_secrets([wanted("a")], source="test")
    a = plane.find_secret("main", "a")
    assert (a.comment, a.scopes, a.version) == ("kept", ("ai_gateway",), 2)
    plane.import_secrets([wanted("a", comment="")], source="test")
    assert plane.find_secret("main", "a").comment == ""


def test_a_secret_that_a_worker_binds_gets_the_scope_beside_its_own(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret("a", "old-value", ["ai_gateway"])])
    (outcome,) = plane.import_secrets([wanted("a", "old-value", bound=True)], source="test")
    assert outcome.changed == ("scopes",)
    a = plane.find_secret("main", "a")
    assert (a.scopes, a.version) == (("ai_gateway", "workers"), 1)
    assert value(plane, "a") == "old-value"


def test_a_kept_value_stays_and_needs_none(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret("a", "old-value", ["workers"])])
    for text in ("another-value", None):
        (outcome,) = plane.import_secrets([wanted("a", text, keep=True)], source="test")
        assert outcome.step == "leave" and value(plane, "a") == "old-value"
    assert plane.plan_import([wanted("b", keep=True)])[0].step == "create"


def test_a_store_that_is_missing_is_made_with_it(plane: ControlPlane) -> None:
    plane.import_secrets([wanted("a", store="other"), wanted("b", store="other")], source="test")
    assert {store.id for store in plane.list_stores()} == {"main", "other"}
    assert plane.get_store("other").name == "default_secrets_store"
    with pytest.raises(InvalidName):
        plane.plan_import([wanted("a", store="no/store")])


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (wanted("bad name"), InvalidName),
        (wanted("c", "x" * 65_537), ValueTooLong),
        (wanted("c", scopes=("nope",)), InvalidScope),
    ],
)
def test_one_that_cannot_be_leaves_all_others_out(
    plane: ControlPlane, bad: Wanted, error: type[Exception]
) -> None:
    for call in (plane.plan_import, lambda batch: plane.import_secrets(batch, source="test")):
        with pytest.raises(error):
            call([wanted("a"), bad])
    assert plane.list_secrets("main") == []


def test_the_limit_leaves_all_out_and_is_seen_in_the_plan(plane: ControlPlane) -> None:
    small = plane._replace(limits=Limits(secrets=2))
    batch = [wanted(name) for name in "abc"]
    with pytest.raises(LimitReached):
        small.plan_import(batch)
    with pytest.raises(LimitReached):
        small.import_secrets([*batch[:2], wanted("x", store="fresh"), batch[2]], source="test")
    assert plane.list_secrets("main") == [] and [s.id for s in plane.list_stores()] == ["main"]
    assert len(small.import_secrets(batch[:2], source="test")) == 2


@pytest.mark.parametrize("role", sorted(ROLES))
def test_planning_tells_as_little_as_writing_allows(
    plane: ControlPlane, opened: Callable[..., ControlPlane], role: str
) -> None:
    """A plan says whether a value is the one that is kept: not for those who may only read names."""
    plane.create_secrets("main", [new_secret("a", "old-value", ["workers"])])
    other = opened(Actor(role))
    if "write" in ROLES[role]:
        assert other.plan_import([wanted("a")])[0].step == "update"
        return
    for call in (other.plan_import, lambda batch: other.import_secrets(batch, source="test")):
        with pytest.raises(PermissionDenied):
            call([wanted("a")])


def test_the_audit_log_tells_the_source_and_no_value(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret("a", "old-value", ["workers"])])
    plane.import_secrets([wanted("a"), wanted("b", store="other")], source="secrets.seed.yaml")
    records = plane.audit(limit=3)
    assert [(r.action, r.resource_type) for r in records] == [
        ("create", "secret"), ("create", "store"), ("update", "secret"),
    ]  # fmt: skip
    assert records[0].metadata["source"] == records[2].metadata["source"] == "secrets.seed.yaml"
    assert records[2].metadata["value_modified"] is True
    assert "a-secret-value" not in repr(records)

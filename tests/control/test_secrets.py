"""Secrets through the one door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.errors import (
    InvalidName,
    InvalidScope,
    LimitReached,
    NameTaken,
    PermissionDenied,
    SecretNotFound,
    StoreNotFound,
    UsageError,
    ValueTooLong,
)
from sshim.model import Actor, NewSecret, SecretValue, new_secret

WORKERS = ("workers",)


def make(plane: ControlPlane, name: str, value: str = "a-secret-value", **more: str) -> str:
    return plane.create_secrets("main", [new_secret(name, value, WORKERS, **more)])[0].id


def test_a_created_secret_is_listed_without_its_value(plane: ControlPlane) -> None:
    made = plane.create_secrets(
        "main", [new_secret("API_KEY", "s3cr3t-value", ["workers", "ai_gateway"], "c")]
    )
    assert plane.list_secrets("main") == made
    assert made[0].scopes == ("ai_gateway", "workers")
    assert (made[0].status, made[0].version, made[0].comment) == ("active", 1, "c")
    assert "s3cr3t" not in repr(made)


def test_all_secrets_of_a_batch_are_made_or_none(plane: ControlPlane) -> None:
    make(plane, "TAKEN")
    batch = [new_secret(name, "x-value", WORKERS) for name in ("FRESH", "TAKEN")]
    with pytest.raises(NameTaken) as caught:
        plane.create_secrets("main", batch)
    assert caught.value.hint == "sshim secret update main --name TAKEN"
    assert [s.name for s in plane.list_secrets("main")] == ["TAKEN"]


def test_a_name_may_stand_once_in_a_batch_and_once_in_each_store(plane: ControlPlane) -> None:
    twice = [new_secret("TWICE", "x", WORKERS)] * 2
    with pytest.raises(NameTaken):
        plane.create_secrets("main", twice)
    plane.create_store("other", store_id="other")
    make(plane, "SAME")
    plane.create_secrets("other", [new_secret("SAME", "x", WORKERS)])
    assert plane.quota() == (100, 2)


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewSecret("with space", SecretValue("v"), WORKERS), InvalidName),
        (NewSecret("", SecretValue("v"), WORKERS), InvalidName),
        (NewSecret("N", SecretValue("v"), ()), InvalidScope),
        (NewSecret("N", SecretValue("v"), ("worker",)), InvalidScope),
        (NewSecret("N", SecretValue("v" * 65_537), WORKERS), ValueTooLong),
    ],
)
def test_what_the_models_rules_refuse_is_refused_here_too(
    plane: ControlPlane, new: NewSecret, error: type[Exception]
) -> None:
    with pytest.raises(error):
        plane.create_secrets("main", [new])
    assert plane.list_secrets("main") == []


def test_the_accounts_limit_counts_all_stores(plane: ControlPlane) -> None:
    small = plane._replace(limits=Limits(secrets=2))
    plane.create_store("other", store_id="other")
    make(small, "ONE")
    small.create_secrets("other", [new_secret("TWO", "x", WORKERS)])
    with pytest.raises(LimitReached) as caught:
        make(small, "THREE")
    assert caught.value.slug == "maximum_secrets_exceeded"


def test_lists_search_name_and_comment_and_need_all_scopes(plane: ControlPlane) -> None:
    plane.create_secrets(
        "main",
        [
            new_secret("OPENAI", "x", ["workers", "ai_gateway"], "billing"),
            new_secret("stripe", "x", ["workers"], "the OpenAI of payments"),
            new_secret("db", "x", ["workers"]),
        ],
    )
    names = [s.name for s in plane.list_secrets("main", search="openai", direction="desc")]
    assert names == ["stripe", "OPENAI"]
    assert [s.name for s in plane.list_secrets("main", scopes=["workers", "ai_gateway"])] == ["OPENAI"]
    with pytest.raises(UsageError):
        plane.list_secrets("main", order="value")


def test_a_new_value_is_a_new_version_and_other_edits_are_not(plane: ControlPlane) -> None:
    secret_id = make(plane, "KEY")
    edited = plane.update_secret("main", secret_id, scopes=["dex"], comment="edited")
    assert (edited.version, edited.scopes, edited.comment) == (1, ("dex",), "edited")
    changed = plane.update_secret("main", secret_id, value=SecretValue("another-value"))
    assert (changed.version, changed.scopes, changed.name) == (2, ("dex",), "KEY")
    assert plane.get_secret("main", secret_id) == changed


def test_a_name_that_is_not_there_says_what_is_near(plane: ControlPlane) -> None:
    make(plane, "API_KEY")
    with pytest.raises(SecretNotFound) as caught:
        plane.find_secret("main", "api-key")
    assert caught.value.near == ("API_KEY",)


def test_a_store_is_checked_before_the_secret(plane: ControlPlane) -> None:
    with pytest.raises(StoreNotFound):
        plane.get_secret("nowhere", "x")
    with pytest.raises(SecretNotFound):
        plane.get_secret("main", "x")


def test_a_secret_of_one_store_is_not_reached_through_another(plane: ControlPlane) -> None:
    plane.create_store("other", store_id="other")
    secret_id = make(plane, "KEY")
    for call in (plane.get_secret, plane.delete_secret, plane.update_secret):
        with pytest.raises(SecretNotFound):
            call("other", secret_id)


def test_many_are_deleted_together_or_not_at_all(plane: ControlPlane) -> None:
    ids = [make(plane, name) for name in ("A", "B")]
    with pytest.raises(SecretNotFound):
        plane.delete_secrets("main", [*ids, "0" * 32])
    assert len(plane.list_secrets("main")) == 2
    plane.delete_secrets("main", ids)
    assert plane.list_secrets("main") == []


async def test_a_duplicate_has_the_value_under_a_new_name(plane: ControlPlane) -> None:
    secret_id = make(plane, "KEY", "the-value-itself")
    copy = plane.duplicate_secret("main", secret_id, name="COPY", scopes=WORKERS, comment="two")
    reader = plane.reader(worker="w", environment=None)
    assert (await reader.read("main", "COPY", "workers")).reveal() == "the-value-itself"
    assert copy.id != secret_id
    [record] = plane.audit(action="create", resource_id=copy.id)
    assert record.metadata["duplicated_from_id"] == secret_id
    reader.close()


def test_another_opening_of_the_store_sees_every_change(opened: Callable[..., ControlPlane]) -> None:
    one, two = opened(), opened()
    one.create_store("main", store_id="main")
    secret_id = make(one, "KEY")
    assert two.get_secret("main", secret_id).name == "KEY"
    two.delete_secret("main", secret_id)
    assert one.list_secrets("main") == []


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("deployer", False), ("reporter", False)])
def test_only_roles_that_may_write_do(opened: Callable[..., ControlPlane], role: str, may: bool) -> None:
    opened().create_store("main", store_id="main")
    limited = opened(Actor(role))
    if may:
        assert make(limited, "KEY")
        return
    with pytest.raises(PermissionDenied):
        make(limited, "KEY")
    assert limited.list_secrets("main") == []
    [refused] = limited.audit(result=False)
    assert (refused.action, refused.actor.role, refused.metadata["error"]) == (
        "create",
        role,
        "permission_denied",
    )

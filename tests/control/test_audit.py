"""Every change has its record, every refusal too, and neither is there without the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sshim.control import ControlPlane
from sshim.control.desk import REFUSALS_PER_MINUTE
from sshim.errors import PermissionDenied, SecretNotFound, SshimError, StoreFull
from sshim.model import Actor, AuditEvent, SecretValue, new_secret
from sshim.store.disk import Disk
from sshim.store.open import StoreOptions, open_store
from tests.control.conftest import SUPER, Clock

VALUE = "a value that no record holds"


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    plane.create_secrets("main", [new_secret("KEY", VALUE, ("workers",), "a comment")])
    return plane


def key(plane: ControlPlane) -> str:
    return plane.find_secret("main", "KEY").id


def events(plane: ControlPlane, **filters: Any) -> list[AuditEvent]:
    return plane.audit(direction="asc", **filters)


def last(plane: ControlPlane) -> AuditEvent:
    return events(plane)[-1]


def test_creating_says_which_name_and_scopes(plane: ControlPlane) -> None:
    event = last(plane)
    assert (event.action, event.resource_type, event.resource_id) == ("create", "secret", key(plane))
    assert event.metadata == {"store_id": "main", "name": "KEY", "scopes": ["workers"]}
    assert (event.result, event.actor) == (True, SUPER)


def test_a_duplicate_says_of_which_secret(plane: ControlPlane) -> None:
    copy = plane.duplicate_secret("main", key(plane), name="COPY", scopes=["workers"])
    assert last(plane).resource_id == copy.id
    assert last(plane).metadata["duplicated_from_id"] == key(plane)


@pytest.mark.parametrize(("change", "said"), [
    ({"value": SecretValue("another value")}, {"value_modified": True}),
    ({"comment": "another comment"}, {"value_modified": False, "comment_modified": True}),
    ({"scopes": ["workers", "dex"]}, {"value_modified": False, "scopes": ["dex", "workers"]}),
    ({}, {"value_modified": False}),
])  # fmt: skip
def test_updating_says_what_was_modified(
    plane: ControlPlane, change: dict[str, Any], said: dict[str, object]
) -> None:
    plane.update_secret("main", key(plane), **change)
    metadata = {**last(plane).metadata}
    if "scopes" in metadata:
        metadata["scopes"] = sorted(metadata["scopes"])
    assert metadata == {"store_id": "main", "name": "KEY", **said}


def test_deleting_says_what_is_gone(plane: ControlPlane) -> None:
    secret_id = key(plane)
    plane.delete_secret("main", secret_id)
    event = last(plane)
    assert (event.action, event.resource_id) == ("delete", secret_id)
    assert event.metadata == {"store_id": "main", "name": "KEY"}


def test_no_record_holds_a_value_or_a_part_of_one(plane: ControlPlane) -> None:
    plane.update_secret("main", key(plane), value=SecretValue(VALUE[::-1]))
    plane.duplicate_secret("main", key(plane), name="COPY", scopes=["workers"])
    _, token = plane.create_token(role="admin")
    text = repr(events(plane))
    assert not any(part in text for part in (VALUE[:12], VALUE[::-1][:12], token.reveal()[8:20]))


def _create(plane: ControlPlane) -> object:
    return plane.create_secrets("main", [new_secret("KEY", VALUE, ("workers",))])


REFUSED: dict[str, tuple[Callable[[ControlPlane], object], str, str, str]] = {
    "a taken name": (_create, "create", "secret", "name_taken"),
    "a store that is not there": (
        lambda p: p.create_secrets("none", [new_secret("K", VALUE, ("workers",))]),
        "create",
        "secret",
        "store_not_found",
    ),
    "a secret that is not there": (
        lambda p: p.update_secret("main", "ab" * 16, value=SecretValue(VALUE)),
        "update",
        "secret",
        "secret_not_found",
    ),
    "deleting what is not there": (
        lambda p: p.delete_secret("main", "ab" * 16),
        "delete",
        "secret",
        "secret_not_found",
    ),
    "a store that is not empty": (lambda p: p.delete_store("main"), "delete", "store", "store_not_empty"),
    "a token that is not there": (lambda p: p.revoke_token("ab" * 16), "delete", "token", "token_not_found"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_call_is_recorded_with_its_reason(plane: ControlPlane, what: str) -> None:
    call, action, resource_type, code = REFUSED[what]
    before = len(events(plane))
    with pytest.raises(SshimError):
        call(plane)
    [event] = events(plane)[before:]
    assert (event.action, event.resource_type, event.result) == (action, resource_type, False)
    assert event.metadata["error"] == code and VALUE not in repr(event)


@pytest.mark.parametrize("call", [
    lambda p: p.list_secrets("main"), lambda p: p.get_secret("main", "x"), lambda p: p.list_stores(),
    _create, lambda p: p.delete_store("main"), lambda p: p.create_token(role="admin"), lambda p: p.audit(),
])  # fmt: skip
def test_a_call_that_the_role_does_not_allow_is_recorded_and_does_nothing(
    plane: ControlPlane, call: Callable[[ControlPlane], object]
) -> None:
    stranger = plane.acting_as(Actor("nobody", id="stranger", interface="test"))
    before = len(events(plane))
    with pytest.raises(PermissionDenied):
        call(stranger)
    [event] = events(plane)[before:]
    assert (event.result, event.actor.id, event.metadata["error"]) == (False, "stranger", "permission_denied")
    assert [secret.name for secret in plane.list_secrets("main")] == ["KEY"]


def test_of_very_many_refusals_some_are_recorded_and_the_rest_counted(
    plane: ControlPlane, clock: Clock
) -> None:
    def refused() -> None:
        with pytest.raises(SecretNotFound):
            plane.delete_secret("main", "ab" * 16)

    for _ in range(REFUSALS_PER_MINUTE + 25):
        refused()
    assert len(events(plane, result=False)) == REFUSALS_PER_MINUTE
    clock.move(minutes=1)
    refused()
    refused()
    counts = [event.metadata.get("refused_before") for event in events(plane, result=False)]
    assert counts == [None] * REFUSALS_PER_MINUTE + [25, None]


def test_a_refusal_makes_no_store_where_there_is_none(options: StoreOptions) -> None:
    nowhere = ControlPlane(open_store(options._replace(create=False)), actor=SUPER)
    with pytest.raises(SshimError):
        nowhere.delete_store("main")
    assert not options.path.exists()


class Stopping(Disk):
    """Breaks a commit off before or after it counts."""

    at = ""

    def point(self, name: str) -> None:
        if name == self.at:
            raise StoreFull("here", "no space left")


@pytest.mark.parametrize(("at", "there"), [("commit.before", False), ("commit.after", True)])
def test_a_change_and_its_record_are_there_together_or_not_at_all(
    options: StoreOptions, plane: ControlPlane, at: str, there: bool
) -> None:
    disk = Stopping()
    broken = ControlPlane(open_store(options._replace(disk=disk)), actor=SUPER)
    before = len(events(plane))
    disk.at = at
    with pytest.raises(StoreFull):
        broken.create_secrets("main", [new_secret("NEW", VALUE, ("workers",))])
    disk.at = ""
    assert ("NEW" in [secret.name for secret in plane.list_secrets("main")]) == there
    assert len(events(plane)) == before + there
    broken.close()


def test_records_are_chosen_by_every_filter(plane: ControlPlane, clock: Clock) -> None:
    clock.move(hours=1)
    noon = clock()
    plane.acting_as(SUPER._replace(id="somebody", email="some@body.example")).create_gateway("edge")
    with pytest.raises(SshimError):
        plane.delete_store("main")
    assert len(events(plane)) == 4
    for filters, count in (
        ({"action": "create"}, 3), ({"resource_type": "gateway"}, 1), ({"resource_id": "edge"}, 1),
        ({"actor": "somebody"}, 1), ({"actor": "some@body.example"}, 1), ({"result": False}, 1),
        ({"since": noon}, 2), ({"before": noon}, 2), ({"since": noon, "before": noon}, 0), ({"limit": 3}, 3),
        ({"action": "create", "result": False}, 0), ({"limit": 0}, 0),
    ):  # fmt: skip
        assert len(events(plane, **filters)) == count, filters  # type: ignore[arg-type]
    assert [event.seq for event in plane.audit(limit=2)] == [4, 3]
    assert [event.seq for event in events(plane, limit=2)] == [1, 2]

"""Values handed out for an export."""

from __future__ import annotations

import pytest

from sshim.control import ControlPlane
from sshim.errors import PermissionDenied, SecretNotFound, StoreNotFound
from sshim.model import Actor, new_secret


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    """The account with three secrets in two stores."""
    plane.create_secrets("main", [new_secret(name, f"value-of-{name}", ["workers"]) for name in ("B", "A")])
    plane.create_store("other", store_id="other")
    plane.create_secrets("other", [new_secret("A", "of-another-store", ["workers"])])
    return plane


def test_the_secrets_of_one_store_come_by_name_each_with_its_record(plane: ControlPlane) -> None:
    found = plane.reveal_secrets("main", purpose="export")
    assert [(secret.name, value.reveal()) for secret, value in found] == [
        ("A", "value-of-A"),
        ("B", "value-of-B"),
    ]
    records = plane.audit(action="access", resource_type="secret", direction="asc")
    assert [(each.metadata["name"], each.metadata["purpose"], each.result) for each in records] == [
        ("A", "export", True),
        ("B", "export", True),
    ]


def test_names_choose_and_one_that_is_not_there_reveals_none(plane: ControlPlane) -> None:
    assert [secret.name for secret, _ in plane.reveal_secrets("main", purpose="run", names=["B"])] == ["B"]
    seen = len(plane.audit(action="access", result=True))
    with pytest.raises(SecretNotFound):
        plane.reveal_secrets("main", purpose="run", names=["A", "NONE"])
    with pytest.raises(StoreNotFound):
        plane.reveal_secrets("none", purpose="run")
    assert len(plane.audit(action="access", result=True)) == seen


@pytest.mark.parametrize("role", ["admin", "deployer", "reporter", "read"])
def test_only_who_may_change_and_bind_is_handed_values(plane: ControlPlane, role: str) -> None:
    with pytest.raises(PermissionDenied):
        plane.acting_as(Actor(role, interface="test")).reveal_secrets("main", purpose="export")

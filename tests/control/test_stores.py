"""Stores through the one door."""

from __future__ import annotations

import pytest

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.control.stores import free_name
from sshim.errors import InvalidName, LimitReached, NameTaken, StoreNotEmpty, StoreNotFound
from sshim.model import new_secret


def test_a_store_has_an_id_of_its_own_or_the_one_that_is_asked_for(plane: ControlPlane) -> None:
    limited = plane._replace(limits=Limits(stores=2))
    made = limited.create_store("second")
    assert len(made.id) == 32 and made.account_id == plane.account_id
    assert plane.get_store(made.id) == made
    assert [store.name for store in plane.list_stores()] == ["main", "second"]


@pytest.mark.parametrize("store_id", ["", "with space", "a/b", "x" * 129])
def test_an_id_that_no_path_could_name_is_refused(plane: ControlPlane, store_id: str) -> None:
    with pytest.raises(InvalidName) as caught:
        plane.create_store("second", store_id=store_id)
    assert caught.value.slug == "store_id_invalid"


def test_the_limit_holds_for_stores_without_an_id_that_a_configuration_names(plane: ControlPlane) -> None:
    with pytest.raises(LimitReached) as caught:
        plane.create_store("second")
    assert caught.value.slug == "maximum_stores_exceeded"
    plane.create_store("second", store_id="second")
    assert len(plane.list_stores()) == 2


def test_a_name_is_taken_once_but_where_an_id_tells_them_apart(plane: ControlPlane) -> None:
    with pytest.raises(NameTaken):
        plane._replace(limits=Limits(stores=5)).create_store("main")
    with pytest.raises(NameTaken):
        plane.create_store("another", store_id="main")
    assert plane.create_store("main", store_id="other").name == "main"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("store", ["other"]) == "store"
    assert free_name("store", ["store", "store_2", "store_4"]) == "store_3"


def test_a_store_with_secrets_is_deleted_by_force_and_each_secret_recorded(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret(name, "a-value", ["workers"]) for name in ("ONE", "TWO")])
    plane.create_store("other", store_id="other")
    plane.create_secrets("other", [new_secret("KEPT", "a-value", ["workers"])])
    with pytest.raises(StoreNotEmpty) as caught:
        plane.delete_store("main")
    assert caught.value.count == 2
    plane.delete_store("main", force=True)
    with pytest.raises(StoreNotFound):
        plane.get_store("main")
    assert [secret.name for secret in plane.list_secrets("other")] == ["KEPT"]
    deleted = plane.audit(action="delete", result=True)
    assert [each.resource_type for each in deleted] == ["store", "secret", "secret"]
    assert {each.metadata["name"] for each in deleted[1:]} == {"ONE", "TWO"}


def test_a_gateway_outlives_the_store_of_its_keys(plane: ControlPlane) -> None:
    plane.create_store("other", store_id="other")
    plane.create_gateway("gate", store_id="other", settings={"cache_ttl": 5})
    plane.delete_store("other")
    left = plane.get_gateway("gate")
    assert (left.store_id, left.settings) == (None, {"cache_ttl": 5})


def test_the_quota_is_the_limit_and_what_is_used_of_it(plane: ControlPlane) -> None:
    plane.create_secrets("main", [new_secret("ONE", "a-value", ["workers"])])
    assert plane.quota() == (100, 1)

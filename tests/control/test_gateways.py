"""AI Gateways and the keys of their providers, through the one door."""

from __future__ import annotations

import pytest

from sshim.control import ControlPlane
from sshim.errors import (
    GatewayNotFound,
    InvalidName,
    InvalidValue,
    NameTaken,
    PermissionDenied,
    ProviderKeyNotFound,
    SecretNotFound,
    StoreNotFound,
)
from sshim.model import Actor, SecretValue, new_secret
from tests.control.conftest import Clock

KEY = SecretValue("sk-the-first-key")


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    """The account with the gateway `gate`, whose keys go to the only store."""
    plane.create_gateway("gate")
    return plane


def names(plane: ControlPlane, store_id: str = "main") -> list[str]:
    return [secret.name for secret in plane.list_secrets(store_id)]


@pytest.mark.parametrize("gateway_id", ["", "Upper", "two--dashes", "-a", "a-", "a b", "x" * 65])
def test_an_id_that_is_none_is_refused(plane: ControlPlane, gateway_id: str) -> None:
    with pytest.raises(InvalidName) as caught:
        plane.create_gateway(gateway_id)
    assert caught.value.slug == "gateway_id_invalid"


def test_an_update_changes_what_is_given_and_no_more(plane: ControlPlane, clock: Clock) -> None:
    made = plane.create_gateway("other", store_id="main", settings={"cache_ttl": 1})
    clock.move(seconds=1)
    assert plane.update_gateway("other") == made._replace(modified=clock())
    changed = plane.update_gateway("other", settings={"zdr": True})
    assert (changed.store_id, changed.settings) == ("main", {"zdr": True})
    with pytest.raises(StoreNotFound):
        plane.update_gateway("other", store_id="none")
    with pytest.raises(NameTaken):
        plane.create_gateway("other")
    assert [gateway.id for gateway in plane.list_gateways()] == ["gate", "other"]


def test_deleting_one_takes_its_records_and_leaves_the_secrets(plane: ControlPlane) -> None:
    plane.create_provider_key("gate", "openai", value=KEY)
    plane.delete_gateway("gate")
    with pytest.raises(GatewayNotFound):
        plane.list_provider_keys("gate")
    assert names(plane) == ["gate_openai_default"]
    plane.create_gateway("gate")
    assert plane.list_provider_keys("gate") == []


def test_a_key_is_a_secret_of_the_name_and_scope_that_bind_it(plane: ControlPlane) -> None:
    key = plane.create_provider_key("gate", "custom-mine", "second", value=KEY)
    secret = plane.get_secret("main", key.secret_id or "")
    assert (secret.name, secret.scopes) == ("gate_mine_second", ("ai_gateway",))
    with pytest.raises(NameTaken):
        plane.create_provider_key("gate", "mine", "second", value=KEY)


def test_a_secret_of_that_name_gets_the_key_and_the_scope_beside_its_own(plane: ControlPlane) -> None:
    before = plane.create_secrets("main", [new_secret("gate_openai_default", "old-value", ["workers"])])[0]
    key = plane.create_provider_key("gate", "openai", value=KEY)
    after = plane.get_secret("main", before.id)
    assert key.secret_id == before.id
    assert (after.version, after.scopes) == (2, ("ai_gateway", "workers"))
    assert plane.reader(worker=None, environment=None).read_now("main", after.name, "workers") == KEY


def test_a_key_goes_to_the_gateway_s_store_or_the_oldest(plane: ControlPlane, clock: Clock) -> None:
    clock.move(seconds=1)
    plane.create_store("a-younger-one", store_id="a")
    plane.create_gateway("own", store_id="a")
    for gateway in ("gate", "own"):
        plane.create_provider_key(gateway, "openai", value=KEY)
    assert (names(plane), names(plane, "a")) == (["gate_openai_default"], ["own_openai_default"])
    assert plane.key_place("gate", "openai", "x")[:2] == ("main", "gate_openai_x")
    plane.delete_store("main", force=True)
    plane.delete_store("a", force=True)
    with pytest.raises(StoreNotFound) as caught:
        plane.create_provider_key("gate", "openai", "second", value=KEY)
    assert caught.value.hint == "sshim store create default_secrets_store"
    assert plane.key_place("gate", "openai", "x").store_id == ""


def test_a_secret_that_is_there_can_be_linked_and_one_that_is_not_cannot(plane: ControlPlane) -> None:
    secret = plane.create_secrets("main", [new_secret("MINE", "a-value", ["ai_gateway"])])[0]
    assert plane.create_provider_key("gate", "openai", secret_id=secret.id).secret_id == secret.id
    with pytest.raises(SecretNotFound):
        plane.create_provider_key("gate", "anthropic", secret_id="0" * 32)


def test_a_new_value_is_the_same_secret_s(plane: ControlPlane) -> None:
    key = plane.create_provider_key("gate", "openai", value=KEY, settings={"rate_limit": 1})
    changed = plane.update_provider_key("gate", key.id, value=SecretValue("sk-the-second"))
    assert changed == key
    assert plane.get_secret("main", key.secret_id or "").version == 2
    assert plane.update_provider_key("gate", key.id, settings={}).settings == {}
    with pytest.raises(ProviderKeyNotFound):
        plane.update_provider_key("gate", "0" * 32, settings={})


@pytest.mark.parametrize("keep", [True, False])
def test_deleting_a_key_takes_the_secret_of_its_name_unless_it_is_to_be_kept(
    plane: ControlPlane, keep: bool
) -> None:
    other = plane.create_secrets("main", [new_secret("MINE", "a-value", ["ai_gateway"])])[0]
    linked = plane.create_provider_key("gate", "anthropic", secret_id=other.id)
    stored = plane.create_provider_key("gate", "openai", value=KEY)
    for key in (linked, stored):
        plane.delete_provider_key("gate", key.id, keep_secret=keep)
    assert names(plane) == (["MINE", "gate_openai_default"] if keep else ["MINE"])
    assert plane.list_provider_keys("gate") == []


@pytest.mark.parametrize(
    ("text", "why"), [("sk-key\n", "ends with a newline"), ("sk-\u00e9", "no header"), ("a\tb", "no header")]
)
def test_a_key_that_no_header_can_carry_is_refused(plane: ControlPlane, text: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why) as caught:
        plane.create_provider_key("gate", "openai", value=SecretValue(text))
    assert text.strip() not in str(caught.value) and names(plane) == []


def test_a_deployer_links_secrets_and_writes_none(plane: ControlPlane) -> None:
    secret = plane.create_secrets("main", [new_secret("MINE", "a-value", ["ai_gateway"])])[0]
    deployer = plane.acting_as(Actor("deployer", interface="test"))
    deployer.create_gateway("theirs")
    key = deployer.create_provider_key("theirs", "openai", secret_id=secret.id)
    with pytest.raises(PermissionDenied):
        deployer.create_provider_key("theirs", "openai", "second", value=KEY)
    with pytest.raises(PermissionDenied):
        deployer.delete_provider_key("theirs", key.id)
    with pytest.raises(PermissionDenied):
        plane.acting_as(Actor("admin", interface="test")).create_gateway("nobody-s")

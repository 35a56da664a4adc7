"""Provider keys looked up: which aliases there are, and how each key fares."""

from __future__ import annotations

import pytest

from sshim.control import ControlPlane
from sshim.errors import GatewayNotFound, ProviderKeyNotFound
from sshim.model import SecretValue, new_secret

LONG = SecretValue("sk-" + "0123456789" * 3)


@pytest.fixture
def plane(plane: ControlPlane) -> ControlPlane:
    """The account with the gateway `gate` and a long key of OpenAI."""
    plane.create_gateway("gate")
    plane.create_provider_key("gate", "openai", value=LONG)
    return plane


def test_the_place_of_a_key_is_told_whether_it_is_there_or_not(plane: ControlPlane) -> None:
    assert plane.key_place("gate", "openai", "default") == ("main", "gate_openai_default", True)
    assert plane.key_place("gate", "custom-mine", "x") == ("main", "gate_mine_x", False)
    with pytest.raises(GatewayNotFound):
        plane.key_place("none", "openai", "default")


def test_an_alias_counts_where_a_request_would_get_a_key(plane: ControlPlane) -> None:
    plane.create_store("other", store_id="other")
    for store, name, scope in (
        ("main", "gate_openai_by_hand", "ai_gateway"),
        ("main", "gate_openai_of_workers", "workers"),
        ("other", "gate_openai_elsewhere", "ai_gateway"),
        ("main", "gate_anthropic_default", "ai_gateway"),
    ):
        plane.create_secrets(store, [new_secret(name, "a-value", [scope])])
    assert plane.key_aliases("gate", "openai") == ["by_hand", "default"]


def test_a_key_is_found_by_provider_and_alias(plane: ControlPlane) -> None:
    assert [plane.find_provider_key("gate", "openai", "default")] == plane.list_provider_keys("gate")
    with pytest.raises(ProviderKeyNotFound):
        plane.find_provider_key("gate", "openai", "second")


def test_of_a_long_key_four_characters_are_shown_and_of_a_short_one_none(plane: ControlPlane) -> None:
    plane.create_provider_key("gate", "openai", "short", value=SecretValue("x" * 19))
    states = plane.provider_key_states(plane.list_provider_keys("gate"))
    assert [(state.preview, state.active) for state in states] == [("*" * 8 + "6789", True), ("*" * 8, True)]


def test_a_key_fares_badly_without_its_secret_or_its_scope(plane: ControlPlane) -> None:
    key = plane.find_provider_key("gate", "openai", "default")
    plane.update_secret("main", key.secret_id or "", scopes=["workers"])
    assert not plane.provider_key_states([key])[0].active
    plane.delete_secret("main", key.secret_id or "")
    assert plane.provider_key_states([key])[0][1:] == ("", False, None)


def test_the_last_use_is_the_newest_in_the_audit_log(plane: ControlPlane) -> None:
    keys = plane.list_provider_keys("gate")
    assert plane.provider_key_states(keys)[0].last_used is None
    reader = plane.reader(worker=None, environment=None, strict=True)
    reader.read_now("main", "gate_openai_default", "ai_gateway")
    used = plane.audit(action="access", resource_type="secret")[0].when
    assert plane.provider_key_states(keys)[0].last_used == used
    assert plane.provider_key_states(keys, used=False)[0].last_used is None

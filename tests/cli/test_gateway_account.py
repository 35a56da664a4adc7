"""The account as a gateway sees it, over a real store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sshim.cli.gateway_account import ACTOR, ControlAccount, settings_of
from sshim.control import ControlPlane
from sshim.errors import GatewayNotFound, PermissionDenied
from sshim.gateway.account import GatewaySettings
from sshim.model import Gateway, SecretValue, new_secret
from sshim.permissions import ROLES, TOKEN_PERMISSIONS
from sshim.redaction import Redactor
from tests.control.conftest import clock as clock
from tests.control.conftest import opened as opened
from tests.control.conftest import options as options
from tests.control.conftest import plane as plane

KEY = SecretValue("sk-first-key-0123456789")


def account_over(plane: ControlPlane, role: str = "super-administrator") -> ControlAccount:
    async def run(call: Callable[[ControlPlane], Any]) -> Any:
        return call(plane)

    return ControlAccount(run, None, actor=ACTOR._replace(role=role))


@pytest.mark.parametrize("role", [*ROLES, *TOKEN_PERMISSIONS])
async def test_a_token_is_good_for_the_gateway_if_its_role_may_link_secrets(
    plane: ControlPlane, role: str
) -> None:
    token = plane.create_token(role=role)[1].reveal()
    assert await account_over(plane).may_run(token) == (role in ("super-administrator", "deployer", "edit"))
    assert not await account_over(plane).may_run("x" * 40)


async def test_a_key_that_is_read_is_masked_in_the_log_from_then_on(plane: ControlPlane) -> None:
    async def run(call: Callable[[ControlPlane], Any]) -> Any:
        return call(plane)

    redactor = Redactor()
    account = ControlAccount(run, None, redactor)
    plane.create_gateway("edge")
    plane.create_provider_key("edge", "openai", value=KEY)
    await account.key("edge", "openai", "default")
    await account.close()
    assert redactor.redact(f"it said {KEY.reveal()}") == "it said ***"


async def test_default_is_made_where_that_is_allowed_and_no_other(plane: ControlPlane) -> None:
    account = account_over(plane)
    assert await account.gateway("default", make_default=False) is None
    assert await account.gateway("other", make_default=True) is None
    assert await account.gateway("default", make_default=True) == GatewaySettings("default")
    assert [each.id for each in plane.list_gateways()] == ["default"]


async def test_a_key_is_its_secret_and_dangles_without_one(plane: ControlPlane) -> None:
    account = account_over(plane)
    plane.create_gateway("edge")
    assert await account.key("edge", "openai", "default") is None
    kept = plane.create_provider_key("edge", "openai", value=KEY)
    found = await account.key("edge", "openai", "default")
    assert found is not None and found.value == KEY
    (event,) = plane.audit(action="access", result=True)
    assert (event.actor.interface, event.metadata["binding"]) == ("gateway", "openai/default")
    (store,) = plane.list_stores()
    plane.delete_secret(store.id, kept.secret_id or "")
    dangling = await account.key("edge", "openai", "default")
    assert dangling is not None and dangling.value is None
    # without any record the name alone binds
    plane.create_secrets(store.id, [new_secret("edge_groq_team", "sk-other", ("ai_gateway",))])
    bare = await account.key("edge", "groq", "team")
    assert bare is not None and bare.value == SecretValue("sk-other")
    assert await account.aliases("edge", "groq") == ["team"]
    with pytest.raises(GatewayNotFound):
        await account.key("nowhere", "openai", "default")
    await account.close()


async def test_a_role_that_may_not_link_secrets_reads_no_key(plane: ControlPlane) -> None:
    plane.create_gateway("edge")
    plane.create_provider_key("edge", "openai", value=KEY)
    account = account_over(plane, "admin")
    with pytest.raises(PermissionDenied):
        await account.key("edge", "openai", "default")
    await account.close()


async def test_a_refusal_is_in_the_audit_log_as_nobody_s(plane: ControlPlane) -> None:
    account = account_over(plane)
    assert "no token" in await account.refused("edge", "openai", 401, 2009, "")
    assert "not one of this store" in await account.refused("edge", "openai", 401, 2009, "x" * 40)
    for event in plane.audit(result=False):
        assert (event.actor.role, event.actor.interface, event.resource_id) == ("none", "gateway", "edge")


async def test_a_refusal_of_a_good_token_is_its_holder_s_and_names_the_role(plane: ControlPlane) -> None:
    token, text = plane.create_token(role="admin")
    why = await account_over(plane).refused("edge", "openai", 401, 2009, text.reveal())
    assert why == "a token of the role admin may not use it"
    (event,) = plane.audit(result=False)
    assert (event.actor.id, event.actor.role, event.actor.interface) == (token.id, "admin", "gateway")


def test_settings_of_odd_kinds_are_as_if_not_given() -> None:
    now = datetime.now(UTC)

    def settings(**given: object) -> GatewaySettings:
        return settings_of(Gateway("edge", None, given, now, now))

    assert settings() == GatewaySettings("edge")
    odd = {"authentication": "no", "retry_max_attempts": "3", "retry_delay": -1, "retry_backoff": None}
    assert settings(**odd) == GatewaySettings("edge")
    rates = {"rate_limiting_limit": 5, "rate_limiting_interval": 60, "rate_limiting_technique": "sliding"}
    assert settings(**rates) == GatewaySettings("edge", rate_limit=5, rate_interval=60, rate_sliding=True)
    none = {"rate_limiting_limit": None, "rate_limiting_interval": 0, "rate_limiting_technique": None}
    assert settings(**none) == GatewaySettings("edge")
    good = {"authentication": False, "retry_max_attempts": 3, "retry_delay": 10, "retry_backoff": "linear"}
    assert settings(**good) == GatewaySettings("edge", False, 3, 10, "linear")

"""Operations on AI Gateways. What a gateway here does nothing about is kept and shown all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.api.fields import Field, checked, wrong_field
from sshim.api.query import Page
from sshim.api.routes import ID
from sshim.control.gateway_results import gateway_result
from sshim.errors import GatewayNotFound, InvalidName, RequestRefused
from sshim.model import Gateway

if TYPE_CHECKING:
    from sshim.control import ControlPlane

_NUMBER = Field(int, nullable=True, least=0)
_SETTINGS = {
    "cache_invalidate_on_update": Field(bool, required=True),
    "cache_ttl": _NUMBER._replace(required=True),
    "collect_logs": Field(bool, required=True),
    "rate_limiting_interval": _NUMBER._replace(required=True),
    "rate_limiting_limit": _NUMBER._replace(required=True),
    "authentication": Field(bool),
    "byok_only": Field(bool),
    "dlp": Field(dict),
    "guardrails": Field(dict, nullable=True),
    "log_classification": Field(bool),
    "log_management": Field(int, nullable=True, least=10_000, most=10_000_000),
    "log_management_strategy": Field(str, nullable=True, words=("STOP_INSERTING", "DELETE_OLDEST")),
    "logpush": Field(bool),
    "logpush_public_key": Field(str, nullable=True),
    "otel": Field(list, nullable=True),
    "rate_limiting_technique": Field(str, nullable=True, words=("fixed", "sliding")),
    "retry_backoff": Field(str, nullable=True, words=("constant", "linear", "exponential")),
    "retry_delay": Field(int, nullable=True, least=0, most=60_000),
    "retry_max_attempts": Field(int, nullable=True, least=1, most=5),
    "spend_limits": Field(dict, nullable=True),
    "store_id": Field(str, nullable=True),
    "stripe": Field(dict, nullable=True),
    "workers_ai_billing_mode": Field(str, words=("postpaid", "unified")),
    "zdr": Field(bool),
}
_NEW = {"id": Field(str, required=True), **_SETTINGS}
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CREDENTIALS = ("otel", "stripe")
"""Settings that hold credentials of other services; they would lie in the store in plain text."""


async def list_gateways(call: Call) -> Reply:
    """A page of the gateways, those whose id holds `search`."""
    page, search = Page.of(call.query), (call.query.one("search") or "").lower()
    everything = await call.run(lambda control: control.list_gateways())
    found = [gateway for gateway in everything if search in gateway.id]
    shown, info = page.cut(found, gateway_result, total=len(everything))
    return Reply(shown, info=info)


async def create_gateway(call: Call) -> Reply:
    """A new gateway."""
    settings = _settings(checked(await call.json(), _NEW))
    gateway_id, store_id = settings.pop("id"), settings.pop("store_id", None)
    try:
        made = await call.run(
            lambda control: control.create_gateway(gateway_id, store_id=store_id, settings=settings)
        )
    except InvalidName:
        raise wrong_field("id", "Expected lower-case letters, digits, _ and - between them") from None
    return Reply(gateway_result(made))


async def get_gateway(call: Call) -> Reply:
    """One gateway."""
    gateway_id = gateway_id_of(call)
    return Reply(gateway_result(await call.run(lambda control: control.get_gateway(gateway_id))))


async def update_gateway(call: Call) -> Reply:
    """Put other settings in place of the present ones; without a store it keeps the one it has."""
    gateway_id = gateway_id_of(call)
    settings = _settings(checked(await call.json(), _SETTINGS))
    store_id = settings.pop("store_id", None)
    changed = await call.run(
        lambda control: control.update_gateway(gateway_id, store_id=store_id, settings=settings)
    )
    return Reply(gateway_result(changed))


async def delete_gateway(call: Call) -> Reply:
    """Delete a gateway, which is shown a last time; the secrets of its keys stay."""
    gateway_id = gateway_id_of(call)

    def delete(control: ControlPlane) -> Gateway:
        gone = control.get_gateway(gateway_id)
        control.delete_gateway(gateway_id)
        return gone

    return Reply(gateway_result(await call.run(delete)))


async def get_gateway_url(call: Call) -> Reply:
    """Where requests to a provider go through this gateway."""
    gateway_id, provider = gateway_id_of(call), call.parameters["provider"]
    if not _SLUG.fullmatch(provider) or len(provider) > 64:
        raise RequestRefused(404, 1000, "not_found")
    await call.run(lambda control: control.get_gateway(gateway_id))
    if call.gateway_origin is None:
        raise RequestRefused(404, 7000, "No AI Gateway is served here")
    return Reply(f"{call.gateway_origin}/v1/{call.settings.account_id}/{gateway_id}/{provider}")


def gateway_id_of(call: Call) -> str:
    """The gateway that the path names. Raises `GatewayNotFound` for what can be no id."""
    found = call.parameters["gateway_id"]
    if not ID.fullmatch(found):
        raise GatewayNotFound(found)
    return found


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    for name in _CREDENTIALS:
        if body.get(name):
            raise wrong_field(name, "This holds credentials, which no local gateway needs or keeps")
    return body

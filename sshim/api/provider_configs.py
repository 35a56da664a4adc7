"""Operations on the provider keys of an AI Gateway. A key comes in and never goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.api.fields import Field, checked, wrong_field
from sshim.api.gateways import gateway_id_of
from sshim.api.query import Page
from sshim.api.routes import ID
from sshim.control.gateway_results import provider_key_result
from sshim.errors import InvalidName, ProviderKeyNotFound
from sshim.model import ProviderKey

if TYPE_CHECKING:
    from sshim.control import ControlPlane

_RATE = Field(int, least=0)
_NEW = {
    "provider_slug": Field(str, required=True),
    "alias": Field(str, required=True),
    "default_config": Field(bool, required=True),
    "secret": Field(str),
    "secret_id": Field(str),
    "rate_limit": _RATE,
    "rate_limit_period": _RATE,
}
_CHANGE = {"secret": Field(str, required=True)}
_SETTINGS = ("default_config", "rate_limit", "rate_limit_period")


async def list_provider_configs(call: Call) -> Reply:
    """A page of the provider keys of a gateway."""
    gateway_id, page = gateway_id_of(call), Page.of(call.query)

    def find(control: ControlPlane) -> tuple[list[dict[str, Any]], dict[str, int]]:
        keys, info = page.cut(control.list_provider_keys(gateway_id), lambda key: key)
        return [provider_key_result(state) for state in control.provider_key_states(keys)], info

    # when a key was last used stands in the audit log, which takes a while to read
    shown, info = await call.run(find, slow=True)
    return Reply(shown, info=info)


async def create_provider_config(call: Call) -> Reply:
    """Store a key in the gateway's store, or link a secret that is there. What binds it is the secret's
    name."""
    gateway_id = gateway_id_of(call)
    body = checked(await call.json(), _NEW)
    if "secret" in body and "secret_id" in body:
        raise wrong_field("secret_id", "Give the key or the secret that holds it, not both")
    value = call.value(body["secret"]) if "secret" in body else None
    settings = {name: body[name] for name in _SETTINGS if name in body}
    if "rate_limit" in settings:
        settings.setdefault("rate_limit_period", 60)

    def create(control: ControlPlane) -> dict[str, Any]:
        made = control.create_provider_key(
            gateway_id,
            body["provider_slug"],
            body["alias"],
            value=value,
            secret_id=body.get("secret_id"),
            settings=settings,
        )
        return _shown(control, made)

    try:
        return Reply(await call.run(create))
    except InvalidName as error:
        name = {"provider": "provider_slug", "alias": "alias"}.get(error.kind, "secret")
        raise wrong_field(name, "Expected letters, digits, _ and -") from None


async def update_provider_config(call: Call) -> Reply:
    """Put another key in place of the present one; the next request goes out with it."""
    gateway_id, config_id = gateway_id_of(call), _config_id_of(call)
    value = call.value(checked(await call.json(), _CHANGE)["secret"])

    def update(control: ControlPlane) -> dict[str, Any]:
        changed = control.update_provider_key(gateway_id, config_id, value=value)
        return _shown(control, changed)

    return Reply(await call.run(update))


async def delete_provider_config(call: Call) -> Reply:
    """Delete a key with its secret, which is shown a last time; the next request goes out without it."""
    gateway_id, config_id = gateway_id_of(call), _config_id_of(call)

    def delete(control: ControlPlane) -> dict[str, Any]:
        found = [key for key in control.list_provider_keys(gateway_id) if key.id == config_id]
        shown = [_shown(control, key) for key in found]
        control.delete_provider_key(gateway_id, config_id)
        return shown[0]

    return Reply(await call.run(delete))


def _config_id_of(call: Call) -> str:
    found = call.parameters["config_id"]
    if not ID.fullmatch(found):
        raise ProviderKeyNotFound(gateway_id_of(call), "provider", found)
    return found


def _shown(control: ControlPlane, key: ProviderKey) -> dict[str, Any]:
    (state,) = control.provider_key_states([key], used=False)
    return provider_key_result(state)

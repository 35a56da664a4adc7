"""What the page needs to know of its own account and bearer: what they may do, and the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.model import SCOPES
from sshim.permissions import ROLE_TITLES, ROLES, TOKEN_PERMISSIONS, Action, allowed

if TYPE_CHECKING:
    from sshim.control import ControlPlane

_ACTIONS: tuple[Action, ...] = ("read", "write", "bind_worker", "link_gateway")


async def get_account(call: Call) -> Reply:
    """The account, its limits, the bearer's role, and the table of roles."""
    return Reply(await call.run(lambda control: account(call, control)))


def account(call: Call, control: ControlPlane) -> dict[str, Any]:
    """The same, for whoever has more to ask of the control plane."""
    role = call.identity.actor.role
    stores, secrets = control.limits
    return {
        "account_id": call.settings.account_id,
        "account_name": call.settings.account_name,
        "role": role,
        "title": ROLE_TITLES.get(role, role),
        "may": _actions(role),
        "roles": [_role(each, role) for each in (*ROLES, *TOKEN_PERMISSIONS)],
        "scopes": list(SCOPES),
        "max_value_bytes": call.settings.max_value_bytes,
        "max_secrets": secrets,
        "max_stores": stores,
        "gateway_origin": call.gateway_origin,
        "session": call.identity.kind == "dash",
    }


def _actions(role: str) -> list[Action]:
    return [action for action in _ACTIONS if allowed(role, action)]


def _role(role: str, own: str) -> dict[str, Any]:
    """A role, and whether the bearer may hand it to a token."""
    within = set(_actions(role)) <= set(_actions(own))
    return {
        "role": role,
        "title": ROLE_TITLES[role],
        "may": _actions(role),
        "grantable": within and allowed(own, "write"),
    }

"""Accounts, memberships, the user and the token at hand: as far as the official clients ask for them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.api.query import Page
from sshim.errors import RequestRefused
from sshim.model import rfc3339
from sshim.permissions import ROLE_TITLES, allowed

_BEGINNING = datetime(2025, 4, 9, tzinfo=UTC)
"""Stands for the day on which the account was made, which is of no use to anybody."""


async def list_accounts(call: Call) -> Reply:
    """The one account."""
    page = Page.of(call.query)
    named = call.query.one("name")
    found = [_account(call)] if named in (None, call.settings.account_name) else []
    shown, info = page.cut(found, lambda account: account)
    return Reply(shown, info=info)


async def get_account(call: Call) -> Reply:
    """The one account."""
    return Reply(_account(call))


async def list_memberships(call: Call) -> Reply:
    """The one membership: in the account, with the role of the credential."""
    page = Page.of(call.query)
    actor = call.identity.actor
    membership = {
        "id": _derived(call, "membership"),
        "status": "accepted",
        "account": _account(call),
        "roles": [ROLE_TITLES.get(actor.role, actor.role)],
        "permissions": {
            "secrets_store": {"read": allowed(actor.role, "read"), "write": allowed(actor.role, "write")}
        },
    }
    shown, info = page.cut([membership], lambda each: each)
    return Reply(shown, info=info)


async def get_user(call: Call) -> Reply:
    """Who the credential stands for."""
    return Reply(
        {
            "id": _derived(call, "user"),
            "email": call.identity.actor.email or call.settings.email,
            "first_name": None,
            "last_name": None,
            "username": None,
            "telephone": None,
            "country": None,
            "zipcode": None,
            "two_factor_authentication_enabled": False,
            "two_factor_authentication_locked": False,
            "has_pro_zones": False,
            "has_business_zones": False,
            "has_enterprise_zones": False,
            "suspended": False,
            "betas": [],
            "organizations": [],
            "created_on": rfc3339(_BEGINNING),
            "modified_on": rfc3339(_BEGINNING),
        }
    )


async def verify_token(call: Call) -> Reply:
    """Whether the token is good: it has been found so, or this would not be asked."""
    identity = call.identity
    if identity.kind == "api_key":
        raise RequestRefused(401, 1000, "Invalid API Token")
    result: dict[str, Any] = {"id": identity.actor.id, "status": "active"}
    for token in await call.run(lambda control: control.list_tokens()):
        if token.id == identity.actor.id and token.expires is not None:
            result["expires_on"] = token.expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return Reply(result, messages=(message,))


def _account(call: Call) -> dict[str, Any]:
    return {
        "id": call.settings.account_id,
        "name": call.settings.account_name,
        "type": "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": rfc3339(call.settings.created or _BEGINNING),
    }


def _derived(call: Call, what: str) -> str:
    """An id of 32 hex digits that is always the same for the account."""
    return sha256(f"{what} {call.settings.account_id}".encode()).hexdigest()[:32]

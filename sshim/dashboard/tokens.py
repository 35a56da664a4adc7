"""Credentials for the API: list, create, revoke. A token is in one answer only, that of its making."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.api.fields import Field, checked
from sshim.api.routes import ID
from sshim.errors import TokenNotFound
from sshim.model import ApiToken, rfc3339
from sshim.permissions import ROLE_TITLES, ROLES, TOKEN_PERMISSIONS

_NEW = {
    "role": Field(str, required=True, words=(*ROLES, *TOKEN_PERMISSIONS)),
    "name": Field(str),
    "days": Field(int, nullable=True, least=1, most=3650),
}


async def list_tokens(call: Call) -> Reply:
    """All tokens, the oldest first."""
    now = call.clock()
    found = await call.run(lambda control: control.list_tokens())
    return Reply(
        [_shown(token, expired=token.expires is not None and token.expires <= now) for token in found]
    )


async def create_token(call: Call) -> Reply:
    """A new bearer token, good for `days` or for ever."""
    body = checked(await call.json(), _NEW)
    days = body.get("days")
    expires = call.clock() + timedelta(days=days) if days else None
    made, text = await call.run(
        lambda control: control.create_token(role=body["role"], name=body.get("name", ""), expires=expires)
    )
    return Reply({**_shown(made, expired=False), "token": text.reveal()})


async def revoke_token(call: Call) -> Reply:
    """End a token at once."""
    token_id = call.parameters["token_id"]
    if not ID.fullmatch(token_id):
        raise TokenNotFound(token_id)
    await call.run(lambda control: control.revoke_token(token_id))
    return Reply(None)


def _shown(token: ApiToken, *, expired: bool) -> dict[str, Any]:
    return {
        "id": token.id,
        "kind": token.kind,
        "name": token.name,
        "role": token.role,
        "title": ROLE_TITLES.get(token.role, token.role),
        "email": token.email,
        "created": rfc3339(token.created),
        "expires": rfc3339(token.expires) if token.expires else None,
        "expired": expired,
        "last_used": rfc3339(token.last_used) if token.last_used else None,
    }

"""What a call that never reached the control plane leaves in the audit log."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from sshim.api.door import Door
from sshim.errors import RequestRefused, SshimError
from sshim.model import Actor

if TYPE_CHECKING:
    from sshim.control import ControlPlane

NOBODY = Actor(role="none", id="unknown", interface="api")
"""Stands for whoever has no good credential."""

_MAX_PATH = 200
_Action = Literal["access", "create", "update", "delete"]
_ACTIONS: dict[str, _Action] = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "update",
    "DELETE": "delete",
}


async def record(door: Door, request: web.BaseRequest, actor: Actor, refusal: RequestRefused) -> None:
    """One refused call, asked by `actor`. A flood of them is counted, not recorded. Never raises: a store
    that cannot be written must not turn a refusal into anything else."""
    path = request.raw_path.partition("?")[0][:_MAX_PATH]

    action = _ACTIONS.get(request.method, "access")

    def write(control: ControlPlane) -> None:
        control.record_refusal(
            refusal,
            action,
            "request",
            method=request.method,
            path=path,
            status=refusal.status,
            code=refusal.number,
        )

    with contextlib.suppress(SshimError):
        await door.run(actor, write)

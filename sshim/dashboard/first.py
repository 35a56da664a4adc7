"""What a page that opens needs before anything else, in one answer: the account, and its first list."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.dashboard.account import account
from sshim.dashboard.secrets import secrets
from sshim.errors import SshimError

if TYPE_CHECKING:
    from sshim.control import ControlPlane


async def get_first(call: Call) -> Reply:
    """`account` and `secrets`; no secrets where they cannot be read now, which the page asks for once more,
    and says why."""

    def find(control: ControlPlane) -> dict[str, Any]:
        found: dict[str, Any] = {"account": account(call, control), "secrets": None}
        with contextlib.suppress(SshimError):
            found["secrets"] = secrets(call, control)
        return found

    return Reply(await call.run(find))

"""What a page that opens needs before anything else, in one answer: the account, and its first list."""

from __future__ import annotations

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.dashboard.account import get_account
from sshim.dashboard.secrets import list_secrets
from sshim.errors import SshimError


async def get_first(call: Call) -> Reply:
    """`account` and `secrets`; no secrets where they cannot be read now, which the page asks for once more,
    and says why."""
    account = (await get_account(call)).result
    try:
        secrets = (await list_secrets(call)).result
    except SshimError:
        secrets = None
    return Reply({"account": account, "secrets": secrets})

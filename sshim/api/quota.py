"""The quota of secrets and how much of it is used."""

from __future__ import annotations

from sshim.api.call import Call
from sshim.api.envelope import Reply


async def get_quota(call: Call) -> Reply:
    """Secrets of the account: how many there may be and how many there are."""
    limit, usage = await call.run(lambda control: control.quota())
    return Reply({"secrets": {"quota": limit, "usage": usage}})

"""The secrets of a store with all that the page shows around them, in one answer: the first it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.model import store_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane


async def list_secrets(call: Call) -> Reply:
    """All stores, the quota, and every secret of the store asked for, or of the first where there is no such
    one."""
    return Reply(await call.run(lambda control: secrets(call, control)))


def secrets(call: Call, control: ControlPlane) -> dict[str, Any]:
    """The same, for whoever has more to ask of the control plane."""
    asked, now = call.query.one("store"), call.clock()
    stores = control.list_stores()
    chosen = next((store for store in stores if store.id == asked), stores[0] if stores else None)
    limit, usage = control.quota()
    return {
        "stores": [store_result(store) for store in stores],
        "store": chosen.id if chosen else "",
        "quota": {"quota": limit, "usage": usage},
        "secrets": [call.show(secret, now=now) for secret in control.list_secrets(chosen.id)]
        if chosen
        else [],
    }

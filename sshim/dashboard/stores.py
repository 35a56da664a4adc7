"""The stores as the page lists them: with the number of their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.model import store_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane


async def list_stores(call: Call) -> Reply:
    """All stores, each with its `count` of secrets."""

    def find(control: ControlPlane) -> list[dict[str, Any]]:
        return [
            {**store_result(store), "count": len(control.list_secrets(store.id))}
            for store in control.list_stores()
        ]

    return Reply(await call.run(find))

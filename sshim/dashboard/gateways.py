"""The AI Gateways as the page lists them: with their provider keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.control.gateway_results import provider_key_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane


async def list_gateways(call: Call) -> Reply:
    """The id of each gateway and its `keys`, as the API shows them."""

    def find(control: ControlPlane) -> list[dict[str, Any]]:
        return [
            {
                "id": gateway.id,
                "keys": [
                    provider_key_result(state)
                    for state in control.provider_key_states(control.list_provider_keys(gateway.id))
                ],
            }
            for gateway in control.list_gateways()
        ]

    # when a key was last used stands in the audit log, which takes a while to read
    return Reply(await call.run(find, slow=True))

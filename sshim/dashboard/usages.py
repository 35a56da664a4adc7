"""Where secrets are used: the bindings that `sshim dev` has served on this machine, the provider keys of
gateways, and when each secret was last read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sshim.api.call import Call
from sshim.api.envelope import Reply
from sshim.control.gateways import provider_secret_name
from sshim.errors import Corrupt
from sshim.model import AuditEvent, Secret, Usage, rfc3339

if TYPE_CHECKING:
    from sshim.control import ControlPlane

State = Literal["found", "missing", "other_store", "out_of_scope"]
Accesses = Mapping[tuple[Any, ...], datetime]


async def list_usages(call: Call) -> Reply:
    """Bindings with their state, provider keys, and the last access of each secret by its id."""

    def find(control: ControlPlane) -> dict[str, Any]:
        secrets = [each for store in control.list_stores() for each in control.list_secrets(store.id)]
        accesses = last_accesses(_reads(control))
        return {
            "bindings": [_binding(usage, secrets, accesses) for usage in control.list_usages()],
            "keys": _keys(control, secrets),
            "accesses": {key[0]: rfc3339(when) for key, when in accesses.items() if len(key) == 1},
        }

    # the last access stands in the audit log, which takes a while to read
    return Reply(await call.run(find, slow=True))


def _reads(control: ControlPlane) -> list[AuditEvent]:
    """All reads of values; none while the log cannot be believed, which its own part of the page says."""
    try:
        return control.audit(action="access", resource_type="secret", result=True)
    except Corrupt:
        return []


def state_of(usage: Usage, secrets: Iterable[Secret]) -> State:
    """Whether the binding would be filled, and if not, why."""
    named = [secret for secret in secrets if secret.name == usage.secret_name]
    here = next((secret for secret in named if secret.store_id == usage.store_id), None)
    if here is None:
        return "other_store" if named else "missing"
    return "found" if "workers" in here.scopes else "out_of_scope"


def last_accesses(events: Iterable[AuditEvent]) -> dict[tuple[Any, ...], datetime]:
    """The newest access by (secret id,) and by (worker, environment, binding, store id, name), from events
    that come newest first."""
    found: dict[tuple[Any, ...], datetime] = {}
    for event in events:
        said = event.metadata
        found.setdefault((event.resource_id,), event.when)
        names = ("worker", "environment", "binding", "store_id", "name")
        found.setdefault(tuple(said.get(name) for name in names), event.when)
    return found


def _binding(usage: Usage, secrets: Iterable[Secret], accesses: Accesses) -> dict[str, Any]:
    key = (usage.worker, usage.environment, usage.binding, usage.store_id, usage.secret_name)
    last = accesses.get(key)
    return {
        "worker": usage.worker,
        "environment": usage.environment,
        "binding": usage.binding,
        "store_id": usage.store_id,
        "secret_name": usage.secret_name,
        "config_path": usage.config_path,
        "last_seen": rfc3339(usage.last_seen),
        "last_access": rfc3339(last) if last else None,
        "state": state_of(usage, secrets),
    }


def _keys(control: ControlPlane, secrets: list[Secret]) -> list[dict[str, Any]]:
    """Provider keys, each with the secret that its name binds (None: it is gone)."""
    found = []
    for gateway in control.list_gateways():
        for key in control.list_provider_keys(gateway.id):
            place = control.key_place(gateway.id, key.provider, key.alias)
            secret = next((s for s in secrets if (s.store_id, s.name) == place[:2]), None)
            found.append(
                {
                    "gateway_id": gateway.id,
                    "provider": key.provider,
                    "alias": key.alias,
                    "secret_name": provider_secret_name(gateway.id, key.provider, key.alias),
                    "secret_id": secret.id if secret else None,
                }
            )
    return found

"""Secrets from another sshim store, whose every value that leaves it is recorded in its own audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshim.errors import TransferError
from sshim.transfer.plan import Incoming

if TYPE_CHECKING:
    from sshim.control import ControlPlane


def incoming(control: ControlPlane, *, name: str, store_id: str | None = None) -> list[Incoming]:
    """All secrets of the account, each for the store it is in, or for `store_id`. `name` says where it is.
    Raises `TransferError` when it holds none, and what opening a store raises."""
    found = [
        Incoming(
            secret.name,
            store_id or store.id,
            value,
            secret.scopes,
            secret.comment,
            origin=name,
            secret_id=secret.id,
        )
        for store in control.list_stores()
        for secret, value in control.reveal_secrets(store.id, purpose="import into another store")
    ]
    if not found:
        raise TransferError(f"there are no secrets in {name}", hint="sshim secret list STORE_ID")
    return found

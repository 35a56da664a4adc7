"""The store that a command makes when the one it is to write to is not there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sshim.cli.context import Session
from sshim.errors import NameTaken, StoreNotFound

if TYPE_CHECKING:
    from sshim.control import ControlPlane

DEFAULT_STORE = "default_secrets_store"
"""Name of a store that nobody named, as the platform calls an account's first one."""


def ensure_store(session: Session, control: ControlPlane, store_id: str) -> None:
    """Makes the store when there is none of that id, and says so."""
    try:
        control.get_store(store_id)
    except StoreNotFound:
        from sshim.control.stores import free_name

        with suppress(NameTaken):  # another process has made it meanwhile
            name = free_name(DEFAULT_STORE, (store.name for store in control.list_stores()))
            made = control.create_store(name, store_id=store_id)
            session.terminal.note(f"created store {made.id} ({made.name})")

"""Secrets out of an export in JSON, sealed or not: the object that `export.result` makes."""

from __future__ import annotations

from typing import Any

from sshim.errors import UPDATE, TransferError
from sshim.model import SecretValue
from sshim.transfer.plan import Incoming


def is_export(content: object) -> bool:
    """Whether a JSON document has the form of an export."""
    return isinstance(content, dict) and "store_id" in content and isinstance(content.get("secrets"), list)


def incoming(content: dict[str, Any], *, name: str, store_id: str | None = None) -> list[Incoming]:
    """The secrets of an export on their way into the store they came from, or into `store_id`. `name` is the
    file's. Raises `TransferError` for what no export holds, and for one without values."""
    if content.get("version", 1) != 1:
        raise TransferError(f"{name} has a version that is not known", hint=UPDATE)
    store = store_id or content.get("store_id")
    items = content.get("secrets")
    if not isinstance(store, str) or not isinstance(items, list):
        raise TransferError(f"{name} is not an export of sshim", hint="sshim export STORE_ID makes one")
    return [_incoming(item, number, name, store) for number, item in enumerate(items, 1)]


def _incoming(item: object, number: int, name: str, store: str) -> Incoming:
    fields = item if isinstance(item, dict) else {}
    secret, value = fields.get("name"), fields.get("value")
    scopes, comment = fields.get("scopes"), fields.get("comment", "")
    if isinstance(secret, str) and value is None and "value" not in fields:
        raise TransferError(
            f"{name} holds no values: it was exported without them",
            hint="sshim export STORE_ID --reveal, or --seal",
        )
    good = isinstance(secret, str) and isinstance(value, str) and isinstance(comment, str)
    if not good or not isinstance(scopes, list) or not all(isinstance(each, str) for each in scopes):
        raise TransferError(
            f"secret {number} of {name} is not of the form that an export has; nothing was imported",
            hint='{"name": …, "scopes": […], "comment": …, "value": …}',
        )
    return Incoming(str(secret), store, SecretValue(str(value)), tuple(scopes), str(comment), origin=name)

"""Rows of format 1 as the model's objects, and back. Rows are built here without their MAC."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sshim.model import ApiToken, Gateway, ProviderKey, Secret, Store, Usage
from sshim.record import NamedTuple
from sshim.store.crypto import lp, sha256
from sshim.store.schema import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(when: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (when - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """UTC with microseconds."""
    return _EPOCH + timedelta(microseconds=micros)


class SealedPart(NamedTuple):
    """The columns of a secret that have to do with its value."""

    version: int
    term: int
    suite: int
    salt: bytes
    commitment: bytes
    digest: bytes


def sealed_part(row: Row) -> SealedPart:
    """Those columns of a secrets row."""
    return SealedPart(*row[8:14])


def store_row(store: Store) -> Row:
    """A stores row."""
    return (store.id, store.name, to_micros(store.created), to_micros(store.modified), "{}")


def store_of(row: Row, account_id: str) -> Store:
    """The store of a row."""
    return Store(row[0], account_id, row[1], from_micros(row[2]), from_micros(row[3]))


def secret_row(secret: Secret, part: SealedPart) -> Row:
    """A secrets row."""
    return (
        secret.id,
        secret.store_id,
        secret.name,
        secret.comment,
        ",".join(secret.scopes),
        secret.status,
        to_micros(secret.created),
        to_micros(secret.modified),
        part.version,
        part.term,
        part.suite,
        part.salt,
        part.commitment,
        part.digest,
        "{}",
    )


def secret_of(row: Row) -> Secret:
    """The secret of a row."""
    return Secret(
        id=row[0],
        store_id=row[1],
        name=row[2],
        comment=row[3],
        scopes=tuple(row[4].split(",")),
        status=row[5],
        created=from_micros(row[6]),
        modified=from_micros(row[7]),
        version=row[8],
    )


def token_row(token: ApiToken, term: int, digest: bytes, *, spent: bool = False) -> Row:
    """A tokens row; `spent` once it was seen to be expired, whatever the clock says later."""
    return (
        token.id,
        token.kind,
        token.name,
        token.role,
        token.email or "",
        term,
        digest,
        to_micros(token.created),
        _micros_or_none(token.expires),
        _micros_or_none(token.last_used),
        _extra_text({"spent": True} if spent else {}),
    )


def token_of(row: Row) -> ApiToken:
    """The token of a row."""
    return ApiToken(
        id=row[0],
        kind=row[1],
        name=row[2],
        role=row[3],
        email=row[4] or None,
        created=from_micros(row[7]),
        expires=None if row[8] is None else from_micros(row[8]),
        last_used=None if row[9] is None else from_micros(row[9]),
    )


def is_spent(row: Row) -> bool:
    """Whether a tokens row was seen to be expired."""
    return bool(_extra_of(row[10]).get("spent"))


def gateway_row(gateway: Gateway) -> Row:
    """A gateways row."""
    created, modified = to_micros(gateway.created), to_micros(gateway.modified)
    return (gateway.id, gateway.store_id or "", created, modified, _extra_text(gateway.settings))


def gateway_of(row: Row) -> Gateway:
    """The gateway of a row."""
    return Gateway(row[0], row[1] or None, _extra_of(row[4]), from_micros(row[2]), from_micros(row[3]))


def provider_key_row(key: ProviderKey) -> Row:
    """A provider_keys row."""
    created, modified = to_micros(key.created), to_micros(key.modified)
    names = (key.id, key.gateway_id, key.provider, key.alias, key.secret_id or "")
    return (*names, created, modified, _extra_text(key.settings))


def provider_key_of(row: Row) -> ProviderKey:
    """The provider key of a row."""
    created, modified = from_micros(row[5]), from_micros(row[6])
    return ProviderKey(row[0], row[1], row[2], row[3], row[4] or None, _extra_of(row[7]), created, modified)


def usage_row(usage: Usage) -> Row:
    """A usages row; its id is drawn from the binding, so each has one row."""
    environment = "" if usage.environment is None else f"={usage.environment}"
    key = sha256(lp("sshim/usage", usage.worker, environment, usage.binding, usage.config_path)).hex()[:32]
    names = (usage.worker, environment, usage.binding, usage.store_id, usage.secret_name, usage.config_path)
    return (key, *names, to_micros(usage.last_seen), "{}")


def usage_of(row: Row) -> Usage:
    """The usage of a row."""
    return Usage(
        worker=row[1],
        environment=row[2][1:] if row[2] else None,
        binding=row[3],
        store_id=row[4],
        secret_name=row[5],
        config_path=row[6],
        last_seen=from_micros(row[7]),
    )


def _micros_or_none(when: datetime | None) -> int | None:
    return None if when is None else to_micros(when)


def _extra_text(properties: Mapping[str, Any]) -> str:
    return json.dumps(dict(properties), sort_keys=True, separators=(",", ":"))


def _extra_of(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}

"""Rows of format 1 as the model's objects, and back. Rows are built here without their MAC."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sshim.model import Secret, Store
from sshim.store.schema import SECRETS, Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SUITE_AT = SECRETS.at("suite")


def to_micros(when: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (when - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """UTC with microseconds."""
    return _EPOCH + timedelta(microseconds=micros)


@dataclass(frozen=True, slots=True)
class SealedPart:
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


def extra_text(properties: Mapping[str, Any]) -> str:
    """An `extra` column."""
    return json.dumps(properties, sort_keys=True, separators=(",", ":"))


def extra_of(text: str) -> dict[str, Any]:
    """What an `extra` column holds."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {}

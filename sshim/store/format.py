"""Format 1 over bytes: the header with its key slots, the row and head MACs, the audit chain, padding.

Functions that read take `location`, the store's name for `Corrupt`. What each MAC binds:

    checksum   SHA-256 over format and header body, unkeyed: tells damage from a wrong key
    row        all columns of a row but the MAC itself, with the table's name and the vault's id
    digest     for each table the number of rows and their MACs in order of id: absence is proven too
    head       generation, audit tail, digest, header checksum, schema
    audit      the record, its number and term, and the MAC before it
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sshim.errors import Corrupt, TooNew
from sshim.record import NamedTuple
from sshim.store.crypto import hkdf, lp, mac, same, sha256
from sshim.store.schema import FORMAT, SCHEMA, TABLES, Row, Table

AUDIT_START = bytes(32)
"""The MAC before the first audit record."""

MAX_SLOTS = 32
"""Key slots of one header. Each may cost the derivation of a key, so a forged header must not name many."""


class Slot(NamedTuple):
    """One way to the master key. `kind` is keyfile, env, passphrase or keyring; `parameters` those of its
    key derivation; `where` the path of a key file that is not in the default place."""

    id: str
    kind: str
    label: str
    created: int
    parameters: Mapping[str, Any]
    where: str | None
    nonce: bytes
    wrapped: bytes


class PastKeys(NamedTuple):
    """The audit and token keys of an earlier term (64 bytes), sealed under the present master key."""

    term: int
    nonce: bytes
    wrapped: bytes


class Header(NamedTuple):
    """Who this vault is and how its master key is wrapped. `check` proves a master key to be the right
    one; `term` counts master keys."""

    vault_id: str
    created: int
    term: int
    check: bytes
    slots: tuple[Slot, ...]
    past: tuple[PastKeys, ...] = ()


class Head(NamedTuple):
    """The state of the whole set: one number up with every change."""

    generation: int
    audit_seq: int
    audit_mac: bytes
    digest: bytes


class Seals(NamedTuple):
    """The keys drawn from one master key, and what they prove. Repr shows no key."""

    location: str
    vault_id: str
    term: int
    master: bytes
    row: bytes
    head: bytes
    audit: bytes
    token: bytes

    def __repr__(self) -> str:
        return f"Seals({self.vault_id}, term {self.term})"

    def row_mac(self, table: Table, row: Row) -> bytes:
        """The MAC of a row whose last column (the MAC) is left out."""
        return mac(self.row, lp("sshim/v1/row-mac", self.vault_id, table.name, *row))

    def check_row(self, table: Table, row: Row) -> None:
        """Raises `Corrupt` naming table and row unless the row is as it was written."""
        found = row[-1]
        if not isinstance(found, bytes) or not same(self.row_mac(table, row[:-1]), found):
            raise Corrupt(self.location, f"{table.name} row {row[0]!r} fails its check")

    def head_mac(self, head: Head, checksum: bytes) -> bytes:
        """The MAC of the head beside the header of that checksum."""
        fields = (
            head.generation,
            head.audit_seq,
            head.audit_mac,
            head.digest,
            checksum,
            sha256(SCHEMA.encode()),
        )
        return mac(self.head, lp("sshim/v1/head", self.vault_id, self.term, *fields))

    def audit_mac(self, key: bytes, before: bytes, seq: int, term: int, record: str) -> bytes:
        """The MAC of an audit record that follows the one whose MAC is `before`."""
        return mac(key, lp("sshim/v1/audit", self.vault_id, before, seq, term, record))

    def token_digest(self, key: bytes, token: str) -> bytes:
        """What is stored of a token, under the token key of some term."""
        return mac(key, lp("sshim/v1/token", self.vault_id, token))


def seals(location: str, vault_id: str, term: int, master: bytes) -> Seals:
    """The keys of a term."""

    def draw(use: str) -> bytes:
        return hkdf(master, salt=vault_id.encode(), info=lp(f"sshim/v1/{use}", term))

    return Seals(
        location, vault_id, term, master, draw("row-mac"), draw("head"), draw("audit"), draw("token")
    )


def key_check(master: bytes, vault_id: str, term: int) -> bytes:
    """The full 32-byte value that shows a master key to be the one of this vault and term."""
    return hkdf(master, salt=vault_id.encode(), info=lp("sshim/v1/kcv", term))


def table_digest(table: Table, rows: Mapping[Any, Row]) -> bytes:
    """The digest over the number and the MACs of a table's rows, in order of id."""
    return sha256(lp(table.name, len(rows)) + b"".join(rows[key][-1] for key in sorted(rows)))


def set_digest(tables: Mapping[str, Mapping[Any, Row]]) -> bytes:
    """The digests of all sealed tables, 32 bytes each, in the order of `TABLES`."""
    return b"".join(table_digest(table, tables[table.name]) for table in TABLES)


def digest_of(digest: bytes, table: Table) -> bytes:
    """A table's part of what `set_digest` made."""
    at = TABLES.index(table) * 32
    return digest[at : at + 32]


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def encode_header(header: Header) -> Row:
    """The header's row: id, format, body, checksum."""
    body = canonical(
        {
            "vault_id": header.vault_id,
            "created": header.created,
            "term": header.term,
            "check": header.check.hex(),
            "slots": [_plain_slot(slot) for slot in header.slots],
            "past": [[key.term, key.nonce.hex(), key.wrapped.hex()] for key in header.past],
        }
    )
    return (1, FORMAT, body, sha256(lp("sshim/header", FORMAT, body)))


def decode_header(location: str, row: Row, *, written_as: int = FORMAT) -> Header:
    """Reads a header row of the format `written_as`. Raises `Corrupt` when its checksum or shape is wrong,
    `TooNew` when a later version wrote it. The shape (id, format, body, checksum) is the same in every
    format."""
    _, found, body, checksum = row
    if checksum != sha256(lp("sshim/header", found, body)):
        raise Corrupt(location, "the header fails its checksum")
    if found != written_as:
        raise (
            TooNew(location, found, FORMAT)
            if found > FORMAT
            else Corrupt(location, f"unknown format {found}")
        )
    try:
        plain = json.loads(body)
        if len(plain["slots"]) > MAX_SLOTS:
            raise Corrupt(location, f"the header names more than {MAX_SLOTS} key slots")
        return Header(
            vault_id=_hex_id(plain["vault_id"]),
            created=int(plain["created"]),
            term=int(plain["term"]),
            check=bytes.fromhex(plain["check"]),
            slots=tuple(_slot(each) for each in plain["slots"]),
            past=tuple(PastKeys(int(t), bytes.fromhex(n), bytes.fromhex(w)) for t, n, w in plain["past"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise Corrupt(location, "the header does not have its form") from None


def slot_bound(vault_id: str, slot: Slot, term: int) -> bytes:
    """The associated data of a wrapped master key: all of the slot but the wrapped key."""
    fields = (slot.id, slot.kind, slot.created, canonical(dict(slot.parameters)))
    return lp("sshim/v1/slot", FORMAT, vault_id, term, *fields)


def encode_head(keys: Seals, head: Head, checksum: bytes) -> Row:
    """The head's row: id, generation, audit_seq, audit_mac, digest, mac."""
    return (1, head.generation, head.audit_seq, head.audit_mac, head.digest, keys.head_mac(head, checksum))


def decode_head(keys: Seals, row: Row, checksum: bytes) -> Head:
    """Reads and proves a head row; raises `Corrupt`."""
    _, generation, audit_seq, audit_mac, digest, found = row
    head = Head(generation, audit_seq, audit_mac, digest)
    if not isinstance(found, bytes) or not same(keys.head_mac(head, checksum), found):
        raise Corrupt(keys.location, "the head fails its check")
    return head


def pad(text: str) -> bytes:
    """UTF-8 with its length, filled up with zeros to 64-byte steps (1 KiB steps from 1 KiB on), so that the
    file tells no exact lengths."""
    data = text.encode()
    size = len(data) + 4
    step = 64 if size <= 1024 else 1024
    return len(data).to_bytes(4, "big") + data + bytes(-size % step)


def unpad(padded: bytes) -> str | None:
    """The text, or None when it is not what `pad` makes."""
    length = int.from_bytes(padded[:4], "big")
    if len(padded) < 4 or length > len(padded) - 4:
        return None
    try:
        return padded[4 : 4 + length].decode()
    except UnicodeDecodeError:
        return None


def _plain_slot(slot: Slot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "kind": slot.kind,
        "label": slot.label,
        "created": slot.created,
        "parameters": dict(slot.parameters),
        "where": slot.where,
        "nonce": slot.nonce.hex(),
        "wrapped": slot.wrapped.hex(),
    }


def _slot(plain: Mapping[str, Any]) -> Slot:
    where = plain["where"]
    return Slot(
        id=_hex_id(plain["id"]),
        kind=str(plain["kind"]),
        label=str(plain["label"]),
        created=int(plain["created"]),
        parameters={str(k): v for k, v in plain["parameters"].items()},
        where=None if where is None else str(where),
        nonce=bytes.fromhex(plain["nonce"]),
        wrapped=bytes.fromhex(plain["wrapped"]),
    )


def _hex_id(text: Any) -> str:
    # ids become parts of file names: nothing but hex may pass
    if len(text) != 32 or len(bytes.fromhex(text)) != 16:
        raise ValueError
    return str(text)

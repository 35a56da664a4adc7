"""Key slots: several ways to one master key, each wrapped under a key of its own.

A `Source` is where a slot's root comes from: a key file, 32 bytes handed in (`SSHIM_KEY`), a passphrase, or
the OS keyring. Random roots go through HKDF, passphrases through Argon2id, whose cost is bounded on reading
too: a forged header must not be a memory bomb.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from sshim.errors import Corrupt, KeySlotNotFound, LastKeySlot, UsageError
from sshim.record import NamedTuple
from sshim.store.crypto import KEY_BYTES, decrypt, encrypt, hkdf, lp, same
from sshim.store.format import MAX_SLOTS, Header, PastKeys, Seals, Slot, key_check, seals, slot_bound

ARGON2 = {"memory_kib": 65_536, "passes": 3, "lanes": 4}
"""64 MiB, three passes: 0.2 s on a small machine."""

_FLOOR = {"memory_kib": 19_456, "passes": 2, "lanes": 1}
_CEILING = {"memory_kib": 1_048_576, "passes": 16, "lanes": 16}


class Root(NamedTuple):
    """What opens a slot: 32 random bytes, or the UTF-8 of a passphrase. `origin` names the source for
    people. Repr shows no secret."""

    kind: str
    secret: bytes
    origin: str
    where: str | None = None

    def __repr__(self) -> str:
        return f"Root({self.kind}, {self.origin})"


class TermKeys(NamedTuple):
    """Keys of one term that outlive it: old audit records and token digests are still checked by them."""

    audit: bytes
    token: bytes

    def __repr__(self) -> str:
        return "TermKeys()"


def new_master() -> bytes:
    """A fresh master key."""
    return os.urandom(KEY_BYTES)


def new_header(root: Root, *, label: str, now: int, vault_id: str | None = None) -> tuple[Header, bytes]:
    """The header of a new vault with one slot for `root`, and its master key. `now` in microseconds UTC."""
    vault_id = vault_id or os.urandom(16).hex()
    master = new_master()
    slot = make_slot(vault_id, 1, root, master, label=label, now=now)
    return Header(vault_id, now, 1, key_check(master, vault_id, 1), (slot,)), master


def make_slot(
    vault_id: str, term: int, root: Root, master: bytes, *, label: str, now: int, like: Slot | None = None
) -> Slot:
    """Wraps the master key for `root`; `like` is the slot of an earlier term that this one continues."""
    parameters: dict[str, Any] = {"salt": os.urandom(16).hex()}
    if root.kind == "passphrase":
        if not root.secret:
            raise UsageError("the passphrase is empty", hint="use four or more words")
        parameters |= {"kdf": "argon2id", **ARGON2}
    else:
        parameters["kdf"] = "hkdf-sha256"
    slot_id, kind, where = (
        (like.id, like.kind, like.where) if like else (os.urandom(16).hex(), root.kind, root.where)
    )
    slot = Slot(slot_id, kind, label, now, parameters, where, os.urandom(12), b"")
    wrapping = _wrapping_key("", vault_id, slot, root)
    return slot._replace(wrapped=encrypt(wrapping, slot.nonce, master, slot_bound(vault_id, slot, term)))


def open_slot(location: str, header: Header, slot: Slot, root: Root) -> bytes | None:
    """The master key, or None when this root does not open this slot. Raises `Corrupt` when the slot asks
    for a key derivation that format 1 does not have."""
    if (slot.kind == "passphrase") != (root.kind == "passphrase"):
        return None
    wrapping = _wrapping_key(location, header.vault_id, slot, root)
    master = decrypt(wrapping, slot.nonce, slot.wrapped, slot_bound(header.vault_id, slot, header.term))
    if master is None:
        return None
    if len(master) != KEY_BYTES or not same(key_check(master, header.vault_id, header.term), header.check):
        raise Corrupt(location, f"key slot {slot.id} holds another master key")
    return master


def unlock(location: str, header: Header, root: Root) -> tuple[Seals, Slot] | None:
    """Tries the root on every slot of its sort."""
    for slot in header.slots:
        master = open_slot(location, header, slot, root)
        if master is not None:
            return seals(location, header.vault_id, header.term, master), slot
    return None


def with_slot(header: Header, keys: Seals, root: Root, *, label: str, now: int) -> tuple[Header, Slot]:
    """The header with one slot more, proven by opening it again. Raises `UsageError` when it has too many."""
    if len(header.slots) >= MAX_SLOTS:
        raise UsageError(f"the store has {MAX_SLOTS} key slots, no more fit", hint="sshim key remove ID")
    slot = make_slot(header.vault_id, header.term, root, keys.master, label=label, now=now)
    if open_slot(keys.location, header, slot, root) != keys.master:
        raise Corrupt(keys.location, "a new key slot does not open")
    return header._replace(slots=(*header.slots, slot)), slot


def without_slot(header: Header, slot_id: str, proven: Collection[str]) -> tuple[Header, Slot]:
    """The header without the slot of that id (or its first 8 or more characters) or of that label, if one
    alone has it, and that slot. `proven` are the ids of slots that were just opened; one of them must remain.
    Raises `KeySlotNotFound`, `LastKeySlot`."""
    found = [s for s in header.slots if s.id == slot_id or (len(slot_id) >= 8 and s.id.startswith(slot_id))]
    found = found or [s for s in header.slots if slot_id and s.label == slot_id]
    if len(found) != 1:
        raise KeySlotNotFound(slot_id)
    left = tuple(s for s in header.slots if s is not found[0])
    if not any(s.id in proven for s in left):
        raise LastKeySlot(found[0].id)
    return header._replace(slots=left), found[0]


def next_term(header: Header, keys: Seals, roots: Mapping[str, Root], *, now: int) -> tuple[Header, Seals]:
    """A header with a fresh master key and the slots in `roots` (by id) wrapped anew; other slots are gone.
    The audit and token keys of past terms move along, sealed under the new master key."""
    term, master = header.term + 1, new_master()
    slots = tuple(
        make_slot(header.vault_id, term, roots[s.id], master, label=s.label, now=now, like=s)
        for s in header.slots
        if s.id in roots
    )
    fresh = seals(keys.location, header.vault_id, term, master)
    past = term_keys(header, keys)
    sealed = tuple(_seal_past(fresh, old, pair) for old, pair in sorted(past.items()))
    return Header(header.vault_id, header.created, term, _check(fresh), slots, sealed), fresh


def term_keys(header: Header, keys: Seals) -> dict[int, TermKeys]:
    """The audit and token keys of every term up to this one. Raises `Corrupt`."""
    found = {keys.term: TermKeys(keys.audit, keys.token)}
    for each in header.past:
        pair = decrypt(_past_key(keys), each.nonce, each.wrapped, _past_bound(keys, each.term))
        if pair is None or len(pair) != 2 * KEY_BYTES:
            raise Corrupt(keys.location, f"the audit key of term {each.term} does not open")
        found[each.term] = TermKeys(pair[:KEY_BYTES], pair[KEY_BYTES:])
    return found


def _seal_past(keys: Seals, term: int, pair: TermKeys) -> PastKeys:
    nonce = os.urandom(12)
    plain = pair.audit + pair.token
    return PastKeys(term, nonce, encrypt(_past_key(keys), nonce, plain, _past_bound(keys, term)))


def _past_key(keys: Seals) -> bytes:
    return hkdf(keys.master, salt=keys.vault_id.encode(), info=lp("sshim/v1/past", keys.term))


def _past_bound(keys: Seals, term: int) -> bytes:
    return lp("sshim/v1/past-keys", keys.vault_id, keys.term, term)


def _check(keys: Seals) -> bytes:
    return key_check(keys.master, keys.vault_id, keys.term)


def _wrapping_key(location: str, vault_id: str, slot: Slot, root: Root) -> bytes:
    kdf = slot.parameters.get("kdf")
    try:
        salt = bytes.fromhex(slot.parameters["salt"])
    except (KeyError, ValueError, TypeError):
        raise Corrupt(location, f"key slot {slot.id} has no salt") from None
    if root.kind != "passphrase" and kdf == "hkdf-sha256":
        return hkdf(root.secret, salt=salt, info=lp("sshim/v1/slot-key", vault_id))
    if root.kind == "passphrase" and kdf == "argon2id" and len(salt) >= 8:
        return _argon2(location, slot, salt, root.secret)
    raise Corrupt(location, f"key slot {slot.id} has an unknown key derivation")


def _argon2(location: str, slot: Slot, salt: bytes, passphrase: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    cost = {name: slot.parameters.get(name) for name in ARGON2}
    for name, value in cost.items():
        if type(value) is not int or not _FLOOR[name] <= value <= _CEILING[name]:
            raise Corrupt(location, f"key slot {slot.id} asks for an Argon2id cost out of bounds ({name})")
    memory, passes, lanes = (int(str(cost[name])) for name in ("memory_kib", "passes", "lanes"))
    try:
        derive = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory)
        return derive.derive(passphrase)
    except UnsupportedAlgorithm:
        raise UsageError(
            "passphrases need Argon2id, which the OpenSSL of this Python lacks", hint="use a key file"
        ) from None

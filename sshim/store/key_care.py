"""Adding, removing and listing key slots, and changing the master key."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sshim.errors import LastKeySlot, NameTaken, SshimError, UsageError
from sshim.model import Actor, check_passphrase
from sshim.store import crypto
from sshim.store.audit import Note
from sshim.store.crypto import Identity
from sshim.store.disk import translated
from sshim.store.draft import Draft
from sshim.store.format import Header, Slot, pad
from sshim.store.keyfile import make_root, read_root
from sshim.store.keyring_slot import forget_keyring_root, new_keyring_root
from sshim.store.keys import Root, next_term, open_slot, with_slot, without_slot
from sshim.store.open import StoreOptions, key_place
from sshim.store.rows import from_micros, to_micros
from sshim.store.schema import SECRETS, TABLES
from sshim.store.sealed import SealedStore
from sshim.store.unlocking import roots


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key slot. `proven`: what is at hand opens it; `where`: its key file, or None for other kinds."""

    id: str
    kind: str
    label: str
    created: datetime
    where: str | None
    proven: bool


class KeyCare:
    """Key slots of one store; every change is an audit record."""

    def __init__(
        self, store: SealedStore, options: StoreOptions, *, actor: Actor, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._options, self._actor, self._clock = store, options, actor, clock

    def list(self) -> list[KeyInfo]:
        """All slots, in the order they were added."""
        header = self._header()
        proven = self._proven(header, ask=False)
        return [self._info(header, slot, slot.id in proven) for slot in header.slots]

    def add_key_file(self, path: Path, *, label: str = "") -> KeyInfo:
        """A slot for a key file: a new file is made at `path`, one that is there is used. Raises
        `UnsafePermissions`, `Corrupt` when it is not a key file."""
        path = path.absolute()
        self._header()
        disk, location = self._options.disk, self._store.location
        default = path == self._default_path()
        root = read_root(disk, location, path, default=default)
        fresh = root is None
        if root is None:
            with translated(path):
                root = make_root(disk, path, default=default)
        try:
            return self._add(root, label)
        except BaseException:
            if fresh:
                with contextlib.suppress(OSError):
                    path.unlink()
            raise

    def add_passphrase(self, passphrase: str, *, label: str = "") -> KeyInfo:
        """A slot for a passphrase; raises `UsageError` when it is shorter than 12 characters."""
        return self._add(Root("passphrase", check_passphrase(passphrase).encode(), "passphrase"), label)

    def add_keyring(self, *, label: str = "") -> KeyInfo:
        """A slot whose key the system keyring keeps. Raises `UsageError` when there is no real one."""
        self._header()
        root = new_keyring_root()
        try:
            return self._add(root, label)
        except BaseException:
            forget_keyring_root(root.where or "")
            raise

    def add_key(self, key: bytes, *, label: str = "") -> KeyInfo:
        """A slot for 32 bytes that the user keeps, such as `SSHIM_KEY` in CI."""
        if len(key) != crypto.KEY_BYTES:
            raise UsageError("a key has 32 bytes", hint="head -c 32 /dev/urandom | base64")
        return self._add(Root("env", key, "SSHIM_KEY"), label)

    def remove(self, slot_id: str) -> KeyInfo:
        """Removes a slot (its id, 8 or more characters of it, or its label); a slot that what is at hand
        opens always remains. A key file is left where it is. Who had that key and an older copy of the store
        still has the master key: `rotate` ends that. Raises `KeySlotNotFound`, `LastKeySlot`."""
        problems: builtins.list[SshimError] = []
        proven = self._proven(self._header(), ask=True, problems=problems)
        with self._store.change() as draft:
            try:
                header, slot = without_slot(draft.header, slot_id, proven)
            except LastKeySlot:
                if problems:  # another key is there, but could not be read just now
                    raise problems[0] from None
                raise
            info = self._info(draft.header, slot, slot.id in proven)
            draft.put_header(header)
            self._note(draft, "delete", slot)
        if slot.kind == "keyring" and slot.where:
            forget_keyring_root(slot.where)
        return info

    def rotate(self, *, passphrases: Iterable[str] = (), drop_unproven: bool = False) -> int:
        """A new master key: all values are sealed anew and every slot is wrapped anew, in one transaction;
        the number of the new term. A slot that nothing at hand opens cannot be kept: `UsageError` names it,
        unless `drop_unproven`."""
        extra = [Root("passphrase", text.encode(), "passphrase") for text in passphrases]
        problems: builtins.list[SshimError] = []
        known = self._proven(self._header(), ask=not extra, extra=extra, problems=problems)
        with self._store.change() as draft:
            lost = [slot for slot in draft.header.slots if slot.id not in known]
            if lost and problems:
                raise problems[0]
            if lost and not drop_unproven:
                names = ", ".join(f"{slot.kind} {slot.label or slot.id[:8]}" for slot in lost)
                raise UsageError(
                    f"these key slots cannot be opened now and would be lost: {names}",
                    hint="give their key or passphrase, remove them by sshim key remove, or --drop-unproven",
                )
            if len(lost) == len(draft.header.slots):
                raise LastKeySlot(lost[0].id)
            self._reseal(draft, known)
            self._options.disk.point("rotate.resealed")
            note = Note(self._clock(), self._actor, "update", "store_key", str(draft.keys.term))
            draft.note(note)
            return draft.keys.term

    def _reseal(self, draft: Draft, known: dict[str, Root]) -> None:
        at = SECRETS.at("term")
        values = {key: draft.unseal(key) for key in draft.tables[SECRETS.name]}
        header, keys = next_term(draft.header, draft.keys, known, now=self._now())
        draft.put_header(header, keys)
        for table in TABLES:
            for row in list(draft.tables[table.name].values()):
                if table is not SECRETS:
                    draft.put(table, row[:-1])
                    continue
                identity = Identity(keys.vault_id, keys.term, row[0], row[SECRETS.at("version")])
                sealed = crypto.seal(keys.master, identity, pad(values.pop(row[0])))
                digest = crypto.sha256(sealed.ciphertext)
                part = (keys.term, crypto.SUITE, sealed.salt, sealed.commitment, digest)
                draft.put(SECRETS, (*row[:at], *part, *row[at + 5 : -1]), sealed.ciphertext)

    def _add(self, root: Root, label: str) -> KeyInfo:
        with self._store.change() as draft:
            if self._opens_one(draft.header, root):
                raise NameTaken("key slot", root.origin, hint="sshim key list")
            header, slot = with_slot(draft.header, draft.keys, root, label=label, now=self._now())
            draft.put_header(header)
            self._options.disk.point("key.added")
            self._note(draft, "create", slot)
        return self._info(header, slot, True)

    def _opens_one(self, header: Header, root: Root) -> bool:
        return any(open_slot(self._store.location, header, slot, root) is not None for slot in header.slots)

    def _proven(
        self,
        header: Header,
        *,
        ask: bool,
        extra: Iterable[Root] = (),
        problems: builtins.list[SshimError] | None = None,
    ) -> dict[str, Root]:
        """The slots that what is at hand opens, each with its root; what could not be read is a problem."""
        problems = [] if problems is None else problems
        place = key_place(self._options, ask=ask)
        found: dict[str, Root] = {}
        for root in (*roots(self._store.location, header, place, [], problems), *extra):
            for slot in header.slots:
                if slot.id not in found and open_slot(self._store.location, header, slot, root) is not None:
                    found[slot.id] = root
        return found

    def _header(self) -> Header:
        self._store.opened()
        state = self._store.state()
        assert state is not None
        return state.header

    def _default_path(self) -> Path:
        return key_place(self._options).default_path(self._header().vault_id)

    def _info(self, header: Header, slot: Slot, proven: bool) -> KeyInfo:
        where = slot.where if slot.kind == "keyfile" else None
        if slot.kind == "keyfile" and where is None:
            where = str(key_place(self._options).default_path(header.vault_id))
        return KeyInfo(slot.id, slot.kind, slot.label, from_micros(slot.created), where, proven)

    def _note(self, draft: Draft, action: Literal["create", "delete"], slot: Slot) -> None:
        said = {"kind": slot.kind, "label": slot.label}
        draft.note(Note(self._clock(), self._actor, action, "key_slot", slot.id, True, said))

    def _now(self) -> int:
        return to_micros(self._clock())

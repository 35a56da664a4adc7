"""`StoreCare`: everything a person does to a store as a whole, for the command line.

care = StoreCare(options, actor=actor)
care.verify(deep=True).ok
care.keys.add_passphrase("...")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sshim.errors import Corrupt, UsageError
from sshim.model import Actor
from sshim.store.anchor import FileAnchor
from sshim.store.audit import Note
from sshim.store.copies import Copied, back_up, restore
from sshim.store.key_care import KeyCare
from sshim.store.open import StoreOptions, anchor_of, open_store
from sshim.store.report import Report, status, verify
from sshim.store.salvage import Salvaged, salvage
from sshim.store.sealed import SealedStore
from sshim.store.state import Anchor


def _utc_now() -> datetime:
    return datetime.now(UTC)


class StoreCare:
    """One store; opened when it is needed. Nothing here makes a store."""

    def __init__(
        self, options: StoreOptions, *, actor: Actor, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self.options = options._replace(create=False)
        self._actor, self._clock = actor, clock
        self._open: SealedStore | None = None

    @property
    def store(self) -> SealedStore:
        """The opened store; raises `StoreUnavailable` when there is none, and what opening raises."""
        if self._open is None:
            self._open = open_store(self.options)
        self._open.opened()
        return self._open

    @property
    def anchor(self) -> FileAnchor:
        """What this machine has seen of it."""
        return anchor_of(self.options)

    @property
    def keys(self) -> KeyCare:
        """Its key slots."""
        return KeyCare(self.store, self.options, actor=self._actor, clock=self._clock)

    def verify(self, *, deep: bool = False) -> Report:
        """Checks the store, whether or not it opens."""
        return verify(self.options, self.anchor, deep=deep)

    def status(self) -> dict[str, Any]:
        """What there is: path, format, generation, counts, sizes, key slots, warnings."""
        state = self.store.state()
        assert state is not None
        try:
            seen = self.anchor.seen(state.header.vault_id)
        except Corrupt:
            seen = None
        server = None
        if self.options.url is not None:
            from sshim.store.shared import server_of

            server = server_of(self.options)
        return status(self.options, state, self.keys.list(), None if seen is None else seen[0], server)

    def backup(self, target: Path, *, overwrite: bool = False) -> Copied:
        """A proven copy of the store, without its key. Raises `NameTaken`, `Corrupt`, `StoreFull`."""
        return back_up(self.store, self.options, target, overwrite=overwrite)

    def restore(self, source: Path, *, other: bool = False) -> Copied:
        """Puts a backup in the store's place, after proving it; what was there is kept beside it. Raises
        `Corrupt`, `WrongKey`, `KeyMissing`, `UsageError` for a backup of another store unless `other`, or
        for a shared store."""
        if self.options.url is not None:
            raise UsageError(
                "a backup is not restored over a shared store",
                hint="restore it with --persist-to DIR, then sshim store copy DIR URL into another schema",
            )
        self.close()
        note = self._note({"restored_from": source.name})
        done = restore(self.options, source, note, self.anchor, other=other)
        self._remember()
        return done

    def rotate_key(self, *, passphrases: Iterable[str] = (), drop_unproven: bool = False) -> int:
        """A new master key, every value sealed anew; see `KeyCare.rotate`. The number of the new term."""
        return self.keys.rotate(passphrases=passphrases, drop_unproven=drop_unproven)

    def accept_rollback(self) -> int:
        """Takes an older copy for good, with an audit record of it; the generation it goes on from. Raises
        `StoreUnavailable` when there is no store; does nothing harmful when none was rolled back."""
        self.close()
        anchor = self.anchor
        store = open_store(self.options, anchor=Anchor())
        try:
            vault_id = store.opened().keys.vault_id
            try:
                seen = anchor.seen(vault_id)
            except Corrupt:
                seen = None
            with store.change() as draft:
                found = draft.generation - 1
                draft.raise_generation(1 + (0 if seen is None else seen[0]))
                said = {"rollback_accepted": True, "found": found, "seen": None if seen is None else seen[0]}
                draft.note(self._note(said))
            state = store.state()
            assert state is not None
            mac = store.opened().keys.head_mac(state.head, state.checksum)
            anchor.write(vault_id, state.head.generation, mac)
            return state.head.generation
        finally:
            store.close()

    def salvage(self) -> Salvaged:
        """Secrets of a damaged store that are each as they were written; see `salvage`."""
        if self.options.url is not None:
            raise UsageError(
                "only a store in a file is salvaged", hint="restore the database from its own backup"
            )
        self.close()
        return salvage(self.options)

    def close(self) -> None:
        """Closes the store if it was opened."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _remember(self) -> None:
        """Opens what is there now and lets this machine remember it."""
        store = open_store(self.options, anchor=Anchor())
        try:
            state, keys = store.state(), store.opened().keys
            assert state is not None
            self.anchor.write(keys.vault_id, state.head.generation, keys.head_mac(state.head, state.checksum))
        finally:
            store.close()

    def _note(self, said: dict[str, Any]) -> Note:
        return Note(self._clock(), self._actor, "update", "vault", "", True, said)

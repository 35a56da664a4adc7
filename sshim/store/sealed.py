"""The opened store: every row proven before it is believed, every change sealed into a new head.

`state()` is the whole of the metadata as of now; it costs microseconds while nobody has written, and checks
only rows that are new to it otherwise. `change()` is the one way to write: rows, audit records and head take
effect together. Values are opened one at a time by `value()`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sshim.errors import Corrupt, RolledBack, StoreError, StoreUnavailable
from sshim.model import SecretValue
from sshim.store.draft import Draft
from sshim.store.format import Seals
from sshim.store.interface import Gone, Transaction
from sshim.store.schema import SECRETS, Row
from sshim.store.state import Anchor, Made, Opened, State, agrees, load, unseal_row


class SealedStore:
    """See the module. `find` opens what is there at present, or says None; it is asked again when the store
    that was open is gone. `strict_audit` is for those who read values: each read is to be recorded before its
    value is handed out. Safe to use from several threads."""

    def __init__(
        self, find: Callable[[], Opened | None], *, location: str, anchor: Anchor | None = None
    ) -> None:
        self.location = location
        self.anchor = anchor or Anchor()
        self.made: Made | None = None
        self.migrated: Path | None = None
        self.strict_audit = False
        self._find = find
        self._lock = threading.RLock()
        self._opened: Opened | None = None
        self._state: State | None = None
        self._seed: State | None = None
        self._version: object = None
        self._anchored = False
        self._seen: tuple[int, bytes] | None = None

    # -- reading -------------------------------------------------------------------------------------------

    def state(self) -> State | None:
        """The present state, None when there is no store. Raises `StoreError` or `AccessError`."""
        with self._lock:
            for _ in range(3):
                opened = self._ensure()
                if opened is None:
                    return None
                try:
                    if self._state is None or opened.backend.version() != self._version:
                        with opened.backend.read() as tx:
                            self._load(opened, tx)
                    return self._state
                except Gone:
                    self._drop()
            raise StoreUnavailable(self.location, "it is being replaced", hint="then again")

    def value(self, secret_id: str, *, expected: Row) -> SecretValue | None:
        """Opens the value of a secret; None when `expected` is not its row any more. Raises `Corrupt`."""
        with self._lock:
            opened = self._ensure()
            if opened is None:
                return None
            try:
                with opened.backend.read() as tx:
                    if tx.version() != self._version:
                        self._load(opened, tx)
                    state = self._state
                    if state is None or state.tables[SECRETS.name].get(secret_id) != expected:
                        return None
                    ciphertext = tx.payload(SECRETS, secret_id)
            except Gone:
                self._drop()
                return None
            return self._unseal(opened.keys, expected, ciphertext)

    def audit_rows(self) -> tuple[State | None, list[Row]]:
        """The present state and all audit rows of that moment, unproven."""
        with self._lock:
            state = self.state()
            if state is None:
                return None, []
            with self._require().backend.read() as tx:
                return state, list(tx.audit(0, state.head.audit_seq))

    def second(self) -> SealedStore:
        """The same store over a connection of its own, for another thread or event loop."""
        with self._lock:
            opened, known = self._ensure(), self._state
        once = [opened] if opened is not None else []

        def find() -> Opened | None:
            if once:
                first = once.pop()
                with contextlib.suppress(Gone):
                    return Opened(first.backend.second(), first.keys, first.slot_id)
            return self._find()

        other = SealedStore(find, location=self.location, anchor=self.anchor)
        other._seed = known
        return other

    # -- writing -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def change(self) -> Iterator[Draft]:
        """A change: applied whole, with its audit records, when left without an exception."""
        with self._lock:
            stack, opened, tx = self._begin()
            try:
                with stack:
                    assert self._state is not None
                    draft = Draft(opened.keys, tx, self._state)
                    yield draft
                    fresh, mac = draft.finish()
                    version = tx.version()
            except StoreError:
                self._drop()  # after a failed sync nothing that this connection believes can be trusted
                raise
            except BaseException:
                self._version = None  # it may have been committed all the same: look again
                raise
            self._state, self._version = fresh, version
            self._opened = opened._replace(keys=draft.keys)
            self.anchor.advance(opened.keys.vault_id, fresh.head.generation, mac, now=False)
            if draft.left_old_pages:
                opened.backend.tidy(at_once=draft.new_term)

    def _begin(self) -> tuple[contextlib.ExitStack, Opened, Transaction]:
        for _ in range(3):
            opened = self._require()
            with contextlib.ExitStack() as stack, contextlib.suppress(Gone):
                tx = stack.enter_context(opened.backend.write())
                if self._state is None or tx.version() != self._version:
                    self._load(opened, tx)
                return stack.pop_all(), opened, tx
            self._drop()
        raise StoreUnavailable(self.location, "it is being replaced", hint="then again")

    def close(self) -> None:
        """Remembers the generation, empties the journal, closes."""
        with self._lock:
            if self._opened is not None:
                if self._state is not None:
                    keys, state = self._opened.keys, self._state
                    mac = keys.head_mac(state.head, state.checksum)
                    self.anchor.advance(keys.vault_id, state.head.generation, mac, now=True)
                self._drop()

    # -- inside --------------------------------------------------------------------------------------------

    def opened(self) -> Opened:
        """Backend and keys, for the care of the store. Raises `StoreUnavailable` when there is none."""
        with self._lock:
            return self._require()

    def forget(self) -> None:
        """Checks everything anew at the next use."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._opened is not None:
            self._opened.backend.close()
        self._opened = self._state = self._seed = self._version = None
        self._anchored = False

    def _ensure(self) -> Opened | None:
        if self._opened is None:
            self._opened = self._find()
            if self._opened is not None:
                self.migrated = self._opened.migrated or self.migrated
                # before the first look at the rows: others may commit, and remember it, at any time
                self._seen = self.anchor.seen(self._opened.keys.vault_id)
        return self._opened

    def _require(self) -> Opened:
        opened = self._ensure()
        if opened is None:
            raise StoreUnavailable(
                self.location, "there is none yet", hint="sshim secret create STORE_ID --name NAME makes it"
            )
        return opened

    def _load(self, opened: Opened, tx: Transaction) -> None:
        state = load(opened.keys, tx, self._state or self._seed)
        keys = opened.keys
        if state.header.term != keys.term:
            raise Gone  # another process rotated the master key: open it anew
        if self._state is not None and state.head.generation < self._state.head.generation:
            raise RolledBack(self.location, state.head.generation, self._state.head.generation)
        if not self._anchored:
            self._check_anchor(keys, state)
        self._state, self._version, self._seed = state, tx.version(), None

    def _check_anchor(self, keys: Seals, state: State) -> None:
        seen = self._seen
        if not agrees(seen, state.head.generation, keys.head_mac(state.head, state.checksum)):
            assert seen is not None
            raise RolledBack(self.location, state.head.generation, seen[0])
        self._anchored = True

    def _unseal(self, keys: Seals, row: Row, ciphertext: bytes | None) -> SecretValue:
        text = unseal_row(keys, row, ciphertext)
        if text is None:
            raise Corrupt(self.location, f"the value of secrets row {row[0]!r} fails its check")
        return SecretValue(text)

"""What every operation goes through: permission first, then the change with its audit record, and a record
of its own when it is refused.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from sshim import permissions
from sshim.errors import AccessError, Conflict, NotFound, PermissionDenied, SshimError, StoreError
from sshim.model import ACCOUNT_ID, MAX_SECRETS, MAX_STORES, Actor
from sshim.permissions import Action
from sshim.record import NamedTuple
from sshim.store.audit import AuditAction, Note
from sshim.store.draft import Draft
from sshim.store.schema import TABLES, Row, Table
from sshim.store.sealed import SealedStore

REFUSALS_PER_MINUTE = 60
"""Refused calls that are recorded one by one; what is above is only counted."""

UNWRITABLE = (StoreError, AccessError)
"""What a store raises that cannot be written now, or not by this user: a database may let one only read."""


class Limits(NamedTuple):
    """The account's limits; those of production unless a test or setting says otherwise."""

    stores: int = MAX_STORES
    secrets: int = MAX_SECRETS


PRODUCTION = Limits()
"""What production allows."""


def utc_now() -> datetime:
    """The clock of the machine, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """32 random hex digits."""
    return os.urandom(16).hex()


class _Refusals:
    __slots__ = ("left_out", "minute", "written")

    def __init__(self) -> None:
        self.minute = self.written = self.left_out = 0


class Desk:
    """Store, actor and clock, and the two ways in: `_reading` and `_writing`."""

    __slots__ = ("_refusals", "_sighted", "account_id", "actor", "clock", "limits", "monotonic", "store")

    def __init__(
        self,
        store: SealedStore,
        actor: Actor,
        clock: Callable[[], datetime] = utc_now,
        account_id: str = ACCOUNT_ID,
        limits: Limits = PRODUCTION,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.actor, self.clock, self.account_id = store, actor, clock, account_id
        self.limits, self.monotonic = limits, monotonic
        # when each token was first seen by this process, by both clocks: one of them cannot be set back
        self._sighted: dict[str, tuple[datetime, float]] = {}
        self._refusals = _Refusals()

    def _replace(self, **changes: Any) -> Self:
        """The same desk with other parts."""
        same = {name: getattr(self, name) for name in Desk.__slots__ if name[0] != "_"}
        return type(self)(**{**same, **changes})

    def _rows(self, table: Table) -> Mapping[str, Row]:
        """The present rows by id; empty when there is no store yet."""
        state = self.store.state()
        return state.tables[table.name] if state is not None else _EMPTY[table.name]

    @contextlib.contextmanager
    def _reading(self, resource_type: str, resource_id: str = "") -> Iterator[None]:
        try:
            permissions.require(self.actor.role, "read")
            yield
        except PermissionDenied as error:
            self._refused(error, "access", resource_type, resource_id, {})
            raise

    @contextlib.contextmanager
    def _writing(
        self,
        action: AuditAction,
        resource_type: str,
        resource_id: str = "",
        *,
        needs: tuple[Action, ...] = ("write",),
        **metadata: Any,
    ) -> Iterator[Draft]:
        """A change that `needs` these permissions; the caller records it by `_note` on the draft."""
        try:
            for need in needs:
                permissions.require(self.actor.role, need)
            with self.store.change() as draft:
                yield draft
        except (PermissionDenied, NotFound, Conflict) as error:
            self._refused(error, action, resource_type, resource_id, metadata)
            raise

    def _note(
        self, draft: Draft, action: AuditAction, resource_type: str, resource_id: str, **metadata: Any
    ) -> None:
        draft.note(Note(self.clock(), self.actor, action, resource_type, resource_id, True, metadata))

    def _refused(
        self,
        error: SshimError,
        action: AuditAction,
        resource_type: str,
        resource_id: str,
        metadata: Mapping[str, Any],
    ) -> None:
        now = self.clock()
        said: dict[str, Any] = {**metadata, "error": error.code}
        refusals = self._refusals
        minute = int(now.timestamp() // 60)
        if minute != refusals.minute:
            refusals.minute, refusals.written = minute, 0
        if refusals.written >= REFUSALS_PER_MINUTE:
            refusals.left_out += 1
            return
        if refusals.left_out:
            said["refused_before"] = refusals.left_out
        # the caller must learn why the call was refused, even when the log cannot take it
        with contextlib.suppress(*UNWRITABLE), self.store.change() as draft:
            draft.note(Note(now, self.actor, action, resource_type, resource_id, False, said))
            refusals.written, refusals.left_out = refusals.written + 1, 0


_EMPTY: Mapping[str, Mapping[str, Row]] = {table.name: {} for table in TABLES}

"""Reading one value by name: all that a Worker or the gateway may do with a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sshim import permissions
from sshim.control.desk import UNWRITABLE
from sshim.control.recorder import AccessRecorder
from sshim.errors import PermissionDenied, SecretNotFound, SshimError
from sshim.model import Actor, SecretValue, near_names
from sshim.permissions import Action
from sshim.store.audit import Note
from sshim.store.schema import SECRETS, STORES, Row
from sshim.store.sealed import SealedStore
from sshim.store.state import State

if TYPE_CHECKING:
    from sshim.redaction import Redactor

_Key = tuple[str, str, str, str | None]


class Reader:
    """A `SecretReader` over a connection of its own. While nobody writes, a read costs microseconds; after
    any process's commit the next read sees it."""

    def __init__(
        self,
        store: SealedStore,
        *,
        actor: Actor,
        worker: str | None,
        environment: str | None,
        clock: Callable[[], datetime],
        strict: bool = False,
        ahead: bool = False,
        redactor: Redactor | None = None,
    ) -> None:
        self._store = store.second()
        self._actor, self._clock, self._strict, self._ahead = actor, clock, strict, ahead
        self._metadata = {"worker": worker, "environment": environment}
        self._redactor = redactor
        self._recorder = AccessRecorder(store)
        self._allowed: set[str] = set()
        self._state: State | None = None
        self._names: dict[tuple[str, str], Row] = {}
        self._values: dict[str, tuple[Row, SecretValue]] = {}
        self._at_hand: dict[_Key, tuple[SecretValue, str]] = {}

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        """See `model.SecretReader`."""
        key = (store_id, secret_name, scope, binding)
        found = self._at_hand.get(key) if self._store.state() is self._state else None
        if found is None:
            try:
                found = self._at_hand[key] = self._open(store_id, secret_name, scope)
            except (SecretNotFound, PermissionDenied) as error:
                await self._record(key, "", error)
                raise
        value, secret_id = found
        if self._strict or self._recorder.is_new(key, self._clock()):
            await self._record(key, secret_id, None)
        return value

    def read_now(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        """The same without an event loop."""
        key = (store_id, secret_name, scope, binding)
        try:
            value, secret_id = self._open(store_id, secret_name, scope)
        except (SecretNotFound, PermissionDenied) as error:
            self._record_now(key, "", error)
            raise
        if self._strict or self._recorder.is_new(key, self._clock()):
            self._record_now(key, secret_id, None)
        return value

    def close(self) -> None:
        """Writes the records that are waiting and closes the connection."""
        self._recorder.close()
        self._store.close()

    def _open(self, store_id: str, name: str, scope: str) -> tuple[SecretValue, str]:
        if scope not in self._allowed:
            permissions.require(self._actor.role, _NEEDS.get(scope, "bind_worker"))
            self._allowed.add(scope)
        while True:
            self._refresh()
            row = self._names.get((store_id, name))
            if row is None:
                raise self._absent(store_id, name)
            if scope not in row[4].split(","):
                fix = f"sshim secret update {store_id} --name {name} --scopes {row[4]},{scope}"
                why = f"there is one of that name, but only for {row[4]}"
                raise SecretNotFound(store_id, name, why=why, hint=fix)
            held = self._values.get(row[0])
            if held is not None and held[0] is row:
                return held[1], row[0]
            value = self._store.value(row[0], expected=row)
            if value is not None:
                if self._redactor is not None:
                    self._redactor.add(value.reveal())
                self._values[row[0]] = (row, value)
                return value, row[0]

    def _refresh(self) -> None:
        state = self._store.state()
        if state is self._state:
            return
        self._at_hand.clear()
        found = {} if state is None else state.tables[SECRETS.name]
        self._names = {(row[1], row[2]): row for row in found.values()}
        self._values = {
            key: (found[key], value) for key, (row, value) in self._values.items() if found.get(key) == row
        }
        self._state = state

    def _absent(self, store_id: str, name: str) -> SecretNotFound:
        here = [other for where, other in self._names if where == store_id]
        elsewhere = [where for where, other in self._names if other == name]
        stores = {} if self._state is None else self._state.tables[STORES.name]
        why, hint = "", f"sshim secret create {store_id} --name {name} --scopes workers"
        if elsewhere:
            why = f"store {elsewhere[0]} has one of that name"
        elif store_id not in stores:
            why = "there is no such store yet"
        return SecretNotFound(store_id, name, near=near_names(name, here), why=why, hint=hint)

    async def _record(self, key: _Key, secret_id: str, error: SshimError | None) -> None:
        if not self._strict and not self._ahead:
            self._record_soon(key, secret_id, error)
            return
        from asyncio import to_thread

        await to_thread(self._record_now, key, secret_id, error)

    def _record_now(self, key: _Key, secret_id: str, error: SshimError | None) -> None:
        if not self._strict and (error is not None or not self._ahead):
            self._record_soon(key, secret_id, error)
            return
        try:
            self._recorder.at_once(self._access(key, secret_id, error))
        except SshimError as failure:
            self._recorder.forget(key)
            # a refusal hands nothing out: it reaches the caller even when the log cannot take it
            if error is None or not isinstance(failure, UNWRITABLE):
                raise

    def _record_soon(self, key: _Key, secret_id: str, error: SshimError | None) -> None:
        if error is None or self._recorder.is_new((key, error.code), self._clock()):
            self._recorder.soon(self._access(key, secret_id, error))

    def _access(self, key: _Key, secret_id: str, error: SshimError | None) -> Note:
        store_id, name, scope, binding = key
        said: dict[str, Any] = {**self._metadata, "binding": binding, "scope": scope}
        said |= {"store_id": store_id, "name": name}
        if error is not None:
            said["error"] = error.code
        return Note(self._clock(), self._actor, "access", "secret", secret_id, error is None, said)


_NEEDS: dict[str, Action] = {"workers": "bind_worker", "ai_gateway": "link_gateway"}

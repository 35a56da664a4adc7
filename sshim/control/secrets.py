"""Secrets of a store. Values go in and are never handed out here; see `reader` for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sshim.control.desk import new_id
from sshim.control.stores import Stores
from sshim.errors import LimitReached, NameTaken, SecretNotFound, StoreNotFound, UsageError
from sshim.model import (
    NewSecret,
    Secret,
    SecretValue,
    check_name,
    check_scopes,
    check_value,
    near_names,
    new_secret,
)
from sshim.store import crypto, format
from sshim.store.crypto import Identity
from sshim.store.draft import Draft
from sshim.store.rows import SealedPart, sealed_part, secret_of, secret_row
from sshim.store.schema import SECRETS, STORES, Row

Order = Literal["name", "comment", "created", "modified", "status"]
ORDERS: tuple[Order, ...] = ("name", "comment", "created", "modified", "status")


class Secrets(Stores):
    """Create, list, get, find, update, delete, duplicate."""

    __slots__ = ()

    def create_secrets(self, store_id: str, new: Iterable[NewSecret]) -> list[Secret]:
        """Makes all of them or none. Raises `StoreNotFound`, `NameTaken`, `LimitReached`, and what the
        model's checks raise."""
        wanted = [new_secret(each.name, each.value.reveal(), each.scopes, each.comment) for each in new]
        names = ",".join(each.name for each in wanted)
        with self._writing("create", "secret", store_id=store_id, name=names) as draft:
            return [self._create(draft, store_id, each) for each in wanted]

    def _create(
        self, draft: Draft, store_id: str, new: NewSecret, *, secret_id: str | None = None, **metadata: Any
    ) -> Secret:
        self._store_in(draft, store_id)
        rows = draft.tables[SECRETS.name]
        if any(row[1] == store_id and row[2] == new.name for row in rows.values()):
            hint = f"sshim secret update {store_id} --name {new.name}"
            raise NameTaken("secret", new.name, hint=hint)
        if len(rows) >= self.limits.secrets:
            raise LimitReached("secrets", self.limits.secrets, slug="maximum_secrets_exceeded")
        now = self.clock()
        secret = Secret(
            secret_id or new_id(), store_id, new.name, new.comment, new.scopes, "active", now, now
        )
        put_value(draft, secret, new.value)
        said = {"store_id": store_id, "name": secret.name, "scopes": list(secret.scopes), **metadata}
        self._note(draft, "create", "secret", secret.id, **said)
        return secret

    def list_secrets(
        self,
        store_id: str,
        *,
        search: str | None = None,
        scopes: Iterable[str] = (),
        order: str = "name",
        direction: str = "asc",
    ) -> list[Secret]:
        """Secrets that hold `search` in name or comment (case aside) and have all `scopes`. Raises
        `StoreNotFound`, `UsageError` for an unknown order or direction."""
        if order not in ORDERS or direction not in ("asc", "desc"):
            raise UsageError(f"cannot order by {order} {direction}", hint=f"use one of {', '.join(ORDERS)}")
        wanted = set(scopes)
        needle = (search or "").casefold()
        with self._reading("secret"):
            found = [
                secret
                for secret in self._all_in(store_id)
                if wanted <= set(secret.scopes)
                and (needle in secret.name.casefold() or needle in secret.comment.casefold())
            ]
        found.sort(key=lambda secret: secret.id)
        found.sort(key=lambda secret: (getattr(secret, order), secret.name), reverse=direction == "desc")
        return found

    def get_secret(self, store_id: str, secret_id: str) -> Secret:
        """One secret by id; raises `StoreNotFound`, `SecretNotFound`."""
        with self._reading("secret", secret_id):
            for secret in self._all_in(store_id):
                if secret.id == secret_id:
                    return secret
            raise SecretNotFound(store_id, secret_id)

    def find_secret(self, store_id: str, name: str) -> Secret:
        """One secret by name; raises `StoreNotFound`, or `SecretNotFound` with the names that are near."""
        with self._reading("secret"):
            secrets = self._all_in(store_id)
            for secret in secrets:
                if secret.name == name:
                    return secret
            raise SecretNotFound(store_id, name, near=near_names(name, [s.name for s in secrets]))

    def update_secret(
        self,
        store_id: str,
        secret_id: str,
        *,
        value: SecretValue | None = None,
        scopes: Iterable[str] | None = None,
        comment: str | None = None,
    ) -> Secret:
        """Changes what is given. A new value is a new version. Raises `StoreNotFound`, `SecretNotFound`,
        and what the model's checks raise."""
        checked = None if value is None else check_value(value.reveal())
        fresh_scopes = None if scopes is None else check_scopes(scopes)
        with self._writing("update", "secret", secret_id, store_id=store_id) as draft:
            row = self._row_in(draft, store_id, secret_id)
            old = secret_of(row)
            secret = old._replace(
                scopes=old.scopes if fresh_scopes is None else fresh_scopes,
                comment=old.comment if comment is None else comment,
                modified=max(self.clock(), old.modified),
                version=old.version + (checked is not None),
            )
            if checked is None:
                draft.put(SECRETS, secret_row(secret, sealed_part(row)))
            else:
                put_value(draft, secret, checked)
            said: dict[str, Any] = {"store_id": store_id, "name": secret.name}
            said["value_modified"] = checked is not None
            if secret.scopes != old.scopes:
                said["scopes"] = list(secret.scopes)
            if secret.comment != old.comment:
                said["comment_modified"] = True
            self._note(draft, "update", "secret", secret_id, **said)
            return secret

    def delete_secret(self, store_id: str, secret_id: str) -> None:
        """Deletes one; raises `StoreNotFound`, `SecretNotFound`."""
        self.delete_secrets(store_id, [secret_id])

    def delete_secrets(self, store_id: str, ids: Sequence[str]) -> None:
        """Deletes all of them or none; raises `StoreNotFound`, `SecretNotFound`."""
        with self._writing("delete", "secret", ",".join(ids), store_id=store_id) as draft:
            for secret_id in dict.fromkeys(ids):
                row = self._row_in(draft, store_id, secret_id)
                draft.delete(SECRETS, secret_id)
                self._note(draft, "delete", "secret", secret_id, store_id=store_id, name=row[2])
            if not ids:
                self._store_in(draft, store_id)

    def duplicate_secret(
        self, store_id: str, secret_id: str, *, name: str, scopes: Iterable[str], comment: str = ""
    ) -> Secret:
        """A new secret with the value of another one. Raises as `create_secrets` and `get_secret` do."""
        check_name("secret", name)
        wanted = check_scopes(scopes)
        with self._writing(
            "create", "secret", store_id=store_id, name=name, duplicated_from_id=secret_id
        ) as draft:
            self._row_in(draft, store_id, secret_id)
            new = NewSecret(name, SecretValue(draft.unseal(secret_id)), wanted, comment)
            return self._create(draft, store_id, new, duplicated_from_id=secret_id)

    def _all_in(self, store_id: str) -> list[Secret]:
        if store_id not in self._rows(STORES):
            raise StoreNotFound(store_id)
        return [secret_of(row) for row in self._rows(SECRETS).values() if row[1] == store_id]

    def _row_in(self, draft: Draft, store_id: str, secret_id: str) -> Row:
        self._store_in(draft, store_id)
        row = draft.tables[SECRETS.name].get(secret_id)
        if row is None or row[1] != store_id:
            raise SecretNotFound(store_id, secret_id)
        return row


def put_value(draft: Draft, secret: Secret, value: SecretValue) -> None:
    """Seals a value as the present version of a secret, and puts both into the draft."""
    keys = draft.keys
    identity = Identity(keys.vault_id, keys.term, secret.id, secret.version)
    sealed = crypto.seal(keys.master, identity, format.pad(value.reveal()))
    digest = crypto.sha256(sealed.ciphertext)
    part = SealedPart(secret.version, keys.term, crypto.SUITE, sealed.salt, sealed.commitment, digest)
    draft.put(SECRETS, secret_row(secret, part), sealed.ciphertext)

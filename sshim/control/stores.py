"""Stores of the account, and its quota."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count

from sshim.control.desk import Desk, new_id
from sshim.errors import InvalidName, LimitReached, NameTaken, StoreNotEmpty, StoreNotFound
from sshim.model import Store, check_name
from sshim.store.draft import Draft
from sshim.store.rows import store_of, store_row
from sshim.store.schema import GATEWAYS, SECRETS, STORES

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def check_store_id(store_id: str) -> str:
    """The id itself if a store may be made under it; raises `InvalidName`."""
    if not _ID.fullmatch(store_id):
        raise InvalidName("store id", store_id, slug="store_id_invalid")
    return store_id


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or with a number behind it where one is `taken`: two stores of one name cannot be told
    apart."""
    known = set(taken)
    numbered = (f"{name}_{number}" for number in count(2))
    return next(each for each in chain((name,), numbered) if each not in known)


class Stores(Desk):
    """Create, list, get, delete."""

    __slots__ = ()

    def list_stores(self) -> list[Store]:
        """All stores, by name and id."""
        with self._reading("store"):
            found = [store_of(row, self.account_id) for row in self._rows(STORES).values()]
            return sorted(found, key=lambda store: (store.name, store.id))

    def get_store(self, store_id: str) -> Store:
        """One store; raises `StoreNotFound`."""
        with self._reading("store", store_id):
            row = self._rows(STORES).get(store_id)
            if row is None:
                raise StoreNotFound(store_id)
            return store_of(row, self.account_id)

    def create_store(self, name: str, *, store_id: str | None = None) -> Store:
        """Makes a store. Under an id of the caller's choice any number may exist, since a configuration
        names ids; otherwise the account's limit holds. Raises `InvalidName`, `NameTaken`, `LimitReached`."""
        check_name("store", name)
        if store_id is not None:
            check_store_id(store_id)
        with self._writing("create", "store", store_id or "", name=name) as draft:
            stores = draft.tables[STORES.name]
            if store_id is None:
                if any(row[1] == name for row in stores.values()):
                    raise NameTaken("store", name, hint="sshim store list")
                if len(stores) >= self.limits.stores:
                    raise LimitReached("stores", self.limits.stores, slug="maximum_stores_exceeded")
            elif store_id in stores:
                raise NameTaken("store", store_id, hint="sshim store list")
            now = self.clock()
            store = Store(store_id or new_id(), self.account_id, name, now, now)
            draft.put(STORES, store_row(store))
            self._note(draft, "create", "store", store.id, name=name)
            return store

    def delete_store(self, store_id: str, *, force: bool = False) -> None:
        """Deletes a store, with `force` together with its secrets. Raises `StoreNotFound`,
        `StoreNotEmpty`."""
        with self._writing("delete", "store", store_id) as draft:
            store = self._store_in(draft, store_id)
            inside = [row for row in draft.tables[SECRETS.name].values() if row[1] == store_id]
            if inside and not force:
                raise StoreNotEmpty(store_id, len(inside))
            for row in inside:
                draft.delete(SECRETS, row[0])
                self._note(draft, "delete", "secret", row[0], name=row[2], store_id=store_id)
            for row in [row for row in draft.tables[GATEWAYS.name].values() if row[1] == store_id]:
                draft.put(GATEWAYS, (row[0], "", *row[2:-1]))
            draft.delete(STORES, store_id)
            self._note(draft, "delete", "store", store_id, name=store.name)

    def quota(self) -> tuple[int, int]:
        """The account's limit of secrets, and how many there are."""
        with self._reading("quota"):
            return self.limits.secrets, len(self._rows(SECRETS))

    def _store_in(self, draft: Draft, store_id: str) -> Store:
        row = draft.tables[STORES.name].get(store_id)
        if row is None:
            raise StoreNotFound(store_id)
        return store_of(row, self.account_id)

"""Moving a store between a folder and a database, either way: row by row as it is, never opened.

The copy grows in a place of its own beside the target, a batch at a time. A copy that was broken off goes on
from there. Only when all of it is proven does it get the target's name, in one step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.errors import Corrupt, NameTaken, StoreUnavailable, UsageError
from sshim.record import NamedTuple
from sshim.store.disk import translated
from sshim.store.format import decode_header
from sshim.store.interface import Backend, Transaction
from sshim.store.lock import LOCK_FILE, FileLock
from sshim.store.making import refuse_journal
from sshim.store.open import StoreOptions, open_store
from sshim.store.proof import prove
from sshim.store.schema import ALL_TABLES, HEAD, HEADER, SECRETS, Row
from sshim.store.sqlite import SqliteBackend
from sshim.store.sqlite_making import create_sqlite
from sshim.store.state import Opened, State

if TYPE_CHECKING:
    from sshim.store.postgres import PostgresBackend
    from sshim.store.postgres_url import Address

BATCH = 500
"""Rows that take effect together while the copy grows."""


class Moved(NamedTuple):
    """A finished copy: where it is, its generation, how many secrets, and how many rows an earlier try that
    was broken off had brought over already."""

    location: str
    generation: int
    secrets: int
    resumed: int


def copy_store(source: StoreOptions, target: StoreOptions) -> Moved:
    """Copies all of `source`, proven, to `target`, where there must be no store yet; one that is this very
    copy counts as done. The same keys open both. Raises `NameTaken`, `Corrupt`, `UsageError`, and what
    opening raises."""
    if source.location == target.location:
        raise UsageError("FROM and TO are the same place", hint="name two places")
    store = open_store(source._replace(create=False))
    try:
        opened = store.opened()
        there = open_store(target._replace(create=False))
        try:
            present = there.state()
        finally:
            there.forget()
        with opened.backend.read() as tx:
            head = tx.rows(HEAD)
            if present is not None and _same(opened, present, head[0]):
                moved = Moved(target.location, present.head.generation, _secrets(present), 0)
            elif present is not None:
                raise NameTaken("store", target.location, hint="copy to a place without one")
            elif target.url is None:
                moved = _to_folder(tx, opened, target)
            else:
                moved = _to_database(tx, opened, target)
        _remember(target)
        return moved
    finally:
        store.close()


def _same(opened: Opened, present: State, head: Row) -> bool:
    keys = opened.keys
    return present.header.vault_id == keys.vault_id and head[-1] == keys.head_mac(
        present.head, present.checksum
    )


def _to_folder(tx: Transaction, opened: Opened, target: StoreOptions) -> Moved:
    disk, path = target.disk, target.path
    fresh = path.with_name(f"{path.name}.copying")
    with translated(path):
        made = disk.make_folder(target.home)
        disk.check_folder(target.home)
        if made:
            with contextlib.suppress(FileExistsError):
                disk.create(target.home / ".gitignore", b"*\n")
        with FileLock(target.home / LOCK_FILE, disk, timeout=target.lock_timeout).held():
            if not fresh.exists():
                create_sqlite(fresh, disk, _start(tx))
            backend = SqliteBackend(fresh, disk, private=True)
            try:
                resumed = _fill(tx, backend, opened, str(fresh))
                disk.point("copy.filled")
                state = _proven(backend, opened)
                backend.fold()
            finally:
                backend.close()
            disk.sync_file(fresh)
            disk.point("copy.proven")
            if path.exists():
                raise NameTaken("store", target.location, hint="copy to a place without one")
            refuse_journal(path)
            disk.rename(fresh, path)
            disk.point("copy.placed")
    return Moved(target.location, state.head.generation, _secrets(state), resumed)


def _to_database(tx: Transaction, opened: Opened, target: StoreOptions) -> Moved:
    from sshim.store.postgres_making import create_postgres, give_name
    from sshim.store.shared import address_of

    address = address_of(target)
    staging = address._replace(schema=f"{address.schema}_copying")
    create_postgres(staging, _start(tx))
    backend = _staged(staging, target)
    try:
        resumed = _fill(tx, backend, opened, f"schema {staging.schema} of {address.location}")
        target.disk.point("copy.filled")
        state = _proven(backend, opened)
    finally:
        backend.close()
    target.disk.point("copy.proven")
    if not give_name(staging, address):
        raise NameTaken("store", target.location, hint="copy to a place without one")
    target.disk.point("copy.placed")
    return Moved(target.location, state.head.generation, _secrets(state), resumed)


def _staged(staging: Address, target: StoreOptions) -> PostgresBackend:
    from sshim.store.postgres import PostgresBackend
    from sshim.store.postgres_making import Absent

    try:
        return PostgresBackend(staging, lock_timeout=target.lock_timeout)
    except Absent:
        raise StoreUnavailable(target.location, "the copy was taken away meanwhile", hint="again") from None


class _Start:
    def __init__(self, header: Row, head: Row) -> None:
        self._header, self._head = header, head

    def __call__(self, tx: Transaction) -> None:
        tx.put(HEADER, self._header)
        tx.put(HEAD, self._head)


def _start(source: Transaction) -> _Start:
    """Header and head of the source: until all rows are there too, they prove that something is missing."""
    return _Start(source.rows(HEADER)[0], source.rows(HEAD)[0])


def _fill(source: Transaction, target: Backend, opened: Opened, where: str) -> int:
    """Makes the rows of the target those of the source; how many were there already."""
    with target.read() as tx:
        here = tx.rows(HEADER)
        if len(here) != 1 or decode_header(where, here[0]).vault_id != opened.keys.vault_id:
            raise NameTaken(
                "copy that was broken off, of another store,", where, hint="delete it, then again"
            )
    kept = 0
    for table in ALL_TABLES:
        if table in (HEADER, HEAD):
            continue
        wanted = {row[0]: row for row in source.rows(table)}
        with target.read() as tx:
            present = {row[0]: row for row in tx.rows(table)}
        kept += sum(present.get(key) == row for key, row in wanted.items())
        changes = [key for key in wanted if present.get(key) != wanted[key]]
        for batch in _batches([*changes, *(key for key in present if key not in wanted)]):
            with target.write() as tx:
                for key in batch:
                    if key in wanted:
                        payload = source.payload(table, key) if table.payload else None
                        tx.put(table, wanted[key], payload)
                    else:
                        tx.delete(table, key)
    with target.write() as tx:
        _start(source)(tx)
    return kept


def _batches(keys: list[object]) -> Iterator[list[object]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]


def _proven(backend: Backend, opened: Opened) -> State:
    for problem in backend.check():
        raise Corrupt(backend.location, problem)
    return prove(backend, opened.keys)


def _secrets(state: State) -> int:
    return len(state.tables[SECRETS.name])


def _remember(target: StoreOptions) -> None:
    """Opens the copy as anybody would, so that this machine has seen it."""
    store = open_store(target._replace(create=False))
    store.close()


def place_of(text: str, folder: Path, options: StoreOptions) -> StoreOptions:
    """The options for FROM or TO: a `postgresql://` URL, or a folder, counted from `folder`."""
    from sshim.store.postgres_url import is_url

    if is_url(text):
        return options._replace(url=text)
    return options._replace(url=None, home=(folder / Path(text).expanduser()).absolute())

"""What the sealed store asks of a database: rows in tables, transactions, a version. No keys, no checks.

A backend raises only `Locked`, `StoreFull`, `StoreUnavailable`, `UnsafePermissions`, `Corrupt`, `Gone`, and
`InvalidValue` for a text that it cannot keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sshim.errors import Corrupt
from sshim.store.schema import Row, Table


class Transaction(Protocol):
    """One consistent view of the tables; in a writing one, changes that take effect together."""

    def schema(self) -> str:
        """What the database says of its tables, in the form of `schema.SCHEMA`."""
        ...

    def version(self) -> object:
        """The backend's version as of this view, and after its own commit."""
        ...

    def rows(self, table: Table) -> list[Row]:
        """All rows, in no promised order, without the payload."""
        ...

    def payload(self, table: Table, key: Any) -> bytes | None:
        """The payload of one row, None when there is no such row."""
        ...

    def audit(self, after: int = 0, up_to: int | None = None) -> Iterator[Row]:
        """Audit rows with `after` < seq <= `up_to`, in order."""
        ...

    def put(self, table: Table, row: Row, payload: bytes | None = None) -> None:
        """Adds the row or replaces the one of the same key; None keeps the payload that is there."""
        ...

    def delete(self, table: Table, key: Any) -> None:
        """Deletes the row of that key."""
        ...


class Backend(Protocol):
    """A database that holds one vault."""

    location: str

    def read(self) -> AbstractContextManager[Transaction]:
        """A snapshot."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """An exclusive transaction, durable when left without an exception, undone otherwise."""
        ...

    def version(self) -> object:
        """A value that differs as soon as anybody else has committed since the last one. Costs
        microseconds. Raises `Gone` when the database is not the one that was opened any more."""
        ...

    def second(self) -> Backend:
        """Another connection to the same database."""
        ...

    def tidy(self, *, at_once: bool = False) -> None:
        """Drops what old rows may have left behind; not more often than is sensible unless `at_once`."""
        ...

    def check(self) -> Iterable[str]:
        """The database's own integrity check: what is wrong, nothing when all is well."""
        ...

    def copy_to(self, target: Any) -> None:
        """A copy of the whole database as a new file at path `target`."""
        ...

    def close(self) -> None:
        """Ends the connection; the backend is not used afterwards."""
        ...


class Outdated(Corrupt):
    """The database has an older format: damage to whoever cannot migrate it."""


class Gone(Exception):
    """The database was deleted or another one stands in its place. Never leaves `sshim.store`."""

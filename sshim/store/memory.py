"""A database in memory, for tests of one process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from sshim.errors import UsageError
from sshim.store.schema import ALL_TABLES, AUDIT, SCHEMA, Row, Table

_Cells = dict[str, dict[Any, tuple[Row, bytes | None]]]


class _Shared:
    def __init__(self) -> None:
        self.cells: _Cells = {table.name: {} for table in ALL_TABLES}
        self.version = 0
        self.lock = threading.RLock()


class MemoryBackend:
    """Keeps what it is given until the process ends."""

    def __init__(self, shared: _Shared | None = None) -> None:
        self.location = ":memory:"
        self._shared = shared or _Shared()

    @contextlib.contextmanager
    def read(self) -> Iterator[MemoryTransaction]:
        """A snapshot; others wait meanwhile."""
        with self._shared.lock:
            yield MemoryTransaction(self._shared.cells, self._shared.version)

    @contextlib.contextmanager
    def write(self) -> Iterator[MemoryTransaction]:
        """A copy that takes the place of the old when all went well."""
        with self._shared.lock:
            copy = {name: dict(rows) for name, rows in self._shared.cells.items()}
            yield MemoryTransaction(copy, self._shared.version + 1)
            self._shared.cells = copy
            self._shared.version += 1

    def version(self) -> object:
        """Counts commits."""
        return self._shared.version

    def second(self) -> MemoryBackend:
        """Another handle on the same tables."""
        return MemoryBackend(self._shared)

    def tidy(self, *, at_once: bool = False) -> None:
        """Nothing is left behind."""

    def check(self) -> Iterable[str]:
        """Nothing to check."""
        return ()

    def copy_to(self, target: Any) -> None:
        """Not possible; raises `UsageError`."""
        raise UsageError("a store in memory has no file to copy")

    def close(self) -> None:
        """Nothing to close."""


class MemoryTransaction:
    """See `interface.Transaction`."""

    def __init__(self, cells: _Cells, version: int) -> None:
        self._cells, self._version = cells, version

    def schema(self) -> str:
        """Always the one of format 1."""
        return SCHEMA

    def version(self) -> object:
        """The count of commits, this one included."""
        return self._version

    def rows(self, table: Table) -> list[Row]:
        """All rows."""
        return [row for row, _ in self._cells[table.name].values()]

    def payload(self, table: Table, key: Any) -> bytes | None:
        """The payload of one row."""
        return self._cells[table.name].get(key, (None, None))[1]

    def audit(self, after: int = 0, up_to: int | None = None) -> Iterator[Row]:
        """Audit rows in order."""
        rows = self._cells[AUDIT.name]
        for seq in sorted(rows):
            if seq > after and (up_to is None or seq <= up_to):
                yield rows[seq][0]

    def put(self, table: Table, row: Row, payload: bytes | None = None) -> None:
        """Adds or replaces."""
        rows = self._cells[table.name]
        kept = rows.get(row[0], (None, None))[1]
        rows[row[0]] = (row, kept if payload is None else payload)

    def delete(self, table: Table, key: Any) -> None:
        """Deletes."""
        self._cells[table.name].pop(key, None)

"""A `Disk` of which every operation, SQLite's own included, passes through a `Watch` first.

SQLite's operations come through a VFS written with apsw; its connections look like those of `sqlite3`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from sshim.store.disk import Disk

_NAMES = (f"watched-{n}" for n in itertools.count())


class Watch:
    """Told of every operation before it happens. Of one by SQLite it may raise an apsw error: that is how it
    then ends."""

    def op(self, kind: str, path: str, *details: Any) -> None:
        """kind: create write truncate sync delete rename syncdir, or `sql` for a statement."""

    def point(self, name: str) -> None:
        """A named point was reached."""


class WatchedDisk(Disk):
    """Use as a context manager: the VFS is registered for that long. `rewrite` may change a statement."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._vfs = _Vfs(next(_NAMES), watch)

    def __enter__(self) -> WatchedDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._vfs.unregister()

    def rewrite(self, sql: str) -> str:
        return sql

    def point(self, name: str) -> None:
        self.watch.point(name)

    def connect(self, path: Path) -> sqlite3.Connection:
        with _sqlite3_errors():
            return Connection(str(path), self._vfs.vfs_name, self)  # type: ignore[return-value]

    def _make_folders(self, path: Path) -> None:
        if not path.parent.exists():
            self._make_folders(path.parent)
        self.watch.op("folder", str(path))
        super()._make_folders(path)

    @contextlib.contextmanager
    def _new(self, path: Path) -> Iterator[int]:
        self.watch.op("create", str(path))
        with super()._new(path) as fd:
            yield fd
            # small files are written and synced by their owner inside; see `create` and `replace`
            data = os.pread(fd, 1 << 22, 0)
            if data:
                self.watch.op("write", str(path), 0, data)
                self.watch.op("sync", str(path))

    def patch(self, path: Path, offset: int, data: bytes) -> None:
        super().patch(path, offset, data)
        self.watch.op("write", str(path), offset, data)

    def rename(self, source: Path, target: Path) -> None:
        self.watch.op("rename", str(source), str(target))
        super().rename(source, target)

    def sync_file(self, path: Path) -> None:
        self.watch.op("sync", str(path))
        super().sync_file(path)

    def sync_folder(self, path: Path) -> None:
        self.watch.op("syncdir", str(path))
        super().sync_folder(path)


class Connection:
    """apsw's connection with the manners of `sqlite3.Connection`, as far as the store uses them."""

    def __init__(self, path: str, vfs: str, disk: WatchedDisk) -> None:
        self.apsw = apsw.Connection(path, vfs=vfs)
        self._disk = disk

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        self._disk.watch.op("sql", sql.split(" ", 1)[0])
        with _sqlite3_errors():
            return Cursor(self.apsw.execute(self._disk.rewrite(sql), parameters))

    @property
    def in_transaction(self) -> bool:
        return self.apsw.in_transaction

    def setlimit(self, category: int, limit: int) -> int:
        return self.apsw.limit(category, limit)

    def backup(self, target: Connection) -> None:
        with _sqlite3_errors(), target.apsw.backup("main", self.apsw, "main") as backup:
            while not backup.done:
                backup.step(100)

    def close(self) -> None:
        with _sqlite3_errors():
            self.apsw.close()


class Cursor:
    """Rows already fetched, so that an error shows where sqlite3 would show it."""

    def __init__(self, cursor: Any) -> None:
        self._rows = iter(list(cursor))

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


_CODES = {type(apsw.exception_for(code)): code for code in range(1, 27)}


@contextlib.contextmanager
def _sqlite3_errors() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        ours = sqlite3.OperationalError(str(error))
        ours.sqlite_errorcode = getattr(error, "extendedresult", None) or _CODES.get(type(error), 1)
        raise ours from None


def _text(name: Any) -> str:
    return name.filename() if isinstance(name, apsw.URIFilename) else (name or "")


class _Vfs(apsw.VFS):
    def __init__(self, name: str, watch: Watch) -> None:
        super().__init__(name, "")
        self.vfs_name, self.watch = name, watch

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = _text(name)
        fresh = bool(path) and not os.path.lexists(path)
        if fresh:
            self.watch.op("create", path)
        return _File(name, flags, path, fresh, self.watch)

    def xDelete(self, name: str, sync: bool) -> None:
        self.watch.op("delete", name)
        super().xDelete(name, sync)
        if sync:
            self.watch.op("syncdir", os.path.dirname(name))


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], path: str, fresh: bool, watch: Watch) -> None:
        super().__init__("", name, flags)
        self.path, self.watch = path, watch
        # SQLite's unix VFS syncs the folder at the first sync of a journal that it has made
        self.folder_due = fresh and path.endswith(("-journal", "-wal"))

    def xWrite(self, data: bytes, offset: int) -> None:
        self.watch.op("write", self.path, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.watch.op("truncate", self.path, size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.watch.op("sync", self.path)
        super().xSync(flags)
        if self.folder_due:
            self.folder_due = False
            self.watch.op("syncdir", os.path.dirname(self.path))

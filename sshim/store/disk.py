"""Files that are ours alone: made 0600 in folders of 0700, never through a link, replaced whole or not.

All that the store does to the file system, SQLite's own work apart, goes through one `Disk`, so that a test
can record it, make it fail, or stop the process at a named point.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from sshim.errors import SshimError, StoreFull, StoreUnavailable, UnsafePermissions

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_OWNED = hasattr(os, "geteuid")
MAX_SMALL_FILE = 65_536

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


class Disk:
    """The real file system."""

    def point(self, name: str) -> None:
        """Reached a named point of a change. Does nothing; tests stop or kill the process here."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """An SQLite connection without any settings made."""
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)

    def connect_to_look(self, path: Path) -> sqlite3.Connection:
        """One that writes nothing: it takes no journal into the file when it is closed as the last, and makes
        none where there is none."""
        from urllib.parse import quote  # costs every command a millisecond, and is seldom needed

        name = quote(os.fsencode(path.absolute()))
        how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
        return sqlite3.connect(f"file:{name}?{how}", uri=True, isolation_level=None, timeout=2.0)

    def make_folder(self, path: Path) -> bool:
        """Makes a folder (and its parents) with mode 0700; whether it was made now. An empty folder that is
        ours is closed to others. Raises `UnsafePermissions`, `StoreUnavailable`."""
        with translated(path):
            if not path.is_dir():
                self._make_folders(path)
                return True
            self.check_folder(path)
            empty = next(path.iterdir(), None) is None
            if empty and _OWNED and stat.S_IMODE(path.stat().st_mode) & 0o077:
                path.chmod(0o700)
            return empty

    def _make_folders(self, path: Path) -> None:
        if not path.parent.exists():
            self._make_folders(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(0o700)
            path.chmod(0o700)
            self.sync_folder(path.parent)

    def check_folder(self, path: Path) -> None:
        """Raises `UnsafePermissions` when others may write in the folder: they could replace any file."""
        with translated(path):
            found = path.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise UnsafePermissions(str(path), "is not a folder", hint="name another data folder")
        if not _OWNED:
            return
        if found.st_uid not in (os.geteuid(), 0):
            raise UnsafePermissions(str(path), "belongs to another user", hint="name a folder of your own")
        if found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX:
            raise UnsafePermissions(str(path), "may be written by other users", hint=f"chmod go-w {path}")

    def check_file(self, path: Path, found: os.stat_result | None = None) -> os.stat_result:
        """What `lstat` says of a file that must be a plain one, ours, closed to others and of one name.
        Raises `UnsafePermissions`; FileNotFoundError passes."""
        found = path.lstat() if found is None else found
        if not stat.S_ISREG(found.st_mode):
            kind = "is a symbolic link" if stat.S_ISLNK(found.st_mode) else "is not a plain file"
            raise UnsafePermissions(str(path), kind, hint=f"move {path} away")
        if _OWNED:
            if found.st_uid != os.geteuid():
                raise UnsafePermissions(
                    str(path), "belongs to another user", hint="run sshim as the user who made it"
                )
            if found.st_mode & 0o077:
                raise UnsafePermissions(str(path), "is open to other users", hint=f"chmod 600 {path}")
        if found.st_nlink > 1:
            raise UnsafePermissions(
                str(path), "has a second name (hard link)", hint="copy it, then delete the other name"
            )
        return found

    def create(self, path: Path, data: bytes) -> None:
        """Makes a new file of ours with this content, durable. FileExistsError passes."""
        with self._new(path) as fd:
            _write(fd, data)
            os.fsync(fd)
        self.sync_folder(path.parent)

    def create_empty(self, path: Path) -> None:
        """Makes a new, empty file of ours. FileExistsError passes."""
        with self._new(path):
            pass

    @contextlib.contextmanager
    def _new(self, path: Path) -> Iterator[int]:
        with translated(path, FileExistsError):
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _CLOEXEC, 0o600)
            try:
                if _OWNED:
                    os.fchmod(fd, 0o600)  # a umask may have taken our own bits away
                yield fd
            finally:
                os.close(fd)

    def replace(self, path: Path, data: bytes) -> None:
        """Makes `path` hold this content, or leaves it as it was; durable."""
        fresh = path.with_name(f"{path.name}.{os.urandom(4).hex()}.new")
        try:
            with self._new(fresh) as fd:
                _write(fd, data)
                os.fsync(fd)
            self.point("replace.written")
            self.rename(fresh, path)
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise

    def patch(self, path: Path, offset: int, data: bytes) -> None:
        """Writes into a file of ours that exists, without forcing it to the disk."""
        with translated(path):
            fd = os.open(path, os.O_WRONLY | _NOFOLLOW | _CLOEXEC | _NONBLOCK)
            try:
                self.check_file(path, os.fstat(fd))
                os.lseek(fd, offset, os.SEEK_SET)
                _write(fd, data)
            finally:
                os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Renames over `target`, durable."""
        with translated(target):
            os.replace(source, target)
        self.sync_folder(target.parent)

    def sync_file(self, path: Path) -> None:
        """Forces a file that SQLite does not hold open to the disk."""
        with translated(path):
            fd = os.open(path, os.O_RDWR | _NOFOLLOW | _CLOEXEC)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def sync_folder(self, path: Path) -> None:
        """Forces the names in a folder to the disk."""
        if not _OWNED:
            return  # Windows opens no folders
        with translated(path):
            fd = os.open(path, os.O_RDONLY | _CLOEXEC)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def read(self, path: Path) -> bytes:
        """The content of a small file of ours, checked on the descriptor that is read. FileNotFoundError
        passes; raises `UnsafePermissions`, `StoreUnavailable`."""
        with translated(path, FileNotFoundError):
            try:
                fd = os.open(path, os.O_RDONLY | _NOFOLLOW | _CLOEXEC | _NONBLOCK)
            except OSError:
                self.check_file(path)  # a link says so, not that there are too many of them
                raise
            try:
                self.check_file(path, os.fstat(fd))
                return os.read(fd, MAX_SMALL_FILE)
            finally:
                os.close(fd)


@contextlib.contextmanager
def translated(path: Path, *passing: type[OSError]) -> Iterator[None]:
    """Turns an OSError about `path` into an error of ours; those in `passing` go through."""
    try:
        yield
    except SshimError:
        raise
    except passing:
        raise
    except OSError as error:
        raise os_error(path, error) from None


def os_error(path: Path, error: OSError) -> SshimError:
    """The error of ours for an OSError about `path`."""
    why = (error.strerror or type(error).__name__).lower()
    if error.errno in FULL:
        return StoreFull(str(path), why)
    if isinstance(error, PermissionError):
        return UnsafePermissions(
            str(path), "is closed to us", hint=f"chmod u+rwx {path}, or name another folder"
        )
    if error.errno == errno.ELOOP:
        return UnsafePermissions(str(path), "is a symbolic link", hint=f"move {path} away")
    return StoreUnavailable(str(path), why, hint="check the folder, or name another with --persist-to")


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]

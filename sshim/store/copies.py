"""Backup and restore: a copy is proven whole before it gets its name, and before it replaces anything."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sshim.errors import Corrupt, NameTaken, SshimError, StoreUnavailable, UsageError
from sshim.store.audit import Note
from sshim.store.disk import Disk, translated
from sshim.store.format import Header, decode_header
from sshim.store.interface import Outdated
from sshim.store.lock import LOCK_FILE, FileLock
from sshim.store.open import StoreOptions, key_place
from sshim.store.proof import prove
from sshim.store.schema import HEAD, HEADER
from sshim.store.sealed import SealedStore
from sshim.store.sqlite import SqliteBackend
from sshim.store.sqlite_errors import FAULTS, our_error
from sshim.store.state import Anchor, Opened, State
from sshim.store.unlocking import find_key

SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Copied:
    """A backup that was written, or restored: which file, of which generation, with how many secrets, and
    the file that what was there before is kept in (None: there was nothing)."""

    path: Path
    generation: int
    secrets: int
    kept: Path | None = None


def back_up(store: SealedStore, options: StoreOptions, target: Path, *, overwrite: bool = False) -> Copied:
    """Writes a proven copy to `target`, mode 0600. The key is not in it. Raises `NameTaken` when the file
    exists (unless `overwrite`), `UsageError` when it is one of the store's own or no plain file,
    `Corrupt` when the store itself is damaged."""
    target = target.absolute()
    _refuse_own(target, options)
    if os.path.lexists(target):
        if not overwrite:
            raise NameTaken("file", str(target), hint="name another file")
        if not target.is_file():
            raise UsageError(f"{target} is not a file that could be replaced", hint="name another file")
    opened = store.opened()
    disk = options.disk
    with _scratch(disk, target.parent, target.name) as fresh:
        opened.backend.copy_to(fresh)
        disk.point("backup.copied")
        state = prove_file(fresh, options, opened)
        disk.sync_file(fresh)
        disk.point("backup.proven")
        disk.rename(fresh, target)
    return _copied(target, state)


def restore(
    options: StoreOptions, source: Path, note: Note, anchor: Anchor, *, other: bool = False
) -> Copied:
    """Puts a backup in the place of the store, in one transaction that other processes see as any other.
    What was there is kept beside it. Nothing is replaced when the backup is not whole (`Corrupt`), does not
    open with the keys at hand (`WrongKey`, `KeyMissing`), or is one of another store (`UsageError`, unless
    `other`)."""
    _refuse_own(source, options)
    disk, path = options.disk, options.path
    disk.make_folder(options.home)
    disk.check_folder(options.home)
    lock = FileLock(options.home / LOCK_FILE, disk, timeout=options.lock_timeout)
    with lock.held(), _scratch(disk, options.home, f"{path.name}.restore") as fresh:
        _copy_in(disk, source, fresh)
        _check_length(fresh, source)
        try:
            state = prove_file(fresh, options)
        except Outdated:
            from sshim.store.migrate import migrate

            before = migrate(fresh, disk, key_place(options), private=True)
            if before is not None:
                before.unlink()  # `source` still is what it was
            state = prove_file(fresh, options)
        except Corrupt as error:
            raise Corrupt(str(source), error.what, hint="restore another backup") from None
        present = _present_vault(options)
        if present is not None and present != state.header.vault_id and not other:
            raise UsageError(
                f"{source} is a backup of another store", hint="give another data folder by --persist-to"
            )
        kept = _keep(options, note.when)
        state = _continue(fresh, options, anchor, note)
        disk.point("restore.prepared")
        _put_in_place(disk, fresh, path)
        disk.point("restore.replaced")
    return _copied(path, state, kept)


def _refuse_own(file: Path, options: StoreOptions) -> None:
    """Raises `UsageError` for a file that the store works with: what others write meanwhile would be lost."""
    own = [options.path, *(Path(f"{options.path}{side}") for side in SIDES), options.home / LOCK_FILE]
    if os.path.realpath(file) in [os.path.realpath(each) for each in own]:
        raise UsageError(f"{file} is a file of the store itself", hint="name another file")


def prove_file(path: Path, options: StoreOptions, opened: Opened | None = None) -> State:
    """Everything there is to prove about a file that nobody else uses: pages, header, head, rows, values,
    audit chain. With `opened` it must be of that vault, under those keys."""
    try:
        backend = SqliteBackend(path, options.disk, private=True)
    except FileNotFoundError:
        raise StoreUnavailable(str(path), "there is no such file") from None
    try:
        for problem in backend.check():
            raise Corrupt(str(path), problem)
        keys = (
            opened.keys
            if opened is not None
            else find_key(str(path), _header(backend), key_place(options))[0]
        )
        return prove(backend, keys)
    finally:
        backend.close()


def _header(backend: SqliteBackend) -> Header:
    with backend.read() as tx:
        found = tx.rows(HEADER)
    if len(found) != 1:
        raise Corrupt(backend.location, "the header is missing")
    return decode_header(backend.location, found[0])


def _present_vault(options: StoreOptions) -> str | None:
    """The id of the store that is there, None when there is none or it cannot be read."""
    with contextlib.suppress(SshimError, FileNotFoundError):
        backend = SqliteBackend(options.path, options.disk, private=True)
        try:
            return _header(backend).vault_id
        finally:
            backend.close()
    return None


def _continue(fresh: Path, options: StoreOptions, anchor: Anchor, note: Note) -> State:
    """Makes the copy the newest state of its store: a generation above all that was seen, and a record."""
    backend = SqliteBackend(fresh, options.disk, private=True)
    keys, slot = find_key(str(fresh), _header(backend), key_place(options))
    store = SealedStore(lambda: Opened(backend, keys, slot.id), location=str(fresh))
    try:
        seen = _seen(anchor, keys.vault_id)
        with store.change() as draft:
            draft.raise_generation(max(seen, _generation(options)) + 1)
            draft.note(note)
        state = store.state()
        assert state is not None
        backend.fold()
        return state
    finally:
        store.close()


def _seen(anchor: Anchor, vault_id: str) -> int:
    try:
        seen = anchor.seen(vault_id)
    except Corrupt:
        return 0  # it is written anew afterwards
    return 0 if seen is None else seen[0]


def _generation(options: StoreOptions) -> int:
    """The generation that the present store claims, 0 when it cannot be read."""
    with contextlib.suppress(SshimError, FileNotFoundError, *FAULTS):
        backend = SqliteBackend(options.path, options.disk, private=True)
        try:
            with backend.read() as tx:
                return max((row[1] for row in tx.rows(HEAD) if type(row[1]) is int), default=0)
        finally:
            backend.close()
    return 0


def _keep(options: StoreOptions, now: datetime) -> Path | None:
    """Keeps what is there under another name. Byte for byte, journal included, only when SQLite cannot read
    it: to open a file that SQLite has open in this process too would drop its locks."""
    disk, path = options.disk, options.path
    kept = path.with_name(f"{path.name}.replaced-{now:%Y%m%dT%H%M%S}-{os.urandom(3).hex()}")
    if not os.path.lexists(path):
        _keep_journal(disk, path, kept)  # it may be left of a file that was deleted, or comes back yet
        return None
    disk.create_empty(kept)
    try:
        backend = SqliteBackend(path, disk, private=True)
        try:
            backend.copy_to(kept)
        finally:
            backend.close()
        disk.sync_file(kept)
    except Corrupt:
        _copy_in(disk, path, kept)
        _keep_journal(disk, path, kept)
    return kept


def _keep_journal(disk: Disk, path: Path, kept: Path) -> None:
    with contextlib.suppress(StoreUnavailable):
        _copy_in(disk, path.with_name(path.name + "-wal"), kept.with_name(kept.name + "-wal"))


def _put_in_place(disk: Disk, fresh: Path, path: Path) -> None:
    if os.path.lexists(path):
        try:
            _overwrite(disk, fresh, path)
            return
        except FAULTS as error:
            if not isinstance(our_error(str(path), error), Corrupt):
                raise our_error(str(path), error) from None
    # too damaged for SQLite to write into, so nobody can be using it, or not there: a journal that is left of
    # it would be taken for that of the file which comes in its place
    for side in SIDES:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + side).unlink()
    disk.sync_folder(path.parent)
    disk.rename(fresh, path)


def _overwrite(disk: Disk, fresh: Path, path: Path) -> None:
    source, target = disk.connect(fresh), disk.connect(path)
    try:
        target.execute("PRAGMA synchronous=FULL")
        target.execute("PRAGMA secure_delete=ON")
        source.backup(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        source.close()
        target.close()


@contextlib.contextmanager
def _scratch(disk: Disk, folder: Path, name: str) -> Iterator[Path]:
    """A new empty file of ours in `folder`, gone afterwards if it still has that name."""
    fresh = folder / f"{name}.{os.urandom(4).hex()}.new"
    with translated(folder):
        disk.create_empty(fresh)
    try:
        yield fresh
    finally:
        for each in (fresh, *(fresh.with_name(fresh.name + side) for side in SIDES)):
            with contextlib.suppress(OSError):
                each.unlink()


def _copy_in(disk: Disk, source: Path, target: Path) -> None:
    with translated(source):
        # a pipe or a device may never end
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(source, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise StoreUnavailable(str(source), "it is not a plain file", hint="name another file")
            data = stream.read()
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    disk.create(target, data)


def _check_length(fresh: Path, source: Path) -> None:
    """SQLite takes a file whose end is cut off for one that ends in zeros, which may even be what was there.
    The file's own header knows better."""
    with fresh.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    claimed = int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page)
    if head.startswith(b"SQLite format 3\0") and fresh.stat().st_size < claimed:
        raise Corrupt(str(source), "its end is missing", hint="restore another backup")


def _copied(path: Path, state: State, kept: Path | None = None) -> Copied:
    return Copied(path, state.head.generation, len(state.tables["secrets"]), kept)

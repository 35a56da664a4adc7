"""Making a store with its first key where there is none: what `open` does on first use."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sshim.errors import Corrupt
from sshim.store import format, schema
from sshim.store.disk import translated
from sshim.store.format import Head, Header
from sshim.store.interface import Transaction
from sshim.store.keyfile import make_root, read_root
from sshim.store.keys import Root, new_header
from sshim.store.lock import LOCK_FILE, FileLock
from sshim.store.open import StoreOptions, key_place
from sshim.store.rows import to_micros
from sshim.store.sqlite_making import create_sqlite
from sshim.store.state import Made


def make_when_absent(options: StoreOptions) -> Made | None:
    """Makes folder, key and file unless the file is there; None when it is. Raises `Corrupt` when only its
    journal is left, and what making files raises."""
    path, disk = options.path, options.disk
    with translated(path):
        if os.path.lexists(path):
            return None
        fresh_folder = disk.make_folder(options.home)
        disk.check_folder(options.home)
        with FileLock(options.home / LOCK_FILE, disk, timeout=options.lock_timeout).held():
            if os.path.lexists(path):
                return None
            refuse_journal(path)
            made = _make(options)
            if fresh_folder:
                with contextlib.suppress(FileExistsError):
                    disk.create(options.home / ".gitignore", b"*\n")
            return made


def refuse_journal(path: Path) -> None:
    """Raises `Corrupt` when there is a journal without its file: SQLite would take it for that of the next
    file of this name."""
    for side in ("-wal", "-journal"):
        if os.path.lexists(f"{path}{side}"):
            raise Corrupt(
                str(path),
                "it is gone, but its journal is there",
                hint=f"sshim store restore FILE from a backup, or delete {path}{side} to begin anew",
            )


def _make(options: StoreOptions) -> Made:
    def create(header: Header, keys: format.Seals) -> bool:
        create_sqlite(options.path, options.disk, first_rows(header, keys))
        return True

    made = make_with_key(options, create, lambda: os.path.lexists(options.path))
    assert made is not None
    return made


def make_with_key(
    options: StoreOptions, create: Callable[[Header, format.Seals], bool], is_there: Callable[[], bool]
) -> Made | None:
    """A new store and, unless one is given, its key. `create` says False when another has made one first:
    None then, and the new key is taken back, as it is when `create` fails and nothing `is_there`."""
    now = to_micros(options.clock() if options.clock else datetime.now(UTC))
    place, disk = key_place(options), options.disk
    vault_id = os.urandom(16).hex()
    path = options.key_file or place.default_path(vault_id)
    fresh_key = done = False
    if options.key is not None:
        root = Root("env", options.key, "SSHIM_KEY")
    else:
        default = options.key_file is None
        existing = read_root(disk, options.location, path, default=default)
        fresh_key = existing is None
        with translated(path):
            root = existing or make_root(disk, path, default=default)
    header, master = new_header(root, label="first", now=now, vault_id=vault_id)
    keys = format.seals(options.location, vault_id, 1, master)
    try:
        done = create(header, keys)
    finally:
        if fresh_key and not done and not is_there():
            with contextlib.suppress(OSError):
                path.unlink()
    made_at = options.path if options.url is None else options.location
    return Made(made_at, None if options.key is not None else path) if done else None


def first_rows(header: Header, keys: format.Seals) -> Callable[[Transaction], None]:
    """What a new database is filled with: header and the head of an empty set."""

    def fill(tx: Transaction) -> None:
        row = format.encode_header(header)
        empty: dict[str, dict[str, schema.Row]] = {table.name: {} for table in schema.TABLES}
        head = Head(1, 0, format.AUDIT_START, format.set_digest(empty))
        tx.put(schema.HEADER, row)
        tx.put(schema.HEAD, format.encode_head(keys, head, row[3]))

    return fill

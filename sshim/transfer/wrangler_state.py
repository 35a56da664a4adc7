"""The secrets that wrangler's local mode keeps, in plain text, below `.wrangler/state/v3/secrets-store`.

Read as wrangler 4 writes it, without Node:

    <store id>/blobs/<blob>                                      one value each, as it is
    miniflare-secrets-store-KVNamespaceObject/<hash>.sqlite      the names of one store

In table `_mf_entries` of the latter are key (the name), blob_id and metadata `{"uuid": id}`; <hash> is that
of a Durable Object named by the store's id. Nothing there is opened for writing, since a running wrangler may
hold it: each database is copied together with its write-ahead log, and the copy is opened. Scopes and
comments are not kept by wrangler; whatever it holds, a Worker may read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sshim.errors import UPDATE, TransferError
from sshim.model import MAX_VALUE_BYTES, SecretValue
from sshim.record import NamedTuple
from sshim.transfer.plan import Incoming

NAMESPACE = "miniflare-secrets-store-KVNamespaceObject"
VERSION = "v3"

_PLACES = (
    f".wrangler/state/{VERSION}/secrets-store",
    f"state/{VERSION}/secrets-store",
    f"{VERSION}/secrets-store",
    "secrets-store",
    ".",
)
_COLUMNS = {"key", "blob_id", "expiration", "metadata"}
_BLOB = re.compile(r"[0-9A-Za-z_-]{1,200}")
_MAX_DATABASE = 64 << 20
_TRIES = 5
_PAUSE = 0.05


class Found(NamedTuple):
    """One secret of wrangler's: `id` is 32 hex digits, None where there is no such; `blob` is its file."""

    store_id: str
    name: str
    id: str | None
    value: SecretValue
    blob: Path


class WranglerState(NamedTuple):
    """What was found below `folder`, by store and name."""

    folder: Path
    secrets: tuple[Found, ...]


def read_state(directory: Path) -> WranglerState:
    """The state below a project's folder, or in the state's own folder. Raises `TransferError` when there is
    none, when it is of a version unknown here, or damaged."""
    folder = _locate(directory)
    for left in reversed(range(_TRIES)):
        try:
            return WranglerState(folder, tuple(_read(folder)))
        except _Unsettled as error:
            if not left:
                raise TransferError(
                    f"the wrangler state in {folder} is damaged or being written: {error}",
                    hint="stop wrangler, and once more; nothing was imported",
                ) from None
            time.sleep(_PAUSE)
    raise AssertionError("the last try returns or raises")


def incoming(state: WranglerState) -> list[Incoming]:
    """Its secrets on their way into a store. Scopes and comments of secrets that exist there stay."""
    origin = f"wrangler state in {state.folder}"
    return [
        Incoming(each.name, each.store_id, each.value, origin=origin, secret_id=each.id)
        for each in state.secrets
    ]


class _Unsettled(Exception):
    """The files do not fit together: a writer is at work, or the state is damaged."""


def _locate(directory: Path) -> Path:
    if not directory.is_dir():
        raise TransferError(f"{directory} is not a folder", hint="name the project's folder")
    for place in _PLACES:
        if (directory / place / NAMESPACE).is_dir():
            return (directory / place).resolve()
    others = [path.name for path in directory.glob(".wrangler/state/v*") if path.name != VERSION]
    if others:
        raise TransferError(
            f"the wrangler state in {directory} is of version {others[0]}; "
            f"this version of sshim reads {VERSION}",
            hint=UPDATE,
        )
    raise TransferError(
        f"there are no secrets of wrangler in {directory}",
        hint=f"name the folder that holds .wrangler/state/{VERSION}/secrets-store",
    )


def _read(folder: Path) -> Iterator[Found]:
    databases = {path.name for path in (folder / NAMESPACE).glob("*.sqlite")} - {"metadata.sqlite"}
    stores = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != NAMESPACE)
    known = {_database_of(store.name): store for store in stores}
    for name in sorted(databases - known.keys()):
        if _entries(folder / NAMESPACE / name):
            raise _Unsettled(f"{name} belongs to no store's folder")
    for name, store in known.items():
        database = folder / NAMESPACE / name
        entries = _entries(database) if name in databases else []
        blobs = {path.name for path in _listing(store / "blobs")}
        if entries and not blobs:
            raise _Unsettled(f"store {store.name} has names but no values, as after shredding them")
        if {blob for _, blob, _ in entries} != blobs:
            raise _Unsettled(f"names and values of store {store.name} do not fit together")
        for key, blob, secret_id in entries:
            path = store / "blobs" / blob
            yield Found(store.name, key, secret_id, _value(path, key), path)


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def _database_of(store_id: str) -> str:
    """The file that holds the names of a store: its name is the id of a Durable Object."""
    key = hashlib.sha256(NAMESPACE.encode()).digest()
    mark = hmac.digest(key, os.fsencode(store_id), "sha256")[:16]
    return (mark + hmac.digest(key, mark, "sha256")[:16]).hex() + ".sqlite"


def _entries(database: Path) -> list[tuple[str, str, str | None]]:
    """Name, blob and id of each secret, by name."""
    with tempfile.TemporaryDirectory(prefix="sshim-") as private:
        copy = Path(private) / "names.sqlite"
        _copy(database, copy)
        try:
            with closing(sqlite3.connect(copy)) as connection:
                columns = {row[1] for row in connection.execute("PRAGMA table_info(_mf_entries)")}
                if not columns:
                    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        raise _unknown(database)
                    return []
                if not columns >= _COLUMNS:
                    raise _unknown(database)
                if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise _damaged(database)
                query = "SELECT key, blob_id, metadata FROM _mf_entries ORDER BY key"
                return [_entry(database, *row) for row in connection.execute(query)]
        except (sqlite3.Error, UnicodeDecodeError):
            raise _damaged(database) from None


def _entry(database: Path, key: object, blob: object, metadata: object) -> tuple[str, str, str | None]:
    if not isinstance(key, str) or not isinstance(blob, str) or not _BLOB.fullmatch(blob):
        raise _damaged(database)
    try:
        told = json.loads(metadata)["uuid"] if isinstance(metadata, str) else ""
        secret_id = str(told).replace("-", "")
    except (ValueError, KeyError, TypeError, RecursionError):
        secret_id = ""
    return key, blob, secret_id if re.fullmatch("[0-9a-f]{32}", secret_id) else None


def _copy(database: Path, copy: Path) -> None:
    """A database and its log as they were at one moment."""
    parts = [(database, copy), (_log_of(database), _log_of(copy))]
    before = [_stamp(source) for source, _ in parts]
    if any(stamp is not None and stamp[0] > _MAX_DATABASE for stamp in before):
        raise _damaged(database)
    for (source, target), stamp in zip(parts, before, strict=True):
        if stamp is not None:
            try:
                shutil.copyfile(source, target)
            except FileNotFoundError:
                raise _Unsettled(f"{source.name} has just gone") from None
    if before[0] is None or before != [_stamp(source) for source, _ in parts]:
        raise _Unsettled(f"{database.name} is changing")


def _log_of(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _value(path: Path, name: str) -> SecretValue:
    """The value in a blob. A link is not followed: wrangler makes none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise _Unsettled(f"the value of {name!r} has just gone") from None
    except OSError as error:
        raise _unreadable(name, f"cannot be read: {error.strerror}", path) from None
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(name, "is not a plain file", path)
        data = stream.read(MAX_VALUE_BYTES + 1)
    try:
        return SecretValue(data.decode())
    except UnicodeDecodeError:
        if len(data) > MAX_VALUE_BYTES:  # a letter may be cut in two; the length is refused later
            return SecretValue(data.decode(errors="replace"))
        raise _unreadable(name, "is not UTF-8 text", path) from None


def _unreadable(name: str, why: str, path: Path) -> TransferError:
    return TransferError(
        f"the value of {name!r} {why}: {path}",
        hint="nothing was imported; delete that secret with wrangler, then again",
    )


def _damaged(database: Path) -> TransferError:
    return TransferError(
        f"the wrangler state is damaged: {database} cannot be read",
        hint="nothing was imported; put back a copy, or enter its secrets anew",
    )


def _unknown(database: Path) -> TransferError:
    return TransferError(
        f"{database} is not in the form that wrangler 4 writes, and cannot be read",
        hint=f"{UPDATE}; nothing was imported",
    )

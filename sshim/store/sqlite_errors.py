"""SQLite's error codes in our words."""

from __future__ import annotations

import sqlite3

from sshim.errors import Corrupt, Locked, SshimError, StoreFull, StoreUnavailable

_BUSY, _LOCKED, _NOMEM, _READONLY, _IOERR, _FULL, _CANTOPEN, _PROTOCOL = 5, 6, 7, 8, 10, 13, 14, 15
_SHORT_READ, _READ, _CORRUPT_FILE, _DATA = 522, 266, 8458, 8202


FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What calls into SQLite raise. The second comes when its message quotes bytes of a damaged file."""


def our_error(location: str, error: Exception) -> SshimError:
    """The error of ours for one of `FAULTS`. What SQLite cannot make sense of is damage."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (_BUSY, _LOCKED, _PROTOCOL):
        return Locked(location, None)
    if primary == _FULL:
        return StoreFull(location, "no space left on the disk")
    if primary == _READONLY:
        return StoreFull(location, "it is read-only")
    if primary == _NOMEM:
        return StoreUnavailable(location, "out of memory", hint="free some memory, then again")
    if primary == _IOERR and code not in (_SHORT_READ, _CORRUPT_FILE, _DATA):
        if code == _READ:
            return StoreUnavailable(location, "the disk cannot be read", hint="check the disk")
        return StoreFull(location, "the disk refused a write")
    if primary == _CANTOPEN:
        return StoreUnavailable(
            location, "the file or its folder cannot be opened", hint="check the folder's permissions"
        )
    if isinstance(error, sqlite3.Error) and str(error).isprintable():
        return Corrupt(location, str(error))
    return Corrupt(location, "SQLite cannot make sense of it")

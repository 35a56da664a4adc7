"""The peers of the store's figures: plain SQLite, nothing sealed, nothing recorded, nothing proven.

`python -m tests.benchmarks.bare_sqlite FILE SECONDS` is one writer, which prints how often it committed.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path


def connect(path: Path) -> sqlite3.Connection:
    """A connection as durable as the store's own: a journal written ahead, and synced at every commit."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def fill(path: Path, count: int) -> sqlite3.Connection:
    """A table of names and values."""
    connection = connect(path)
    connection.execute("CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO secrets VALUES (?, 'value')", [(f"N{n}",) for n in range(count)])
    connection.execute("COMMIT")
    return connection


def write(path: Path, seconds: float) -> int:
    """Commits one changed row after the other, and counts them."""
    connection = connect(path)
    done = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE secrets SET value = ? WHERE name = 'N0'", (str(done),))
        connection.execute("COMMIT")
        done += 1
    connection.close()
    return done


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), float(sys.argv[2])))

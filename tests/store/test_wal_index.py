"""Commits are seen in the shared index, and looking there does SQLite no harm."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.store.wal_index import WalIndex

_PRESENCE = 128
"""The byte of the index on which every connection holds a shared lock while it is open."""

_CAN_LOCK = f"""
import fcntl, os, sys
with open(sys.argv[1], "r+b") as index:
    try:
        fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, {_PRESENCE})
    except OSError:
        print("held")
    else:
        print("free")
"""


@contextlib.contextmanager
def opened(path: Path, mode: str = "wal") -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
        yield connection
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ö.db"


def presence(path: Path) -> str:
    index = path.with_name(path.name + "-shm")
    return subprocess.run(
        [sys.executable, "-c", _CAN_LOCK, index], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_header_changes_with_every_commit_of_another_connection_and_with_nothing_else(path: Path) -> None:
    with opened(path) as first, opened(path) as second:
        index = WalIndex(path)
        before = index.header()
        assert before is not None and len(before) == 48
        first.execute("SELECT * FROM t").fetchall()
        second.execute("SELECT * FROM t").fetchall()
        assert index.header() == before
        seen = {before}
        for number in range(5):
            second.execute("INSERT INTO t VALUES (?)", (number,))
            header = index.header()
            assert header is not None and header not in seen
            seen.add(header)
            first.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            seen.add(index.header() or b"")
        second.execute("BEGIN IMMEDIATE")
        second.execute("DELETE FROM t")
        second.execute("ROLLBACK")
        assert index.header() in seen


def test_looking_takes_none_of_the_locks_away_that_this_process_holds(path: Path) -> None:
    with opened(path):
        assert presence(path) == "held"
        index = WalIndex(path)
        assert index.header() is not None
        del index
        assert presence(path) == "held"
    with opened(path):
        os.close(os.open(path.with_name(path.name + "-shm"), os.O_RDONLY))
        assert presence(path) == "free", "a descriptor of our own would have been harmless after all"


def test_a_database_without_such_an_index_has_no_header(path: Path) -> None:
    assert WalIndex(path).header() is None
    with opened(path, "delete"):
        assert WalIndex(path).header() is None


def test_an_index_that_another_process_only_has_open_has_no_header_here(path: Path) -> None:
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM t').fetchall()"
    with opened(path):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", f"{script}; print(flush=True); input()", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert path.with_name(path.name + "-shm").exists()
        assert WalIndex(path).header() is None
        other.communicate(b"\n")

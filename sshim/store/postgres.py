"""The database in PostgreSQL: the same rows, sealed on this side; the server sees only ciphertext.

The head is the writers' lock: a change begins with SELECT … FOR UPDATE on its row and ends by replacing
exactly the generation it has seen. Settings hold for one transaction each: a pooler may stand between.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from sshim.errors import Corrupt, SshimError, StoreUnavailable
from sshim.store.disk import Disk
from sshim.store.interface import Gone
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_making import Absent, check_schema
from sshim.store.postgres_tables import PostgresTransaction, copy_rows, settings
from sshim.store.postgres_url import Address
from sshim.store.postgres_watch import Version, Watch, head_version
from sshim.store.schema import SCHEMA

BRIEF = -7.0
"""How much less than usual is waited for what needs neither lock nor disk: a look at the head, the beginning
of a transaction. A pooler may let it wait for a connection that others hold while they wait for the lock."""

STRICT_LOOKS = 16
"""How often the server itself is asked for the version before a watch takes over."""


class PostgresBackend:
    """One connection to the store in `address`. Safe to use from several threads, which then wait for each
    other. With `watched` the version comes from a watch at once, otherwise after some looks."""

    def __init__(self, address: Address, *, lock_timeout: float = 10.0, watched: bool = False) -> None:
        self.location = address.location
        self._address, self._timeout = address, lock_timeout
        self._mutex = threading.RLock()
        self._looks = STRICT_LOOKS if watched else 0
        self._parts = _Parts()
        self._ending = weakref.finalize(self, self._parts.close)
        self._version: Version | None = None
        try:
            self._connect()
        except BaseException:
            self._ending()
            raise

    @property
    def connection(self) -> Connection:
        """The connection, made anew when it has ended. Raises at once while it is known that none can be."""
        found = self._parts.connection
        if found is not None and found.alive:
            return found
        if self._parts.watch is not None:
            self._parts.watch.require()
        try:
            return self._connect()
        except Absent:
            raise Gone from None

    def _connect(self) -> Connection:
        self._parts.drop()
        fresh = Connection(self._address)
        self._parts.connection = fresh
        check_schema(fresh)
        return fresh

    @contextlib.contextmanager
    def read(self) -> Iterator[PostgresTransaction]:
        """A snapshot."""
        with self._mutex:
            connection, version = self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "")
            try:
                yield PostgresTransaction(connection, version)
            finally:
                self._undo(connection)
            self._learn(version)

    @contextlib.contextmanager
    def write(self) -> Iterator[PostgresTransaction]:
        """An exclusive transaction."""
        with self._mutex:
            connection, version = self._begin("BEGIN ISOLATION LEVEL READ COMMITTED", " FOR UPDATE")
            tx = PostgresTransaction(connection, version)
            try:
                yield tx
                tx.announce()  # fails too when a statement before it did: COMMIT alone would say nothing
                self._commit(connection, tx)
            except BaseException:
                self._undo(connection)
                raise
            self._learn(tx.version())

    def _begin(self, begin: str, lock: str) -> tuple[Connection, Version]:
        connection = self._started(begin)
        try:
            look = f"SELECT generation, mac FROM {self._address.schema}.head{lock}"  # noqa: S608
            rows = connection.query(look, (), patience=self._timeout)
            if len(rows) != 1:
                raise Corrupt(self.location, "the head row is missing")
        except BaseException:
            self._undo(connection)
            raise
        return connection, (rows[0][0], rows[0][1])

    def _started(self, begin: str) -> Connection:
        """A connection on which a transaction has begun. One that ended while it was idle is replaced once;
        one that is silent is not waited for as long as a lock would be."""
        for last in (False, True):
            connection, started = self.connection, time.monotonic()
            try:
                patience = self._brief(connection)
                connection.query(f"{begin};{settings(connection, self._timeout)}", patience=patience)
                return connection
            except BaseException as error:
                self._undo(connection)
                waited = time.monotonic() - started > 1
                if last or waited or connection.alive or not isinstance(error, SshimError):
                    raise
        raise AssertionError("the second try returns or raises")

    def _commit(self, connection: Connection, tx: PostgresTransaction) -> None:
        try:
            connection.execute("COMMIT")
        except SshimError:
            if connection.alive:
                raise
            # the answer is lost, not perhaps the change: the head knows
            with contextlib.suppress(SshimError, Absent):
                if head_version(self._connect()) == tx.version():
                    return
            raise StoreUnavailable(
                self.location,
                "the connection was lost while a change was being committed: it may have been made or not",
                hint="look before you do it again",
            ) from None

    def _undo(self, connection: Connection) -> None:
        try:
            if connection.alive:
                connection.execute("ROLLBACK")
        except SshimError:
            connection.close()
        except BaseException:
            connection.close()
            raise

    def _learn(self, version: Version) -> None:
        self._version = version
        if self._parts.watch is not None:
            self._parts.watch.learn(version)

    def version(self) -> object:
        """The generation and MAC of the head. Raises `Gone` when there is no store any more."""
        watch = self._parts.watch
        if watch is not None:
            version = watch.version()
            if version is None:
                raise Gone
            return version
        with self._mutex:
            self._looks += 1
            if self._looks > STRICT_LOOKS:
                self._parts.watch = watch = Watch(self._address, self._version)
                watch.settle(2.0)
                return self.version()
            version = self._ask()
            if version is None:
                raise Gone
            return version

    def _ask(self) -> Version | None:
        connection, started = self.connection, time.monotonic()
        try:
            return head_version(connection, patience=self._brief(connection))
        except SshimError:
            if connection.alive or time.monotonic() - started > 1:
                raise
            return head_version(self.connection)  # it had ended while it was idle

    def _brief(self, connection: Connection) -> float:
        return self._timeout if connection.pooled else BRIEF

    def second(self) -> PostgresBackend:
        """Another connection, which watches."""
        try:
            return PostgresBackend(self._address, lock_timeout=self._timeout, watched=True)
        except Absent:
            raise Gone from None

    def tidy(self, *, at_once: bool = False) -> None:
        """Nothing: what old rows leave behind is ciphertext, and the server's to reuse."""

    def check(self) -> Iterable[str]:
        """The tables themselves: the server checks its pages as it reads them."""
        with self.read() as tx:
            return [] if tx.schema() == SCHEMA else ["its tables are not those of the format"]

    def copy_to(self, target: Path) -> None:
        """The same rows as a store in a file; `target` must exist, empty and ours."""
        from sshim.store.sqlite_making import create_sqlite

        with self.read() as tx:
            create_sqlite(target, Disk(), lambda to: copy_rows(tx, to))

    def server(self) -> str:
        """What is connected to, for `status`."""
        connection = self.connection
        how = "through a pooler: changes are asked for, not announced" if connection.pooled else "directly"
        return f"PostgreSQL {connection.version}, {how}, synchronous_commit {connection.synchronous}"

    def close(self) -> None:
        """Ends the connections."""
        with self._mutex:
            if self._ending.alive:
                self._ending()


class _Parts:
    """What has to be ended, apart from the backend so that it does not keep the backend alive."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.watch: Watch | None = None

    def drop(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def close(self) -> None:
        self.drop()
        if self.watch is not None:
            self.watch.close()

"""One connection to the database: checked when it is made, never waited for without end.

libpq waits for an answer as long as the peer's kernel acknowledges, which a dead proxy's does for ever. So
every wait here has a deadline, and a connection that missed it is closed.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
import weakref
from collections.abc import Iterator
from functools import cache
from typing import Any

from sshim.errors import StoreUnavailable
from sshim.store.postgres_errors import connect_error, our_error, read_only
from sshim.store.postgres_url import Address, driver

OLDEST = 130000
ANSWER_SECONDS = 10.0
"""How long the database may stay silent within one statement, beside the wait for a lock."""

_CHECK = """
SELECT pg_catalog.current_setting('server_version_num')::int, pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('default_transaction_read_only'),
       pg_catalog.current_setting('server_encoding'),
       pg_catalog.current_setting('synchronous_commit'), pg_catalog.pg_backend_pid(),
       pg_catalog.current_setting('server_version')
"""


class Connection:
    """An open connection. `pooled`: a pooler stands between, which does not pass notifications on."""

    def __init__(self, address: Address, *, answer: float = ANSWER_SECONDS) -> None:
        self.address, self._answer = address, answer
        psycopg = driver()
        self._faults: tuple[type[Exception], ...] = (psycopg.Error, OSError)
        try:
            raw = _bounded().connect(address.conninfo, autocommit=True, prepare_threshold=None)
        except (psycopg.Error, OSError, UnicodeError) as error:
            raise connect_error(address, error) from None
        self._raw = raw
        self._ending = weakref.finalize(self, _end, raw, os.getpid())
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        where = self.address.location
        version, standby, frozen, encoding, synchronous, pid, name = self.query(_CHECK)[0]
        if version < OLDEST:
            raise StoreUnavailable(
                where, f"the server is PostgreSQL {name}, 13 or newer is needed", hint="upgrade the server"
            )
        if standby or frozen == "on":
            raise read_only(self.address)
        if encoding != "UTF8":
            raise StoreUnavailable(
                where, f"the database's encoding is {encoding}", hint="createdb --encoding=UTF8 NAME"
            )
        self.version = name
        self.pooled = pid != self._raw.pgconn.backend_pid
        # a stronger setting of the server is kept; a weaker one would lose what was acknowledged
        self.synchronous = "remote_apply" if synchronous == "remote_apply" else "on"

    @property
    def alive(self) -> bool:
        """Whether it is open, as far as is known here."""
        return not self._raw.closed

    @property
    def socket(self) -> int:
        """The file descriptor."""
        return int(self._raw.pgconn.socket)

    def query(self, statement: str, values: Any = None, *, patience: float = 0.0) -> list[tuple[Any, ...]]:
        """The rows of a statement (of several without values: of the last); waits `patience` seconds beyond
        the usual. Raises what `our_error` makes."""
        return self._run(statement, values, patience)[0]

    def execute(self, statement: str, values: Any = None) -> int:
        """How many rows a statement touched."""
        return self._run(statement, values, 0.0)[1]

    def _run(self, statement: str, values: Any, patience: float) -> tuple[list[tuple[Any, ...]], int]:
        with self.faults(), self._raw.cursor(binary=values is not None) as cursor:
            self._raw.patience = self._answer + patience
            cursor.execute(statement, values)
            while cursor.nextset():
                pass
            return (cursor.fetchall() if cursor.description is not None else []), cursor.rowcount

    def notified(self) -> list[str]:
        """What was announced since the last call; does not wait. Raises `StoreUnavailable` when the
        connection has ended."""
        found = []
        with self.faults():
            pgconn = self._raw.pgconn
            pgconn.consume_input()
            while (each := pgconn.notifies()) is not None:
                found.append(each.extra.decode("ascii", "replace"))
        return found

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        """Turns psycopg's errors into ours."""
        try:
            yield
        except self._faults as error:
            raise our_error(self.address, error) from None
        except UnicodeError:
            raise our_error(self.address, _data_error()) from None

    def close(self) -> None:
        """Ends it; what was not committed is undone by the server."""
        if self._ending.alive:
            self._ending()


@cache
def _bounded() -> Any:
    """psycopg's connection, with a bound on every wait. Made here since psycopg is loaded late."""
    psycopg = driver()

    class Bounded(psycopg.Connection):  # type: ignore[misc,name-defined]
        patience = ANSWER_SECONDS

        def wait(self, generator: Any, *_: Any, **__: Any) -> Any:
            """Runs one exchange to its end; closes the connection when that takes too long, or is broken
            off, since nobody would know what the next answer belongs to."""
            deadline = time.monotonic() + self.patience
            socket, poll = self.pgconn.socket, select.poll()
            try:
                wanted = next(generator)
                while True:
                    poll.register(socket, (select.POLLIN * (wanted & 1)) | (select.POLLOUT * (wanted >> 1)))
                    left = deadline - time.monotonic()
                    found = poll.poll(max(0.0, left) * 1000)
                    if not found:
                        raise TimeoutError("the database does not answer")
                    bits = found[0][1]
                    ready = bool(bits & ~select.POLLOUT) | (bool(bits & select.POLLOUT) << 1)
                    wanted = generator.send(_ready(psycopg, (ready & wanted) or wanted))
            except StopIteration as end:
                return end.value
            except (TimeoutError, KeyboardInterrupt):
                self.pgconn.finish()
                raise

    return Bounded


def _ready(psycopg: Any, bits: int) -> Any:
    return psycopg.waiting.Ready(bits)


def _data_error() -> Exception:
    error: Exception = driver().DataError()
    return error


def _end(raw: Any, pid: int) -> None:
    # a forked child has no business with its parent's connection
    if os.getpid() == pid:
        with contextlib.suppress(Exception):
            raw.close()

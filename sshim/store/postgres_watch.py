"""Knowing at once when somebody else has written: a thread that listens, with a connection of its own.

The version of a database is (generation, MAC of the head). A commit announces it by NOTIFY; beside that the
head is asked for every `BEAT` seconds, which finds what no commit announces: a cut network, a standby that
took over, a database put back from a dump. Through a pooler that does not pass notifications on, the head is
asked for every `POLL` seconds instead.
"""

from __future__ import annotations

import select
import threading
import time
from typing import Any

from sshim.errors import Corrupt, SshimError, StoreUnavailable
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_url import Address

BEAT = 2.0
POLL = 0.25
STALE_FOR = 60.0
"""Seconds that the values read last serve on after the connection is lost."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between two tries to connect again: doubled each time."""

Version = tuple[int, bytes]


def channel(schema: str) -> str:
    """The channel of a schema's store."""
    return f"sshim_{schema}"


def announcement(version: Version) -> str:
    """What a commit announces."""
    return f"{version[0]}:{version[1].hex()}"


def head_version(connection: Connection, *, patience: float = 0.0) -> Version | None:
    """The version as of now, None when the head is gone; waits `patience` seconds beyond the usual."""
    look = f"SELECT generation, mac FROM {connection.address.schema}.head"  # noqa: S608
    rows = connection.query(look, (), patience=patience)
    return (rows[0][0], rows[0][1]) if rows else None


class Watch:
    """Holds the newest version that is known. Nothing here raises but `version`."""

    def __init__(self, address: Address, known: Version | None, *, stale_for: float = STALE_FOR) -> None:
        self._address, self._stale_for = address, stale_for
        self._known = known
        self._taking = threading.Lock()
        self._lost: float | None = None
        self._cause: SshimError | None = None
        self._warned = False
        self._stop = threading.Event()
        self.pooled = False
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sshim-watch", daemon=True)
        self._thread.start()

    def version(self) -> Version | None:
        """The newest version known; the last one for `stale_for` seconds after the connection was lost.
        Raises `StoreUnavailable` after that."""
        lost = self._lost
        if lost is not None:
            self._stale(lost)
        return self._known

    def _stale(self, lost: float) -> None:
        gone = time.monotonic() - lost
        if gone > self._stale_for:
            raise StoreUnavailable(
                self._address.location,
                f"there is no connection since {gone:.0f} seconds",
                hint="make the database reachable; it is found again by itself",
            )
        if not self._warned:
            self._warned = True
            self._say(
                f"is lost: values read before serve for {self._stale_for - gone:.0f} s more, "
                "and nothing can be written"
            )

    def _say(self, what: str) -> None:
        import logging  # loads slowly, and is for these few lines

        logging.getLogger("sshim.store").warning("the connection to %s %s", self._address.location, what)

    def require(self) -> None:
        """Raises at once what stands in the way of a connection, if it is known to be lost."""
        if self._lost is not None and self._cause is not None:
            raise self._cause

    def learn(self, version: Version) -> None:
        """Takes a version that a transaction has seen, unless a newer one was announced meanwhile."""
        with self._taking:
            if self._known is None or version[0] >= self._known[0]:
                self._known = version

    def settle(self, seconds: float) -> bool:
        """Waits until it listens."""
        return self._listening.wait(seconds)

    def close(self) -> None:
        """Ends the thread soon."""
        self._stop.set()

    def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._stop.is_set():
            connection = None
            try:
                connection = Connection(self._address, answer=BEAT * 2)
                self._listen(connection)
                wait = FIRST_WAIT
                self._follow(connection)
            except SshimError as error:
                self._cause = error
                if self._lost is None:
                    self._lost = time.monotonic()
            finally:
                if connection is not None:
                    connection.close()
            self._stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _listen(self, connection: Connection) -> None:
        self.pooled = connection.pooled
        if not self.pooled:
            connection.execute(f"LISTEN {channel(self._address.schema)}")
        self._ask(connection)  # what was announced before it listened
        self._listening.set()

    def _ask(self, connection: Connection) -> None:
        try:
            self._known = head_version(connection)
        except Corrupt:
            self._known = None  # the tables were dropped
        self._lost = self._cause = None
        if self._warned:
            self._warned = False
            self._say("is back")

    def _follow(self, connection: Connection) -> None:
        poll: Any = select.poll()
        poll.register(connection.socket, select.POLLIN)
        beat = POLL if self.pooled else BEAT
        asked = time.monotonic()
        while not self._stop.is_set():
            if poll.poll(min(beat, 0.5) * 1000) and not self.pooled:
                self._hear(connection.notified())
            if time.monotonic() - asked >= beat:
                self._ask(connection)
                asked = time.monotonic()

    def _hear(self, announced: list[str]) -> None:
        for text in announced:
            number, _, mac = text.partition(":")
            try:
                version = int(number), bytes.fromhex(mac)
            except ValueError:
                continue  # not one of ours: the next beat tells
            with self._taking:
                if self._known is None or version[0] > self._known[0]:
                    self._known = version

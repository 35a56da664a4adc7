"""Access records: one per reader, binding and minute, written in the background a moment after.

A Worker may read a secret at every request; the log says that it did so in that minute. A reader may ask for
that record before the first value of the minute is handed out, and in strict mode before every one.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Hashable
from datetime import datetime

from sshim.errors import SshimError
from sshim.store.audit import Note
from sshim.store.sealed import SealedStore

DELAY = 0.5
"""Seconds between the first access of a batch and its writing."""

MAX_WAITING = 10_000


class AccessRecorder:
    """Writes through a connection of its own, so that readers never wait for it."""

    def __init__(self, store: SealedStore, *, delay: float = DELAY) -> None:
        self._batch = _Batch(store)
        self._delay = delay
        self._minute: tuple[int, ...] = ()
        self._seen: set[Hashable] = set()
        self._ending = weakref.finalize(self, self._batch.flush)

    def is_new(self, key: Hashable, now: datetime) -> bool:
        """Whether nothing was recorded for `key` in this minute yet; it counts as recorded afterwards."""
        minute = (now.day, now.hour, now.minute, now.month, now.year)
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def forget(self, key: Hashable) -> None:
        """Nothing was recorded for `key` after all."""
        self._seen.discard(key)

    def soon(self, note: Note) -> None:
        """Records within a second."""
        if self._batch.add(note):
            threading.Thread(
                target=self._batch.run, args=(self._delay,), name="sshim-audit", daemon=True
            ).start()

    def at_once(self, note: Note) -> None:
        """Records before it returns, or not at all; raises `StoreError`, `AccessError`."""
        self._batch.write(note)

    def close(self) -> None:
        """Writes what is waiting."""
        self._ending()


class _Batch:
    def __init__(self, store: SealedStore) -> None:
        self._origin = store
        self._store: SealedStore | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[Note] = []
        self._running = False
        self._lost = 0

    def add(self, note: Note) -> bool:
        """Whether a thread has to be started for it."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                self._lost += 1
                return False
            self._waiting.append(note)
            start, self._running = not self._running, True
            return start

    def run(self, delay: float) -> None:
        threading.Event().wait(delay)
        with self._lock:
            self._running = False
        self.flush()

    def flush(self) -> None:
        try:
            self.write()
        except SshimError as error:
            import logging  # loads slowly, and is for this one line

            # kept for the next batch; the Worker goes on, as it would while the log of production lags
            logging.getLogger("sshim.audit").warning("access records wait: %s", error.message)

    def write(self, *more: Note) -> None:
        """Writes what is waiting, then `more`, in one change; the first record says how many were lost."""
        with self._writing:
            with self._lock:
                waiting, lost = list(self._waiting), self._lost
            notes = [*waiting, *more]
            if not notes:
                return
            if lost:
                notes[0] = notes[0]._replace(metadata={**notes[0].metadata, "unrecorded_before": lost})
            if self._store is None:
                self._store = self._origin.second()
            with self._store.change() as draft:
                for note in notes:
                    draft.note(note)
            with self._lock:
                del self._waiting[: len(waiting)]
                self._lost -= lost

"""A store of its own in this process, with as many secrets as asked for."""

from __future__ import annotations

import time
from pathlib import Path

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.model import Actor, new_secret
from sshim.store.open import StoreOptions, open_store
from tests.benchmarks.project import STORE_ID

_BATCH = 100
_ACTOR = Actor("super-administrator", interface="test")


class Account:
    """A store of its own with as many secrets as asked for; each method gives seconds of wall time."""

    def __init__(self, root: Path) -> None:
        self._options = StoreOptions(
            root / "home", key_folder=root / "keys", anchor_folder=root / "anchors", create=True
        )
        self._plane = self._open()
        self._plane.create_store("main", store_id=STORE_ID)
        self._made = 0
        self.reader = self._plane.reader(worker="w", environment="e")

    def _open(self) -> ControlPlane:
        return ControlPlane(open_store(self._options), actor=_ACTOR, limits=Limits(secrets=100_000))

    def fill(self, size: int) -> None:
        while self._made < size:
            more = min(_BATCH, size - self._made)
            names = [f"N{number}" for number in range(self._made, self._made + more)]
            self._plane.create_secrets(STORE_ID, [new_secret(name, "value", ["workers"]) for name in names])
            self._made += more

    def close(self) -> None:
        self.reader.close()
        self._plane.close()

    def open_and_read(self) -> float:
        began = time.perf_counter()
        other = self._open()
        reader = other.reader(worker="w", environment="e")
        reader.read_now(STORE_ID, "N0", "workers")
        took = time.perf_counter() - began
        reader.close()
        other.close()
        return took

    def read(self) -> float:
        self.reader.read_now(STORE_ID, "N0", "workers")
        began = time.perf_counter()
        for _ in range(1_000):
            self.reader.read_now(STORE_ID, "N0", "workers")
        return (time.perf_counter() - began) / 1_000

    def read_changed(self) -> float:
        secret = self._plane.find_secret(STORE_ID, "N0")
        self._plane.update_secret(STORE_ID, secret.id, comment=str(time.perf_counter()))
        began = time.perf_counter()
        self.reader.read_now(STORE_ID, "N0", "workers")
        return time.perf_counter() - began

    def list(self) -> float:
        began = time.perf_counter()
        self._plane.list_secrets(STORE_ID)
        return time.perf_counter() - began

    def create(self) -> float:
        began = time.perf_counter()
        (secret,) = self._plane.create_secrets(STORE_ID, [new_secret("ONE", "value", ["workers"])])
        took = time.perf_counter() - began
        self._plane.delete_secret(STORE_ID, secret.id)
        return took

"""Clients that write and read without end, and keep account of what they were promised."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sshim.control import ControlPlane
from sshim.errors import SecretNotFound, SshimError
from sshim.model import Actor, SecretValue, new_secret
from sshim.store.open import StoreOptions, open_store

ACTOR = Actor("super-administrator", interface="test")


def options_at(url: str, folder: Path) -> StoreOptions:
    """Keys and anchors in `folder`."""
    return StoreOptions(
        folder / "home",
        url=url,
        key_folder=folder / "keys",
        anchor_folder=folder / "anchors",
        lock_timeout=20,
    )


def opened(options: StoreOptions, *, create: bool = False) -> ControlPlane:
    return ControlPlane(open_store(options._replace(create=create)), actor=ACTOR)


def read_once(options: StoreOptions, store_id: str, name: str) -> str:
    """What somebody who comes now reads."""
    plane = opened(options)
    reader = plane.reader(worker=None, environment=None)
    try:
        return asyncio.run(reader.read(store_id, name, "workers")).reveal()
    finally:
        reader.close()
        plane.close()


@dataclass
class Load:
    """`writers` writers, each counting up a secret of its own, and as many readers."""

    options: StoreOptions
    writers: int = 3
    acknowledged: dict[int, int] = field(default_factory=dict)
    attempted: dict[int, int] = field(default_factory=dict)
    refused: int = 0
    reads: int = 0
    wrong: list[str] = field(default_factory=list)
    foreign: list[BaseException] = field(default_factory=list)
    store_id: str = ""

    def __post_init__(self) -> None:
        plane = opened(self.options, create=True)
        self.store_id = plane.create_store("main").id
        plane.create_secrets(
            self.store_id, [new_secret(f"W{n}", f"{n}:0", ("workers",)) for n in range(self.writers)]
        )
        plane.close()
        self.acknowledged = dict.fromkeys(range(self.writers), 0)
        self.attempted = dict(self.acknowledged)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work, number), daemon=True)
            for number in range(self.writers)
            for work in (self._write, self._read)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def until(self, more: int) -> None:
        """Waits until every writer has `more` acknowledged writes than now."""
        before = dict(self.acknowledged)
        deadline = time.monotonic() + 60
        while any(self.acknowledged[n] < before[n] + more for n in before):
            assert time.monotonic() < deadline, (before, self.acknowledged, self.refused, self.foreign)
            time.sleep(0.02)

    def _guarded(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            self.foreign.append(error)

    def _write(self, number: int) -> None:
        plane = opened(self.options)
        secret = plane.find_secret(self.store_id, f"W{number}")
        count = 0
        while not self._stop.is_set():
            count += 1
            self.attempted[number] = count
            try:
                plane.update_secret(self.store_id, secret.id, value=SecretValue(f"{number}:{count}"))
                self.acknowledged[number] = count
            except SecretNotFound as error:
                self.wrong.append(f"false absence: {error}")
            except SshimError:
                self.refused += 1
                time.sleep(0.05)
        plane.close()

    def _read(self, number: int) -> None:
        plane = opened(self.options)
        reader = plane.reader(worker=None, environment=None)
        newest = 0
        while not self._stop.is_set():
            least = newest
            try:
                value = reader.read_now(self.store_id, f"W{number}", "workers").reveal()
            except SecretNotFound as error:
                self.wrong.append(f"false absence: {error}")
                continue
            except SshimError:
                time.sleep(0.02)
                continue
            owner, _, text = value.partition(":")
            if owner != str(number) or not least <= int(text) <= self.attempted[number]:
                self.wrong.append(value)
            newest = int(text)
            self.reads += 1
            time.sleep(0.001)
        reader.close()
        plane.close()

    def check(self) -> None:
        """Nothing wrong was read, nothing acknowledged is lost, no error was a foreign one."""
        assert self.wrong == []
        assert self.foreign == []
        for number, count in self.acknowledged.items():
            found = int(read_once(self.options, self.store_id, f"W{number}").partition(":")[2])
            assert count <= found <= self.attempted[number]

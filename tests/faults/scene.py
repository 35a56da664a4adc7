"""A store that a fault test works on: its folders, a fixed clock, and what it holds as plain data."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sshim.control import ControlPlane
from sshim.model import Actor, SecretValue, new_secret
from sshim.store.care import StoreCare
from sshim.store.copies import prove_file
from sshim.store.copying import copy_store
from sshim.store.disk import Disk
from sshim.store.open import StoreOptions, open_store
from sshim.store.proof import prove
from sshim.store.rows import secret_of
from sshim.store.schema import SECRETS, STORES
from sshim.store.sealed import SealedStore

ACTOR = Actor("super-administrator", interface="test")
STORE = "main"
SCOPES = ("workers",)


class Clock:
    """Moves by a second at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Seen:
    """What a store holds: values by store and name, key slots, term of the master key."""

    values: Mapping[tuple[str, str], str]
    slots: int
    term: int


@dataclass(frozen=True)
class Scene:
    """The folders below `root`."""

    root: Path
    lock_timeout: float = 20
    folder: str = "home"

    @property
    def home(self) -> Path:
        return self.root / self.folder

    @property
    def path(self) -> Path:
        return self.home / "store.db"

    @property
    def copy(self) -> Scene:
        """Where `store copy` copies to, with the same folders of keys and anchors."""
        return Scene(self.root, self.lock_timeout, folder="copy")

    def options(self, disk: Disk | None = None, **more: object) -> StoreOptions:
        made = StoreOptions(
            self.home,
            key_folder=self.root / "keys",
            anchor_folder=self.root / "anchors",
            lock_timeout=self.lock_timeout,
            clock=Clock(),
        )
        return made._replace(**({"disk": disk} if disk else {}), **more)  # type: ignore[arg-type]

    def plane(self, disk: Disk | None = None, *, create: bool = True) -> ControlPlane:
        return ControlPlane(open_store(self.options(disk, create=create)), actor=ACTOR, clock=Clock())

    def care(self, disk: Disk | None = None) -> StoreCare:
        return StoreCare(self.options(disk), actor=ACTOR, clock=Clock())

    def look(self, *, thoroughly: bool = False) -> Seen | None:
        """What the store holds, None when there is none; raises what opening and reading raise."""
        store = open_store(self.options())
        try:
            seen = seen_in(store)
            if seen is not None and thoroughly:
                opened = store.opened()
                assert list(opened.backend.check()) == []
                prove(opened.backend, opened.keys)
            return seen
        finally:
            store.close()

    def filled(self, secrets: int = 6) -> Scene:
        """Itself with a store of some secrets, a token, a gateway and a second key slot."""
        plane = self.plane()
        plane.create_store(STORE, store_id=STORE)
        values = [f"value-of-key-{n}-" + "x" * n * 13 for n in range(secrets)]
        plane.create_secrets(STORE, [new_secret(f"KEY_{n}", v, SCOPES) for n, v in enumerate(values)])
        plane.create_token(role="admin", name="ci")
        plane.create_gateway("edge")
        plane.create_provider_key("edge", "openai", value=SecretValue("sk-provider-key"))
        plane.close()
        return self

    def broken_off(self, value: str) -> Path:
        """Gives `KEY_0` a value in a process that ends before it tidies up; the journal that it leaves."""
        child = os.fork()
        if child == 0:
            try:
                plane = self.plane(create=False)
                plane.store.opened().backend.tidy = lambda *, at_once=False: None  # type: ignore[method-assign]
                plane.update_secret(STORE, plane.find_secret(STORE, "KEY_0").id, value=SecretValue(value))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        return self.path.with_name("store.db-wal")


def seen_in(store: SealedStore) -> Seen | None:
    """What an opened store holds."""
    state = store.state()
    if state is None:
        return None
    values = {}
    for row in state.tables[SECRETS.name].values():
        secret = secret_of(row)
        value = store.value(secret.id, expected=row)
        assert value is not None
        values[(secret.store_id, secret.name)] = value.reveal()
    assert {store_id for store_id, _ in values} <= set(state.tables[STORES.name])
    return Seen(values, len(state.header.slots), state.header.term)


Command = Callable[[Scene, Disk], Iterator[Seen | None] | None]
"""Does one change, or yields what the store holds after each of several."""


def _init(scene: Scene, disk: Disk) -> None:
    scene.plane(disk).close()


def _make_store(scene: Scene, disk: Disk) -> None:
    _with(scene, disk, lambda plane: plane.create_store(STORE, store_id=STORE))


def _create(*names: str) -> Command:
    new = [new_secret(name, f"first value of {name}", SCOPES) for name in names]
    return lambda scene, disk: _with(scene, disk, lambda plane: plane.create_secrets(STORE, new))


def _update(name: str, value: str) -> Command:
    def change(plane: ControlPlane) -> None:
        plane.update_secret(STORE, plane.find_secret(STORE, name).id, value=SecretValue(value))

    return lambda scene, disk: _with(scene, disk, change)


def _delete(name: str) -> Command:
    def change(plane: ControlPlane) -> None:
        plane.delete_secret(STORE, plane.find_secret(STORE, name).id)

    return lambda scene, disk: _with(scene, disk, change)


def _several(scene: Scene, disk: Disk) -> Iterator[Seen | None]:
    """Commits of one process, with the journal growing between them."""
    with contextlib.closing(scene.plane(disk, create=False)) as plane:
        made = plane.create_secrets(STORE, [new_secret("PASSING", "p" * 3000, SCOPES)])[0]
        yield seen_in(plane.store)
        for n in range(3):
            plane.update_secret(STORE, made.id, value=SecretValue(f"passing value {n}" * 50))
            yield seen_in(plane.store)
        plane.delete_secret(STORE, made.id)
        yield seen_in(plane.store)


def _rotate(scene: Scene, disk: Disk) -> None:
    with contextlib.closing(scene.care(disk)) as care:
        care.rotate_key()


def _add_key(scene: Scene, disk: Disk) -> None:
    with contextlib.closing(scene.care(disk)) as care:
        care.keys.add_key_file(scene.root / "second.key")


def _remove_key(scene: Scene, disk: Disk) -> None:
    with contextlib.closing(scene.care(disk)) as care:
        care.keys.remove(care.keys.list()[1].id)


def _backup(scene: Scene, disk: Disk) -> None:
    with contextlib.closing(scene.care(disk)) as care:
        care.backup(scene.root / "backup.db", overwrite=True)


def _restore(scene: Scene, disk: Disk) -> None:
    with contextlib.closing(scene.care(disk)) as care:
        care.restore(scene.root / "backup.db")


def _accept(scene: Scene, disk: Disk) -> None:
    scene.care(disk).accept_rollback()


def _copy(scene: Scene, disk: Disk) -> None:
    copy_store(scene.options(disk), scene.copy.options(disk))


def _with(scene: Scene, disk: Disk, change: Callable[[ControlPlane], object]) -> None:
    with contextlib.closing(scene.plane(disk, create=False)) as plane:
        change(plane)


Commands = tuple[tuple[str, Command], ...]

COMMANDS: Commands = (
    ("init", _init),
    ("store create", _make_store),
    ("secret create", _create("ONE")),
    ("secret create many", _create("TWO", "THREE", "FOUR")),
    ("secret update", _update("ONE", "second value of ONE " + "z" * 5000)),
    ("several commits", _several),
    ("key add", _add_key),
    ("backup", _backup),
    ("secret delete", _delete("TWO")),
    ("rotate-key", _rotate),
    ("secret update again", _update("THREE", "second value of THREE")),
    ("key remove", _remove_key),
    ("restore", _restore),
    ("accept-rollback", _accept),
    ("backup again", _backup),
    ("store copy", _copy),
)
"""One of each kind of change, in an order in which all of them work."""


def prove_copies(scene: Scene) -> None:
    """A backup or copy that has its name is whole, and a copy that was broken off goes on and gets whole."""
    backup, copy = scene.root / "backup.db", scene.copy
    if backup.exists():
        prove_file(backup, scene.options())
    if (copy.home / "store.db.copying").exists():
        copy_store(scene.options(), copy.options())
        assert copy.look() == scene.look()
    if copy.path.exists():
        prove_file(copy.path, scene.options())

"""The store against a dict: any sequence of operations, by two openings of it, with restarts, key changes,
backups, crashes of single writes and a clock that jumps."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.errors import LimitReached, NameTaken, SecretNotFound, StoreNotEmpty, StoreNotFound
from sshim.model import SecretValue, new_secret
from sshim.store.care import StoreCare
from sshim.store.disk import Disk
from sshim.store.open import open_store
from sshim.store.sealed import SealedStore
from sshim.store.state import State
from tests.faults.scene import ACTOR, Scene

NAMES = st.sampled_from(["A", "B", "b", "a-long_NAME", "C"])
STORES = st.sampled_from(["one", "two"])
VALUES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=80
) | (st.integers(1, 65_536).map(lambda size: "v" * size))
SCOPES = st.sets(st.sampled_from(["workers", "ai_gateway", "dex"]), min_size=1)
WHO = st.sampled_from([0, 1])
LIMIT = 6


class Interrupted(Exception):
    pass


class InterruptedDisk(Disk):
    """Breaks off the next change at a named point, as an exception out of nowhere would."""

    armed: str | None = None

    def point(self, name: str) -> None:
        if name == self.armed:
            self.armed = None
            raise Interrupted


class StoreModel(RuleBasedStateMachine):
    """`self.model` maps (store, name) to (value, scopes, version)."""

    def __init__(self) -> None:
        super().__init__()
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.root = Path(tempfile.mkdtemp(prefix="sshim-model-", dir=base))
        self.scene = Scene(self.root / "s")
        self.disk = InterruptedDisk()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.stores: set[str] = set()
        self.model: dict[tuple[str, str], tuple[str, frozenset[str], int]] = {}
        self.backup: tuple[set[str], dict[tuple[str, str], tuple[str, frozenset[str], int]]] | None = None
        self.planes: list[ControlPlane] = []
        self.audited = 0

    @initialize()
    def start(self) -> None:
        self.planes = [self._open(create=True), self._open()]

    def _open(self, *, create: bool = False) -> ControlPlane:
        options = self.scene.options(self.disk, create=create)
        return ControlPlane(
            open_store(options), actor=ACTOR, clock=lambda: self.now, limits=Limits(secrets=LIMIT)
        )

    def _care(self) -> StoreCare:
        return StoreCare(self.scene.options(self.disk), actor=ACTOR, clock=lambda: self.now)

    def _plane(self, who: int) -> ControlPlane:
        self.now += timedelta(seconds=1)
        return self.planes[who]

    @rule(who=WHO, store=STORES)
    def create_store(self, who: int, store: str) -> None:
        if store in self.stores:
            with pytest.raises(NameTaken):
                self._plane(who).create_store(store, store_id=store)
        else:
            self._plane(who).create_store(store, store_id=store)
            self.stores.add(store)

    @rule(who=WHO, store=STORES, force=st.booleans())
    def delete_store(self, who: int, store: str, force: bool) -> None:
        inside = [key for key in self.model if key[0] == store]
        plane = self._plane(who)
        if store not in self.stores:
            with pytest.raises(StoreNotFound):
                plane.delete_store(store, force=force)
        elif inside and not force:
            with pytest.raises(StoreNotEmpty):
                plane.delete_store(store)
        else:
            plane.delete_store(store, force=force)
            self.stores.discard(store)
            for key in inside:
                del self.model[key]

    @rule(who=WHO, store=STORES, name=NAMES, value=VALUES, scopes=SCOPES)
    def create(self, who: int, store: str, name: str, value: str, scopes: set[str]) -> None:
        plane, new = self._plane(who), [new_secret(name, value, scopes)]
        if store not in self.stores:
            with pytest.raises(StoreNotFound):
                plane.create_secrets(store, new)
        elif (store, name) in self.model:
            with pytest.raises(NameTaken):
                plane.create_secrets(store, new)
        elif len(self.model) >= LIMIT:
            with pytest.raises(LimitReached):
                plane.create_secrets(store, new)
        else:
            plane.create_secrets(store, new)
            self.model[(store, name)] = (value, frozenset(scopes), 1)

    @rule(who=WHO, store=STORES, name=NAMES, value=VALUES)
    def update(self, who: int, store: str, name: str, value: str) -> None:
        plane = self._plane(who)
        if (store, name) not in self.model:
            with pytest.raises((SecretNotFound, StoreNotFound)):
                plane.find_secret(store, name)
            return
        _, scopes, version = self.model[(store, name)]
        found = plane.find_secret(store, name)
        assert (found.version, set(found.scopes)) == (version, set(scopes))
        plane.update_secret(store, found.id, value=SecretValue(value))
        self.model[(store, name)] = (value, scopes, version + 1)

    @precondition(lambda self: self.model)
    @rule(who=WHO, which=st.integers(0, 9), point=st.sampled_from(["commit.before", "commit.after"]))
    def break_off(self, who: int, which: int, point: str) -> None:
        store, name = sorted(self.model)[which % len(self.model)]
        _, scopes, version = self.model[(store, name)]
        plane = self._plane(who)
        found = plane.find_secret(store, name)
        self.disk.armed = point
        with pytest.raises(Interrupted):
            plane.update_secret(store, found.id, value=SecretValue("broken off"))
        if point == "commit.after":
            self.model[(store, name)] = ("broken off", scopes, version + 1)

    @rule(who=WHO, store=STORES, name=NAMES)
    def delete(self, who: int, store: str, name: str) -> None:
        if (store, name) in self.model:
            plane = self._plane(who)
            plane.delete_secret(store, plane.find_secret(store, name).id)
            del self.model[(store, name)]

    @rule(who=WHO, store=STORES, name=NAMES, copy=NAMES)
    def duplicate(self, who: int, store: str, name: str, copy: str) -> None:
        key = (store, name)
        if key in self.model and (store, copy) not in self.model and len(self.model) < LIMIT:
            plane = self._plane(who)
            plane.duplicate_secret(store, plane.find_secret(store, name).id, name=copy, scopes=["workers"])
            self.model[(store, copy)] = (self.model[key][0], frozenset({"workers"}), 1)

    @rule(who=WHO)
    def restart(self, who: int) -> None:
        self.planes[who].close()
        self.planes[who] = self._open()

    @rule()
    def rotate(self) -> None:
        care = self._care()
        care.rotate_key()
        care.close()

    @rule()
    def add_or_remove_a_key(self) -> None:
        care = self._care()
        slots = care.keys.list()
        if len(slots) > 1:
            care.keys.remove(slots[-1].id)
        else:
            care.keys.add_key_file(self.scene.root / f"key-{os.urandom(3).hex()}")
        care.close()

    @rule()
    def back_up(self) -> None:
        care = self._care()
        care.backup(self.scene.root / "backup.db", overwrite=True)
        care.close()
        self.backup = (set(self.stores), dict(self.model))

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        assert self.backup is not None
        care = self._care()
        care.restore(self.scene.root / "backup.db")
        self.stores, self.model = set(self.backup[0]), dict(self.backup[1])
        self.audited = 0

    @rule(days=st.integers(-4000, 4000))
    def jump(self, days: int) -> None:
        self.now = min(
            max(self.now + timedelta(days=days), datetime(1990, 1, 1, tzinfo=UTC)),
            datetime(2090, 1, 1, tzinfo=UTC),
        )

    @rule(store=STORES, name=NAMES, who=WHO)
    def read(self, store: str, name: str, who: int) -> None:
        reader = self._plane(who).reader(worker="w", environment=None)
        try:
            held = self.model.get((store, name))
            if held is None or "workers" not in held[1]:
                with pytest.raises(SecretNotFound):
                    reader.read_now(store, name, "workers")
            else:
                assert reader.read_now(store, name, "workers").reveal() == held[0]
        finally:
            reader.close()

    @invariant()
    def both_openings_agree_with_the_model(self) -> None:
        for plane in self.planes:
            assert {store.id for store in plane.list_stores()} == self.stores
            found = {
                (store, secret.name): (secret.version, frozenset(secret.scopes))
                for store in self.stores
                for secret in plane.list_secrets(store)
            }
            assert found == {key: (version, scopes) for key, (_, scopes, version) in self.model.items()}

    @invariant()
    def the_audit_log_only_grows(self) -> None:
        if self.planes:
            events = self.planes[0].audit(direction="asc")
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert len(events) >= self.audited
            self.audited = len(events)

    def teardown(self) -> None:
        for plane in self.planes:
            plane.close()
        if self.scene.path.exists():
            seen = self.scene.look(thoroughly=True)
            assert seen is not None
            assert dict(seen.values) == {key: value for key, (value, _, _) in self.model.items()}
        shutil.rmtree(self.root)


SHORT = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)

TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = SHORT


def test_a_store_that_trusts_its_own_cache_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = SealedStore.state

    def stale(self: SealedStore) -> State | None:
        return self._state or fresh(self)

    monkeypatch.setattr(SealedStore, "state", stale)
    quick = settings(
        SHORT,
        max_examples=20,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate],  # what is found need not be made short
    )
    with pytest.raises((AssertionError, SecretNotFound, StoreNotFound, NameTaken)):
        run_state_machine_as_test(StoreModel, settings=quick)

"""Which keys are tried, in which order, and how often somebody is asked."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.dev.secrets import StoreReaders
from sshim.errors import KeyMissing, WrongKey
from sshim.model import Actor, new_secret
from sshim.redaction import Redactor
from sshim.store.care import StoreCare
from sshim.store.keyfile import encode_key
from sshim.store.open import StoreOptions, open_store
from sshim.store.unlocking import KnownKeys

ACTOR = Actor("super-administrator", interface="test")
WORDS = "four words or more"


class Somebody:
    """At the terminal, counting the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self) -> str:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def care(options: StoreOptions) -> StoreCare:
    return StoreCare(options, actor=ACTOR)


@pytest.fixture
def options(tmp_path: Path, cheap_passphrases: None) -> StoreOptions:
    """A store of one secret that only a passphrase opens."""
    made = StoreOptions(tmp_path / "home", key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors")
    plane = ControlPlane(open_store(made._replace(create=True)), actor=ACTOR)
    plane.create_store("main", store_id="main")
    plane.create_secrets("main", [new_secret("KEY", "a value", ("workers",))])
    plane.close()
    looked_after = care(made._replace(passphrase=lambda: WORDS))
    looked_after.keys.add_passphrase(WORDS)
    looked_after.keys.remove(looked_after.keys.list()[0].id)
    looked_after.close()
    [path] = (tmp_path / "keys").iterdir()
    path.unlink()
    return made


@pytest.fixture
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshim.store.keys.ARGON2", {"memory_kib": 19_456, "passes": 2, "lanes": 1})


def test_a_passphrase_is_asked_for_once_by_all_that_one_command_does(
    options: StoreOptions, tmp_path: Path
) -> None:
    somebody = Somebody(WORDS)
    asking = options._replace(passphrase=somebody, known=KnownKeys())
    looked_after = care(asking)
    looked_after.backup(tmp_path / "backup.db")
    looked_after.restore(tmp_path / "backup.db")
    assert looked_after.rotate_key() == 2
    assert looked_after.verify(deep=True).ok
    looked_after.close()
    assert somebody.asked == 1


def test_without_a_memory_it_is_asked_for_at_each_opening(options: StoreOptions) -> None:
    somebody = Somebody(WORDS)
    for _ in range(2):
        open_store(options._replace(passphrase=somebody)).close()
    assert somebody.asked == 2


def test_what_was_typed_travels_to_a_worker_process(options: StoreOptions) -> None:
    known = KnownKeys()
    with pytest.raises(KeyMissing) as caught:
        open_store(options._replace(known=known))
    assert caught.value.hint == "run it at a terminal to type the passphrase, or put back the key file"
    open_store(options._replace(passphrase=Somebody(WORDS), known=known)).close()
    readers = pickle.loads(pickle.dumps(StoreReaders(options._replace(known=known), ACTOR.role, "w", None)))
    with ExitStack() as stack:
        reader = readers.open(stack, Redactor())
        assert reader.read_now("main", "KEY", "workers").reveal() == "a value"
        rotated = care(options._replace(passphrase=Somebody(WORDS)))
        rotated.rotate_key()
        rotated.close()
        assert reader.read_now("main", "KEY", "workers").reveal() == "a value"


def test_a_wrong_passphrase_is_not_remembered(options: StoreOptions) -> None:
    asking = options._replace(passphrase=Somebody("not these words", WORDS), known=KnownKeys())
    with pytest.raises(WrongKey, match="tried: passphrase"):
        open_store(asking)
    open_store(asking).close()


def test_a_removed_slot_opens_nothing_from_memory(options: StoreOptions, tmp_path: Path) -> None:
    known = KnownKeys()
    looked_after = care(options._replace(passphrase=Somebody(WORDS), known=known))
    looked_after.keys.add_key_file(tmp_path / "file.key")
    [slot, _] = looked_after.keys.list()
    looked_after.keys.remove(slot.id)
    looked_after.close()
    (tmp_path / "file.key").rename(tmp_path / "away")
    with pytest.raises(KeyMissing):
        open_store(options._replace(known=known))


def test_nothing_typed_is_shown(options: StoreOptions) -> None:
    known = KnownKeys()
    asking = options._replace(passphrase=Somebody(WORDS), known=known)
    store = open_store(asking)
    master = store.opened().keys.master
    store.close()
    shown = f"{known!r} {asking!r} {known.passphrase!r}"
    assert WORDS not in shown and repr(master) not in shown and master.hex() not in shown


@pytest.mark.parametrize("given", ["key", "key_file"])
def test_a_key_that_is_given_is_the_only_one_tried(options: StoreOptions, tmp_path: Path, given: str) -> None:
    somebody, known = Somebody(WORDS), KnownKeys()
    open_store(options._replace(passphrase=somebody, known=known)).close()
    other = tmp_path / "other.key"
    other.write_bytes(encode_key(bytes(32)))
    other.chmod(0o600)
    more: dict[str, object] = {"key": bytes(32)} if given == "key" else {"key_file": other}
    with pytest.raises(WrongKey):
        open_store(options._replace(passphrase=somebody, known=known, **more))  # type: ignore[arg-type]
    assert somebody.asked == 1


def test_the_cheap_ways_come_first(options: StoreOptions, tmp_path: Path) -> None:
    order: list[str] = []

    def asked() -> str:
        order.append("asked")
        return WORDS

    looked_after: Callable[[], StoreCare] = lambda: care(options._replace(passphrase=asked))  # noqa: E731
    first = looked_after()
    first.keys.add_key_file(tmp_path / "file.key")
    first.close()
    order.clear()
    open_store(options._replace(passphrase=asked)).close()
    assert order == []

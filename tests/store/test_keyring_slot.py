"""A key that the system's keyring keeps, by the `keyring` package itself over a keyring in memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from sshim.errors import KeyMissing, LastKeySlot, StoreUnavailable, UsageError
from sshim.model import Actor
from sshim.store.care import StoreCare
from sshim.store.making import make_when_absent
from sshim.store.open import StoreOptions, open_store


class Memory(KeyringBackend):
    """A keyring that the tests take for the desktop's."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Desktop(Memory):
    """Named as a real one."""


Desktop.__module__ = "keyring.backends.SecretService"


class Plaintext(Memory):
    """A file that anybody can read."""


Plaintext.__module__ = "keyrings.alt.file"


class Locked(Desktop):
    """Nobody unlocks it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("dismissed")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("dismissed")


class Forgetful(Desktop):
    """Says that it keeps what it does not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password[:-4]


Locked.__module__ = Forgetful.__module__ = Desktop.__module__


class Several(chainer.ChainerBackend):
    """A chain of the given ones."""

    backends: list[KeyringBackend] = []  # noqa: RUF012


Several.__module__ = chainer.__name__


@pytest.fixture
def use() -> Iterator[Callable[[KeyringBackend], KeyringBackend]]:
    before = keyring.get_keyring()

    def chosen(backend: KeyringBackend) -> KeyringBackend:
        keyring.set_keyring(backend)
        return backend

    yield chosen
    keyring.set_keyring(before)


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    made = StoreOptions(tmp_path / "home", key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors")
    assert make_when_absent(made) is not None
    return made


@pytest.fixture
def care(options: StoreOptions) -> Iterator[StoreCare]:
    opened = StoreCare(options, actor=Actor("super-administrator"))
    yield opened
    opened.close()


def lose_the_key_file(options: StoreOptions) -> None:
    assert options.key_folder is not None
    [path] = options.key_folder.iterdir()
    path.unlink()


def test_it_opens_the_store_alone_and_lives_through_a_rotation(
    care: StoreCare, options: StoreOptions, use: Callable[[Desktop], Desktop]
) -> None:
    desktop = use(Desktop())
    added = care.keys.add_keyring(label="desk")
    assert (added.kind, added.label, added.proven) == ("keyring", "desk", True)
    lose_the_key_file(options)
    care.close()
    assert care.keys.rotate(drop_unproven=True) == 2
    assert [slot.kind for slot in care.keys.list()] == ["keyring"]
    [kept] = desktop.kept.values()
    assert (
        kept.encode() not in options.path.read_bytes() + options.path.with_name("store.db-wal").read_bytes()
    )


def test_a_locked_keyring_is_a_missing_key_that_says_so(
    care: StoreCare, options: StoreOptions, use: Callable[[KeyringBackend], Desktop]
) -> None:
    use(Desktop())
    care.keys.add_keyring()
    care.close()
    assert all(slot.proven for slot in care.keys.list())
    use(Locked())
    assert [slot.proven for slot in care.keys.list()] == [True, False]
    lose_the_key_file(options)
    with pytest.raises(KeyMissing) as caught:
        open_store(options)
    assert caught.value.hint == "unlock the keyring, or put back the key file"


def test_removing_the_slot_takes_the_entry_out_of_the_keyring(
    care: StoreCare, use: Callable[[Desktop], Desktop]
) -> None:
    desktop = use(Desktop())
    added = care.keys.add_keyring()
    care.keys.remove(added.id)
    assert desktop.kept == {}
    with pytest.raises(LastKeySlot):
        care.keys.remove(care.keys.list()[0].id)


def _chain(*backends: KeyringBackend) -> KeyringBackend:
    several = Several()
    several.__class__ = type("ChainerBackend", (Several,), {"backends": list(backends)})
    return several


@pytest.mark.parametrize(
    "backend",
    [fail.Keyring, null.Keyring, Plaintext, lambda: _chain(Plaintext()), lambda: _chain(null.Keyring())],
    ids=["none", "null", "plain text", "a chain of plain text", "a chain of null"],
)
def test_what_is_no_real_keyring_gets_no_key(
    care: StoreCare, use: Callable[[KeyringBackend], KeyringBackend], backend: Callable[[], KeyringBackend]
) -> None:
    chosen = use(backend())
    with pytest.raises(UsageError, match="no usable system keyring") as caught:
        care.keys.add_keyring()
    assert "keyring>=25" in str(caught.value.hint)
    assert getattr(chosen, "kept", {}) == {}
    assert len(care.keys.list()) == 1


def test_the_real_one_of_a_chain_is_used_and_no_other(
    care: StoreCare, use: Callable[[KeyringBackend], KeyringBackend]
) -> None:
    plain, desktop = Plaintext(), Desktop()
    use(_chain(plain, desktop))
    care.keys.add_keyring()
    assert plain.kept == {} and len(desktop.kept) == 1


@pytest.mark.parametrize(("kind", "why"), [(Locked, "it refused the key"), (Forgetful, "it did not keep")])
def test_a_keyring_that_does_not_keep_the_key_adds_no_slot(
    care: StoreCare, use: Callable[[Desktop], Desktop], kind: type[Desktop], why: str
) -> None:
    backend = use(kind())
    with pytest.raises(StoreUnavailable, match=why):
        care.keys.add_keyring()
    assert len(care.keys.list()) == 1
    assert backend.kept == {}


def test_a_slot_that_could_not_be_written_leaves_no_entry(
    care: StoreCare, use: Callable[[Desktop], Desktop], monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = use(Desktop())
    keys = care.keys

    def full(*_: object) -> None:
        raise StoreUnavailable("here", "it is full")

    monkeypatch.setattr(type(keys), "_add", full)
    with pytest.raises(StoreUnavailable):
        keys.add_keyring()
    assert desktop.kept == {}


def test_without_the_package_the_extra_is_named(care: StoreCare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UsageError) as caught:
        care.keys.add_keyring()
    assert "pip install 'keyring>=25'" in str(caught.value.hint)

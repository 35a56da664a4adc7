"""The header of a store, whose checksum needs no key, after somebody has changed it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sshim.errors import Corrupt, KeyMissing, TooNew, UsageError, WrongKey
from sshim.store.crypto import lp, sha256
from sshim.store.format import canonical
from sshim.store.open import open_store
from tests.faults.attacks import Attack, attack
from tests.faults.scene import Scene


@pytest.fixture
def scene(root: Path) -> Scene:
    return Scene(root / "s").filled(4)


def rewrite_header(change: Callable[[dict[str, object]], None], *, format_number: int = 1) -> Attack:
    """An edit of the header with the checksum made anew."""

    def attacker(connection: sqlite3.Connection) -> None:
        [body] = connection.execute("SELECT body FROM header").fetchone()
        plain = json.loads(body)
        change(plain)
        body = canonical(plain)
        checksum = sha256(lp("sshim/header", format_number, body))
        connection.execute(
            "UPDATE header SET format = ?, body = ?, checksum = ?", (format_number, body, checksum)
        )

    return attacker


def _bomb(plain: dict[str, object]) -> None:
    slot = dict(plain["slots"][0])  # type: ignore[index]
    slot |= {"id": "ab" * 16, "kind": "passphrase"}
    slot["parameters"] = {
        "kdf": "argon2id",
        "salt": "00" * 16,
        "memory_kib": 2**31,
        "passes": 99,
        "lanes": 64,
    }
    plain["slots"] = [slot]


def test_a_key_derivation_that_would_eat_the_memory_is_refused_before_it_begins(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack(scene, rewrite_header(_bomb))
    monkeypatch.setattr("cryptography.hazmat.primitives.kdf.argon2.Argon2id", None)
    with pytest.raises(Corrupt, match="out of bounds"):
        open_store(scene.options(passphrase=lambda: "whatever it is"))


def test_a_header_of_very_many_slots_is_refused_before_any_is_tried(scene: Scene) -> None:
    def crowd(plain: dict[str, object]) -> None:
        [slot] = plain["slots"]  # type: ignore[misc]
        cost = {"kdf": "argon2id", "salt": "00" * 16, "memory_kib": 1_048_576, "passes": 16, "lanes": 16}
        many = ({**slot, "id": f"{n:032x}", "kind": "passphrase", "parameters": cost} for n in range(33))
        plain["slots"] = list(many)

    def nobody() -> str:
        raise AssertionError("somebody was asked")

    attack(scene, rewrite_header(crowd))
    with pytest.raises(Corrupt, match="more than 32 key slots"):
        open_store(scene.options(passphrase=nobody))


def test_a_store_takes_no_more_slots_than_can_be_read_again(scene: Scene) -> None:
    care = scene.care()
    for n in range(31):
        care.keys.add_key(bytes([n]) * 32)
    with pytest.raises(UsageError, match="no more fit"):
        care.keys.add_key(bytes([77]) * 32)
    care.close()
    assert scene.look() is not None


@pytest.mark.parametrize("number", [2, 9])
def test_a_newer_format_is_named_as_such(scene: Scene, number: int) -> None:
    attack(scene, rewrite_header(lambda plain: plain.update(future=True), format_number=number))
    with pytest.raises(TooNew) as caught:
        scene.look()
    assert (caught.value.found, caught.value.known) == (number, 1)


@pytest.mark.parametrize("number", [0, -1])
def test_a_format_there_never_was_is_damage(scene: Scene, number: int) -> None:
    attack(scene, rewrite_header(lambda plain: None, format_number=number))
    with pytest.raises(Corrupt):
        scene.look()


def nonsense() -> Iterator[tuple[str, Callable[[dict[str, object]], None]]]:
    for name in ("vault_id", "created", "term", "check", "slots", "past"):
        yield f"no {name}", lambda plain, n=name: plain.pop(n)  # type: ignore[misc]
        for value in (None, -1, "zz", [], {}, [None], [[1, "zz", "zz"]], 1.5, "../../etc/passwd"):
            if (name, value) == ("past", []):
                continue  # that is what it is
            yield f"{name} = {value!r}", lambda plain, n=name, v=value: plain.update({n: v})  # type: ignore[misc]


@pytest.mark.parametrize(("change"), [pytest.param(c, id=n) for n, c in nonsense()])
def test_a_header_of_another_form_gives_an_error_of_ours(
    scene: Scene, change: Callable[[dict[str, object]], None]
) -> None:
    attack(scene, rewrite_header(change))
    # without the key an attacker can make the header anything: then no slot opens, or its form is wrong
    with pytest.raises((Corrupt, WrongKey, KeyMissing)):
        scene.look()


def test_a_key_slot_that_was_removed_cannot_be_put_back(scene: Scene) -> None:
    care = scene.care()
    care.keys.add_key_file(scene.root / "second.key")
    care.close()
    connection = sqlite3.connect(scene.path)
    old = connection.execute("SELECT * FROM header").fetchone()
    connection.close()
    care = scene.care()
    care.keys.remove(care.keys.list()[1].id)
    care.close()

    def put_back(connection: sqlite3.Connection) -> None:
        connection.execute("REPLACE INTO header VALUES (?, ?, ?, ?)", old)

    attack(scene, put_back)
    with pytest.raises(Corrupt):
        scene.look()

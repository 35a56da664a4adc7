"""A sealed export: opens with its passphrase only, and whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from sshim.errors import AccessError, TransferError, UsageError
from sshim.transfer import sealed
from sshim.transfer.sealed import seal, unseal

CONTENT = {"version": 1, "store_id": "s", "secrets": [{"name": "k", "value": "välue-to-carry\n"}]}
PASSPHRASE = "four words or möre"


@pytest.fixture(scope="module")
def container() -> bytes:
    return seal(CONTENT, PASSPHRASE)


def resealed(text: bytes) -> bytes:
    """The text with a digest that fits."""
    return text + b"sha256 " + hashlib.sha256(text).hexdigest().encode() + b"\n"


def test_it_opens_with_its_passphrase(container: bytes) -> None:
    assert unseal(container, PASSPHRASE, name="f") == CONTENT


def test_it_shows_nothing_of_what_it_holds_not_even_its_length(container: bytes) -> None:
    body = base64.b64decode(b"".join(container.split(b"\n")[2:-2]))
    assert b"lue-to-carry" not in container + body and b"secrets" not in container + body
    assert len(seal({**CONTENT, "more": "x" * 100}, PASSPHRASE)) == len(container)


def test_two_containers_of_the_same_have_nothing_in_common(container: bytes) -> None:
    assert seal(CONTENT, PASSPHRASE).split(b"\n")[2] != container.split(b"\n")[2]


@pytest.mark.parametrize("passphrase", ["", "four words or more", PASSPHRASE + " "])
def test_a_wrong_passphrase_is_told_as_such(container: bytes, passphrase: str) -> None:
    with pytest.raises(AccessError) as caught:
        unseal(container, passphrase, name="my.sealed")
    assert caught.value.exit_code == 4 and "my.sealed" in caught.value.message


def test_cut_short_anywhere_it_is_refused(container: bytes) -> None:
    for length in {*range(0, len(container), 37), len(container) - 1}:
        with pytest.raises(TransferError):
            unseal(container[:length], PASSPHRASE, name="f")


def test_a_changed_byte_anywhere_is_refused(container: bytes) -> None:
    for at in range(0, len(container), 41):
        changed = bytearray(container)
        changed[at] ^= 1
        with pytest.raises(TransferError):
            unseal(bytes(changed), PASSPHRASE, name="f")


def test_a_changed_ciphertext_is_refused_even_when_the_digest_fits(container: bytes) -> None:
    lines = container.split(b"\n")
    body = bytearray(base64.b64decode(b"".join(lines[2:-2])))
    body[-1] ^= 1
    changed = resealed(b"\n".join(lines[:2]) + b"\n" + base64.encodebytes(bytes(body)))
    with pytest.raises(TransferError, match="what it holds was changed"):
        unseal(changed, PASSPHRASE, name="f")


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 30},
        {"memory_kib": 8},
        {"passes": 10_000},
        {"lanes": 0},
        {"passes": True},
        {"passes": "3"},
        {"kdf": "none"},
        {"salt": "00"},
        {"salt": 1},
        {"more": 1},
    ],
)
def test_a_key_derivation_out_of_bounds_is_refused_before_it_is_run(
    container: bytes, change: dict[str, object]
) -> None:
    lines = container.split(b"\n")
    head = json.dumps({**json.loads(lines[1]), **change}).encode()
    with pytest.raises(TransferError):
        unseal(resealed(b"\n".join([lines[0], head, *lines[2:-2], b""])), PASSPHRASE, name="f")


def test_another_version_is_told_as_such(container: bytes) -> None:
    other = container.replace(b"sshim-sealed 1", b"sshim-sealed 2", 1)
    assert sealed.is_sealed(other)
    with pytest.raises(TransferError, match="version"):
        unseal(other, PASSPHRASE, name="f")
    with pytest.raises(TransferError, match="is not a sealed export"):
        unseal(b"A=1\n", PASSPHRASE, name="f")


@pytest.mark.parametrize("passphrase", ["", "eleven char"])
def test_a_short_passphrase_seals_nothing(passphrase: str) -> None:
    with pytest.raises(UsageError, match="fewer than 12 characters"):
        seal(CONTENT, passphrase)

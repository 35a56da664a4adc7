"""The primitives against what others have published, and the attack that the commitment is for."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from sshim.store import crypto
from sshim.store.crypto import Identity, Sealed, decrypt, encrypt, hkdf, lp, seal, unseal

HERE = Identity("ab" * 16, 1, "cd" * 16, 3)

RFC_5869 = [
    ("0b" * 22, "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    ("0b" * 22, "", "", 42,
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
]  # fmt: skip
"""Appendix A.1 and A.3."""


@pytest.mark.parametrize(("key", "salt", "info", "length", "expected"), RFC_5869)
def test_hkdf_gives_the_vectors_of_its_rfc(
    key: str, salt: str, info: str, length: int, expected: str
) -> None:
    given_salt = bytes.fromhex(salt) or bytes(32)
    found = hkdf(bytes.fromhex(key), salt=given_salt, info=bytes.fromhex(info), length=length)
    assert found.hex() == expected


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=80), st.binary(min_size=1, max_size=80), st.binary(max_size=80),
       st.integers(1, 200))  # fmt: skip
def test_hkdf_agrees_with_another(key: bytes, salt: bytes, info: bytes, length: int) -> None:
    theirs = HKDF(SHA256(), length, salt, info).derive(key)
    assert hkdf(key, salt=salt, info=info, length=length) == theirs


def test_aes_gcm_gives_a_published_vector() -> None:
    """Test case 16 of the GCM specification."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = encrypt(key, nonce, plain, bound)
    assert sealed.hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert decrypt(key, nonce, sealed, bound) == plain


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=6), st.binary(max_size=6)), max_size=5),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=6), st.binary(max_size=6)), max_size=5),
)
def test_no_two_lists_of_fields_are_written_alike(one: list[crypto.Field], other: list[crypto.Field]) -> None:
    same = [(type(field), field) for field in one] == [(type(field), field) for field in other]
    assert (lp(*one) == lp(*other)) == same


def test_fields_are_not_told_apart_by_their_joints() -> None:
    assert lp("a", "bc") != lp("ab", "c") != lp("abc")
    assert lp("at", "b") != lp("a", "tb")  # the tag of a field may stand inside another
    assert lp(None) != lp("") != lp(b"")
    assert lp(1) != lp("1") != lp(1.0) != lp(1)
    with pytest.raises(TypeError):
        lp([1])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        lp(True)


def test_a_sealed_value_opens_in_its_place_only() -> None:
    master = os.urandom(32)
    sealed = seal(master, HERE, b"a value")
    assert unseal(master, HERE, sealed) == b"a value"
    for elsewhere in (
        HERE._replace(vault_id="ac" * 16),
        HERE._replace(term=2),
        HERE._replace(secret_id="ce" * 16),
        HERE._replace(version=4),
    ):
        assert unseal(master, elsewhere, sealed) is None
    assert unseal(os.urandom(32), HERE, sealed) is None


@pytest.mark.parametrize("part", ["salt", "commitment", "ciphertext"])
def test_no_bit_of_a_sealed_value_can_be_changed(part: str) -> None:
    master = os.urandom(32)
    # HMAC, and with it HKDF, takes a salt for the same one when it ends in a zero more or less
    sealed = seal(master, HERE, b"a value", salt=os.urandom(31) + b"\0")
    whole: bytes = getattr(sealed, part)
    for at in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[at // 8] ^= 1 << at % 8
        assert unseal(master, HERE, sealed._replace(**{part: bytes(changed)})) is None
    assert unseal(master, HERE, sealed._replace(**{part: whole[:-1]})) is None
    assert unseal(master, HERE, sealed._replace(**{part: whole + b"\0"})) is None
    assert unseal(master, HERE, sealed._replace(ciphertext=b"")) is None


def test_the_same_value_twice_looks_different_each_time() -> None:
    master = os.urandom(32)
    seen = {seal(master, HERE, b"a value").ciphertext for _ in range(50)}
    assert len(seen) == 50


# -- one ciphertext that opens under two keys ----------------------------------------------------------------


def _times(x: int, y: int) -> int:
    """Multiplication in the field of GCM, whose polynomial stands bit-reversed."""
    product = 0
    for bit in range(127, -1, -1):
        if y >> bit & 1:
            product ^= x
        x = (x >> 1) ^ (0xE1 << 120) if x & 1 else x >> 1
    return product


def _inverse(x: int) -> int:
    found, power = 1 << 127, x
    for _ in range(127):
        power = _times(power, power)
        found = _times(found, power)
    return found


def _block(key: bytes, data: bytes) -> int:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(encryptor.update(data), "big")


def two_key_ciphertext(one: bytes, other: bytes, nonce: bytes) -> bytes:
    """A ciphertext with its tag that AES-GCM opens under both keys, without associated data: two blocks, of
    which the second is solved for so that both tags are the same."""
    first = os.urandom(16)
    lengths = (0).to_bytes(8, "big") + (8 * 32).to_bytes(8, "big")
    sums, squares, tags = [], [], []
    for key in (one, other):
        h = _block(key, bytes(16))
        square = _times(h, h)
        known = _times(_times(square, h), int.from_bytes(first, "big"))
        known ^= _times(h, int.from_bytes(lengths, "big"))
        squares.append(square)
        tags.append(known ^ _block(key, nonce + b"\0\0\0\1"))
        sums.append(known)
    second = _times(tags[0] ^ tags[1], _inverse(squares[0] ^ squares[1]))
    tag = tags[0] ^ _times(squares[0], second)
    return first + second.to_bytes(16, "big") + tag.to_bytes(16, "big")


def test_gcm_alone_opens_one_ciphertext_under_two_keys() -> None:
    one, other, nonce = os.urandom(32), os.urandom(32), os.urandom(12)
    forged = two_key_ciphertext(one, other, nonce)
    values = [decrypt(key, nonce, forged, b"") for key in (one, other)]
    assert None not in values and values[0] != values[1]


def test_the_commitment_lets_it_open_under_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who knows two master keys makes a row that says one thing to each of their owners."""
    masters, salt = (os.urandom(32), os.urandom(32)), os.urandom(32)
    monkeypatch.setattr(Identity, "bound", lambda self: b"")
    material = [crypto._row_key(master, salt, HERE) for master in masters]
    # the nonce comes from the key as well: for the attack to be possible at all it is made the same
    nonce = os.urandom(12)
    monkeypatch.setattr(crypto, "_row_key", lambda master, *_: (*material[masters.index(master)][:2], nonce))
    forged = two_key_ciphertext(material[0][0], material[1][0], nonce)
    for mine in (0, 1):
        sealed = Sealed(salt, material[mine][1], forged)
        assert unseal(masters[mine], HERE, sealed) is not None
        assert unseal(masters[1 - mine], HERE, sealed) is None

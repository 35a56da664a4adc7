"""The cryptography of format 1: keys by HKDF-SHA256, sealing by AES-256-GCM with a commitment.

Pure functions over bytes. Every message is built by `lp`, in which each field carries its type and length, so
that no two lists of fields give the same bytes.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from sshim.record import NamedTuple

try:  # where `hmac` has it from; that and `hashlib` would load a second OpenSSL, which takes 4 ms
    from _operator import _compare_digest as compare_digest
except ImportError:
    from hmac import compare_digest  # type: ignore[no-redef]

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256, Hash
    from cryptography.hazmat.primitives.hmac import HMAC

Field = bytes | str | int | float | None

KEY_BYTES = 32
SALT_BYTES = 32
SUITE = 1
"""HKDF-SHA256 row key, AES-256-GCM, 32-byte commitment. The only suite of format 1."""


def lp(*fields: Field) -> bytes:
    """Each field as one tag byte, a u32 length and its bytes; integers are decimal text. No field of the
    format is a real number: one that stands in a changed row is written so that no check can pass."""
    parts: list[bytes] = []
    for field in fields:
        if type(field) is str:
            tag, data = b"t", field.encode("utf-8", "surrogatepass")
        elif type(field) is bytes:
            tag, data = b"b", field
        elif type(field) is int:
            tag, data = b"i", b"%d" % field
        elif field is None:
            tag, data = b"n", b""
        elif type(field) is float:
            tag, data = b"r", repr(field).encode()
        else:
            raise TypeError(f"no way to write a {type(field).__name__}")
        parts += (tag, len(data).to_bytes(4, "big"), data)
    return b"".join(parts)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    make, _, algorithm = _hashing()
    made = make(key, algorithm)
    made.update(message)
    return made.finalize()


def same(one: bytes, other: bytes) -> bool:
    """Equality in constant time."""
    return compare_digest(one, other)


def sha256(message: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    _, make, algorithm = _hashing()
    made = make(algorithm)
    made.update(message)
    return made.finalize()


def hkdf(key: bytes, *, salt: bytes, info: bytes, length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869), at most 8,160 bytes."""
    extracted = mac(salt, key)
    block, out, counter = b"", b"", 1
    while len(out) < length:
        block = mac(extracted, block + info + bytes([counter]))
        out += block
        counter += 1
    return out[:length]


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """AES-256-GCM with `bound` as associated data; the 16-byte tag is the end of what is returned."""
    return _aead()(key).encrypt(nonce, plaintext, bound)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes | None:
    """The plaintext, or None when key, nonce, ciphertext and `bound` do not belong together."""
    from cryptography.exceptions import InvalidTag

    try:
        return _aead()(key).decrypt(nonce, ciphertext, bound)
    except (InvalidTag, ValueError):
        return None


class Sealed(NamedTuple):
    """One sealed value as it is stored."""

    salt: bytes
    commitment: bytes
    ciphertext: bytes


class Identity(NamedTuple):
    """What a sealed value is bound to: it opens in this place only."""

    vault_id: str
    term: int
    secret_id: str
    version: int

    def _bound_to(self) -> tuple[Field, ...]:
        return (SUITE, *self)

    def key_info(self) -> bytes:
        """The HKDF label of the row key."""
        return lp("sshim/v1/row", *self._bound_to())

    def bound(self) -> bytes:
        """The associated data of the ciphertext."""
        return lp("sshim/v1/val", *self._bound_to())


def seal(master: bytes, identity: Identity, plaintext: bytes, *, salt: bytes | None = None) -> Sealed:
    """Seals under a key of its own, from a fresh salt (given only to reproduce frozen vectors)."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    key, commitment, nonce = _row_key(master, salt, identity)
    return Sealed(salt, commitment, encrypt(key, nonce, plaintext, identity.bound()))


def unseal(master: bytes, identity: Identity, sealed: Sealed) -> bytes | None:
    """The plaintext, or None when anything of it was changed or moved. The commitment is checked first:
    GCM alone lets one ciphertext open under two keys. The length of the salt is too: HKDF takes zeros at its
    end for none."""
    if len(sealed.salt) != SALT_BYTES:
        return None
    key, commitment, nonce = _row_key(master, sealed.salt, identity)
    if not same(commitment, sealed.commitment):
        return None
    return decrypt(key, nonce, sealed.ciphertext, identity.bound())


def _row_key(master: bytes, salt: bytes, identity: Identity) -> tuple[bytes, bytes, bytes]:
    material = hkdf(master, salt=salt, info=identity.key_info(), length=76)
    return material[:32], material[32:64], material[64:]


@cache
def _aead() -> type[AESGCM]:
    # loaded at the first sealing: the import costs 20 ms of CPU that a command may not need
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM


@cache
def _hashing() -> tuple[type[HMAC], type[Hash], SHA256]:
    from cryptography.hazmat.primitives.hashes import SHA256, Hash
    from cryptography.hazmat.primitives.hmac import HMAC

    return HMAC, Hash, SHA256()

"""Secrets sealed under a passphrase, to carry from one machine to another. Pure, over bytes.

The container is ASCII, in four parts a line or more each:

    sshim-sealed 1
    {"kdf": "argon2id", "lanes": 4, "memory_kib": 65536, "passes": 3, "salt": "<32 hex digits>"}
    <base64 of commitment (32 bytes), nonce (12 bytes) and ciphertext, 76 characters a line>
    sha256 <64 hex digits over everything before this line>

Argon2id of the passphrase gives a root; HKDF-SHA256 (with the same salt, info `sshim-sealed 1`) draws from it
the key and a commitment. The content is JSON padded with blanks to a multiple of 1,024 bytes, sealed by
AES-256-GCM with the first two lines as associated data. The digest is unkeyed: it tells damage from a wrong
passphrase. The cost of Argon2id is bounded on reading, so that a forged file is no memory bomb.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from typing import Any

from sshim.errors import UPDATE, AccessError, TransferError, UsageError
from sshim.model import check_passphrase

MAGIC = b"sshim-sealed 1\n"
"""The first line of every container of this version."""

ANY_VERSION = b"sshim-sealed "

MAX_BYTES = 16 << 20
"""A container is never larger: 100 secrets of 64 KiB are 9 MiB in base64."""

COST = {"lanes": 4, "memory_kib": 65_536, "passes": 3}
_FLOOR = {"lanes": 1, "memory_kib": 19_456, "passes": 2}
_CEILING = {"lanes": 16, "memory_kib": 1_048_576, "passes": 16}
_BLOCK = 1024


def is_sealed(data: bytes) -> bool:
    """Whether these bytes claim to be a container, of whatever version."""
    return data.startswith(ANY_VERSION)


def seal(content: dict[str, Any], passphrase: str) -> bytes:
    """The container of a JSON object. Raises `UsageError` for a passphrase that is too short."""
    check_passphrase(passphrase)
    head = MAGIC + _head({"kdf": "argon2id", **COST, "salt": os.urandom(16).hex()})
    plain = json.dumps(content, ensure_ascii=False).encode()
    plain += b" " * (-len(plain) % _BLOCK)
    key, commitment = _keys(head, passphrase)
    nonce = os.urandom(12)
    body = base64.encodebytes(commitment + nonce + _cipher(key).encrypt(nonce, plain, head))
    return head + body + b"sha256 " + hashlib.sha256(head + body).hexdigest().encode() + b"\n"


def unseal(data: bytes, passphrase: str, *, name: str) -> dict[str, Any]:
    """The JSON object of a container. `name` is the file's, for errors. Raises `TransferError` for one that
    is damaged, cut short or of another version, `AccessError` for a wrong passphrase."""
    head, sealed = _taken_apart(data, name)
    key, commitment = _keys(head, passphrase, name)
    if not hmac.compare_digest(commitment, sealed[:32]):
        raise AccessError(f"the passphrase does not open {name}", hint="type it again; case and blanks count")
    from cryptography.exceptions import InvalidTag

    try:
        plain = _cipher(key).decrypt(sealed[32:44], sealed[44:], head)
        content = json.loads(plain)
    except (InvalidTag, ValueError):
        raise _damaged(name, "what it holds was changed") from None
    if not isinstance(content, dict):
        raise _damaged(name, "it holds no object")
    return content


def _taken_apart(data: bytes, name: str) -> tuple[bytes, bytes]:
    """The first two lines, and the sealed bytes."""
    if not data.startswith(MAGIC):
        if is_sealed(data):
            raise TransferError(
                f"{name} was sealed by a version of sshim that this one does not know",
                hint=UPDATE,
            )
        raise TransferError(f"{name} is not a sealed export", hint="sshim export STORE_ID --seal")
    if len(data) > MAX_BYTES:
        raise _damaged(name, "it is larger than any that sshim makes")
    text, found, digest = data.rpartition(b"sha256 ")
    if not found or not hmac.compare_digest(digest, hashlib.sha256(text).hexdigest().encode() + b"\n"):
        raise _damaged(name, "its end is missing or it was changed")
    magic, line, body = text.split(b"\n", 2)
    try:
        sealed = base64.b64decode(body.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise _damaged(name, "it is not base64") from None
    if len(sealed) < 32 + 12 + 16:
        raise _damaged(name, "it is too short")
    return magic + b"\n" + line + b"\n", sealed


def _keys(head: bytes, passphrase: str, name: str = "") -> tuple[bytes, bytes]:
    """The key and the commitment that head and passphrase give."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    cost, salt = _parameters(head, name)
    try:
        root = Argon2id(
            salt=salt,
            length=32,
            iterations=cost["passes"],
            lanes=cost["lanes"],
            memory_cost=cost["memory_kib"],
        ).derive(passphrase.encode("utf-8", "surrogateescape"))
    except UnsupportedAlgorithm:
        raise UsageError(
            "passphrases need Argon2id, which the OpenSSL of this Python lacks",
            hint="use a Python whose cryptography package is a wheel from its makers",
        ) from None
    drawn = HKDF(algorithm=SHA256(), length=64, salt=salt, info=MAGIC.strip()).derive(root)
    return drawn[:32], drawn[32:]


def _head(parameters: dict[str, Any]) -> bytes:
    return json.dumps(parameters, sort_keys=True).encode() + b"\n"


def _parameters(head: bytes, name: str) -> tuple[dict[str, int], bytes]:
    """The cost and the salt, both within bounds."""
    line = head[len(MAGIC) :]
    try:
        found = json.loads(line)
        salt = bytes.fromhex(found.pop("salt"))
        kdf = found.pop("kdf")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(name, "its second line cannot be read") from None
    in_bounds = found.keys() == COST.keys() and all(
        type(found[each]) is int and _FLOOR[each] <= found[each] <= _CEILING[each] for each in COST
    )
    if kdf != "argon2id" or not in_bounds or len(salt) != 16:
        raise _damaged(name, "it asks for a key derivation out of bounds")
    return found, salt


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _damaged(name: str, why: str) -> TransferError:
    return TransferError(
        f"{name} is damaged: {why}; nothing was imported", hint="make it anew, or copy it again"
    )

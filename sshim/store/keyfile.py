"""Key files and the roots they hold: one line `sshim-key-1:<base64 of 32 bytes>:<check>`.

The check tells a damaged file from one of another store. A file that holds nothing but base64 of 32 bytes,
as `SSHIM_KEY` does, is read too.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path

from sshim.errors import Corrupt
from sshim.store.crypto import KEY_BYTES, same, sha256
from sshim.store.disk import Disk
from sshim.store.keys import Root

_PREFIX = "sshim-key-1:"


def encode_key(key: bytes) -> bytes:
    """The content of a key file."""
    return f"{_PREFIX}{b64encode(key).decode()}:{_check(key)}\n".encode()


def decode_key(location: str, path: Path, content: bytes) -> bytes:
    """The 32 bytes; raises `Corrupt` when the content is not what `encode_key` made."""
    damaged = Corrupt(location, f"its key file {path} is damaged")
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise damaged from None
    if not text.startswith(_PREFIX):
        key = _base64(text.strip())
        if key is None:
            raise damaged
        return key
    body, _, check = text[len(_PREFIX) :].partition(":")
    key = _base64(body)
    if key is None or not same(check.encode(), f"{_check(key)}\n".encode()):
        raise damaged
    return key


def read_root(disk: Disk, location: str, path: Path, *, default: bool) -> Root | None:
    """The root in a key file, None when there is no such file. `default` says that the path is the one a
    store looks at by itself. Raises `Corrupt`, `UnsafePermissions`, `StoreUnavailable`."""
    try:
        content = disk.read(path)
    except FileNotFoundError:
        return None
    where = None if default else str(path)
    return Root("keyfile", decode_key(location, path, content), f"key file {path}", where)


def make_root(disk: Disk, path: Path, *, default: bool) -> Root:
    """Makes a key file with a fresh key, durable. FileExistsError passes."""
    disk.make_folder(path.parent)
    disk.check_folder(path.parent)
    disk.point("key.before-write")
    key = os.urandom(KEY_BYTES)
    disk.create(path, encode_key(key))
    disk.point("key.after-write")
    return Root("keyfile", key, f"key file {path}", None if default else str(path))


def _base64(text: str) -> bytes | None:
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        return None
    # base64 leaves spare bits in its last character: only the one canonical spelling counts
    return key if len(key) == KEY_BYTES and b64encode(key).decode() == text else None


def _check(key: bytes) -> str:
    return sha256(b"sshim/key-file" + key)[:8].hex()

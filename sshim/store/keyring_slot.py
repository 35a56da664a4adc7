"""Roots in the OS keyring, by the optional `keyring` package.

Only named, real keyrings are used: the package also has back ends that keep plain text, or nothing at all.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from typing import Any

from sshim.errors import StoreUnavailable, UsageError
from sshim.store.crypto import KEY_BYTES
from sshim.store.keys import Root

SERVICE = "sshim"

REAL = frozenset(
    f"keyring.backends.{name}" for name in ("macOS", "Windows", "SecretService", "libsecret", "kwallet")
)
"""Modules of the back ends that a key may be entrusted to."""


def keyring_root(entry: str) -> Root | None:
    """The root of that entry, None when it is not there or no real keyring is."""
    backend = _backend()
    if backend is None:
        return None
    try:
        text = backend.get_password(SERVICE, entry)
        key = b64decode(text, validate=True) if text else b""
    except Exception:  # what a keyring raises differs by platform: locked, cancelled, no session
        return None
    return Root("keyring", key, f"keyring entry {entry}", entry) if len(key) == KEY_BYTES else None


def new_keyring_root() -> Root:
    """A fresh root in the keyring, proven by reading it back. Raises `UsageError` without a real keyring,
    `StoreUnavailable` when it does not keep what it is given."""
    backend = _backend()
    if backend is None:
        raise UsageError(
            "there is no usable system keyring", hint="pip install 'keyring>=25', or use a key file"
        )
    entry, key = os.urandom(16).hex(), os.urandom(KEY_BYTES)
    try:
        backend.set_password(SERVICE, entry, b64encode(key).decode())
    except Exception:
        raise StoreUnavailable(
            "the system keyring", "it refused the key", hint="unlock it, then again"
        ) from None
    root = keyring_root(entry)
    if root is None or root.secret != key:
        forget_keyring_root(entry)
        raise StoreUnavailable("the system keyring", "it did not keep the key", hint="use a key file")
    return root


def forget_keyring_root(entry: str) -> None:
    """Deletes an entry, if it can be."""
    import contextlib

    backend = _backend()
    if backend is not None:
        with contextlib.suppress(Exception):
            backend.delete_password(SERVICE, entry)


def _backend() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    chosen = keyring.get_keyring()
    candidates = [chosen, *getattr(chosen, "backends", ())]
    return next((each for each in candidates if type(each).__module__ in REAL), None)

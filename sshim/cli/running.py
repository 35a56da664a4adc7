"""The `sshim serve` that runs over a store: where it is and the key that its dashboard trusts, told in a file
that only its user can read. What the file says of a program that is gone is harmless: nobody proves the key.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sshim.store.open import StoreOptions

_SECONDS = 3.0


class Running(NamedTuple):
    """A program that serves: the origin of its API, and its key."""

    url: str
    key: bytes


def local_url(origin: str) -> str:
    """The origin as this machine reaches it, when it is that of every address."""
    return origin.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def running_file(options: StoreOptions) -> Path:
    """Where the program that serves this store tells of itself: one file for each store."""
    of = f"-{sha256(options.url.encode()).hexdigest()[:12]}" if options.url else ""
    return options.home / f"serve{of}.json"


@contextmanager
def told(options: StoreOptions, running: Running) -> Iterator[None]:
    """Tells of a program for as long as it runs. Raises `StoreError` where files cannot be written."""
    path = running_file(options)
    content = json.dumps({"url": running.url, "key": running.key.hex()}).encode()
    options.disk.make_folder(options.home)
    options.disk.replace(path, content)
    try:
        yield
    finally:
        # a second program over the same store may have taken the place
        with contextlib.suppress(OSError):
            if path.read_bytes() == content:
                path.unlink()


def find_running(options: StoreOptions) -> Running | None:
    """What was told last, whether the program still runs or not. Raises `UnsafePermissions` for a file that
    others could have written."""
    try:
        said = json.loads(options.disk.read(running_file(options)))
        return Running(str(said["url"]), bytes.fromhex(said["key"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def open_session(running: Running, role: str) -> str | None:
    """The address that signs a browser in with that role, good for a minute and one use; None when the
    program does not answer, or cannot prove to be the one that was told of."""
    import hmac
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    from sshim.dashboard.sessions import new_code, proof

    code, place = new_code(), urlsplit(running.url)
    offer = {"code": code, "role": role, "proof": proof(running.key, True, code, role)}
    connection = HTTPConnection(place.hostname or "", place.port, timeout=_SECONDS)
    try:
        connection.request(
            "POST", "/dashboard/codes", json.dumps(offer), {"Content-Type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read(65_536))
        given = answer["result"]["proof"]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
    if not isinstance(given, str) or not given.isascii():
        return None
    expected = proof(running.key, False, code, role)
    return f"{running.url}/#code={code}" if hmac.compare_digest(given, expected) else None

"""The `sshim serve` programs that run over a store: where each is and the key that its dashboard trusts, told
in a file that only their user can read. What it says of a program that is gone is harmless: nobody proves the
key.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.errors import SshimError
from sshim.record import NamedTuple

if TYPE_CHECKING:
    from sshim.store.open import StoreOptions

_SECONDS = 3.0
_MOST = 8
"""Programs told of at once; what killed ones have left goes as others come."""


class Running(NamedTuple):
    """A program that serves: the origin of its API, and its key."""

    url: str
    key: bytes


def local_url(origin: str) -> str:
    """The origin as this machine reaches it, when it is that of every address."""
    return origin.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def running_file(options: StoreOptions) -> Path:
    """Where the programs that serve this store tell of themselves: one file for each store."""
    of = f"-{sha256(options.url.encode()).hexdigest()[:12]}" if options.url else ""
    return options.home / f"serve{of}.json"


@contextmanager
def told(options: StoreOptions, running: Running) -> Iterator[None]:
    """Tells of a program for as long as it runs. Raises `StoreError`, `UnsafePermissions` where files cannot
    be written."""
    options.disk.make_folder(options.home)
    _change(options, lambda others: [running, *others][:_MOST])
    try:
        yield
    finally:
        with contextlib.suppress(SshimError, OSError):
            _change(options, lambda programs: [each for each in programs if each != running])


def _change(options: StoreOptions, change: Callable[[list[Running]], list[Running]]) -> None:
    from sshim.store.lock import LOCK_FILE, FileLock

    with FileLock(options.home / LOCK_FILE, options.disk, timeout=_SECONDS).held():
        try:
            before = find_running(options)
        except SshimError:
            before = []  # others could have written it: nothing of it is kept
        left, path = change(before), running_file(options)
        if left:
            content = [{"url": each.url, "key": each.key.hex()} for each in left]
            options.disk.replace(path, json.dumps(content).encode())
        else:
            path.unlink(missing_ok=True)


def find_running(options: StoreOptions) -> list[Running]:
    """What was told, the latest first, whether those programs still run or not. Raises `UnsafePermissions`
    for a file that others could have written."""
    try:
        said = json.loads(options.disk.read(running_file(options)))
        return [Running(str(each["url"]), bytes.fromhex(each["key"])) for each in said]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []


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

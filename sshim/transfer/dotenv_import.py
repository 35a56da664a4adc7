"""Secrets from text that other tools keep them in: dotenv (`.env`, `.dev.vars`) and JSON.

Pure. Both hold names and values: a name is a binding of the Worker configuration, or that of a secret in a
store that is given.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sshim.config import dotenv
from sshim.errors import Place, TransferError
from sshim.model import SecretValue
from sshim.record import NamedTuple
from sshim.transfer import exported
from sshim.transfer.pending import Targets, target
from sshim.transfer.plan import Incoming

MAX_BYTES = 16 << 20


UNBOUND = "no binding has that name"


def cure(name: str) -> str:
    """The command that takes in a name which is `UNBOUND`."""
    return f"sshim secret set {shlex.quote(name)} --bind"


class Read(NamedTuple):
    """What a file gave: secrets, and names that were left out with the reason."""

    secrets: list[Incoming]
    left_out: tuple[tuple[str, str], ...] = ()


def from_dotenv(path: Path, data: bytes, targets: Targets, store_id: str | None) -> Read:
    """The secrets of a dotenv file, read as wrangler reads it: references such as `$NAME` are replaced in
    `.env` files and stay as they are in others. Raises `TransferError`."""
    text = _text(path, data)
    try:
        values = dotenv.parse(text)
        if path.name == ".env" or path.name.startswith(".env."):
            values = dotenv.expand(values, {})
    except (dotenv.TooMany, dotenv.TooLong):
        raise TransferError(f"{path} holds more than can be read", hint="shorten it") from None
    if not values:
        raise TransferError(f"{path} holds no NAME=VALUE", hint="--format json, or another file")
    return _read(path, values, targets, store_id)


def from_json(path: Path, data: bytes, targets: Targets, store_id: str | None) -> Read:
    """The secrets of a JSON file: an export of ours, or an object of names and texts. Raises
    `TransferError`, with the place where it is not JSON."""
    text = _text(path, data)
    try:
        content: Any = json.loads(text, object_pairs_hook=_unique)
    except _Twice as error:
        raise TransferError(f"{path} holds a name twice", hint="remove one of them") from error
    except json.JSONDecodeError as error:
        place = Place(path, error.lineno, error.colno, 0)
        raise TransferError(f"this is not JSON: {error.msg}", place=place, hint="correct it") from None
    except (ValueError, RecursionError):
        raise TransferError(f"{path} is not JSON that can be read", hint="correct it") from None
    if exported.is_export(content):
        return Read(exported.incoming(content, name=path.name, store_id=store_id))
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise TransferError(
            f"{path} is neither an export nor an object of names and texts",
            hint='{"NAME": "VALUE"}, or what sshim export STORE_ID --reveal writes',
        )
    return _read(path, content, targets, store_id)


def _read(path: Path, values: Mapping[str, str], targets: Targets, store_id: str | None) -> Read:
    """Each value under the binding of its name, or under the name itself where a store is given."""
    secrets, left_out = [], []
    for name, value in values.items():
        if not value:
            left_out.append((name, "it is empty"))
        elif store_id is not None:
            secrets.append(Incoming(name, store_id, SecretValue(value), origin=path.name))
        elif name in targets:
            store, secret = target(name, targets)
            secrets.append(Incoming(secret, store, SecretValue(value), binding=name, origin=path.name))
        else:
            left_out.append((name, UNBOUND))
    if not secrets:
        raise TransferError(
            f"no name in {path} is that of a Secrets Store binding with a value; "
            "--store STORE_ID imports each under its own name",
            hint=next((cure(name) for name, why in left_out if why == UNBOUND), "give it a value"),
        )
    return Read(secrets, tuple(left_out))


def _text(path: Path, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TransferError(f"{path} is longer than {MAX_BYTES:,} bytes", hint="import it in parts")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TransferError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None


class _Twice(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found

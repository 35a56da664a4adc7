"""Programs that know values: run by their argument list, never by a shell, with nothing on standard input.

What a program writes to standard error is not shown, since it may hold values.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.errors import InvalidValue, TransferError, ValueTooLong
from sshim.model import MAX_VALUE_BYTES, SPACE

if TYPE_CHECKING:
    from subprocess import Popen

MAX_READ = MAX_VALUE_BYTES + (1 << 16)
"""Bytes of a value that are read: the limit, and white space after it that is cut off."""

_PATIENCE = 5.0
_HOME = {
    "op": "https://developer.1password.com/docs/cli",
    "doppler": "https://docs.doppler.com/docs/install-cli",
    "sops": "https://getsops.io",
}


def run_tool(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, seconds: float, source: str
) -> str:
    """What the program prints, without white space at its end. `source` names it in errors. Raises
    `TransferError`, `InvalidValue`, `ValueTooLong`; the program is ended when it takes too long or prints
    without end."""
    import subprocess
    import threading

    child, output = _start(command, environ, folder)
    data = bytearray()
    # A thread, since it may be a grandchild that keeps the pipe open: then nobody waits for its end.
    reader = threading.Thread(target=_read, args=(output, data), daemon=True)
    reader.start()
    try:
        reader.join(seconds)
        if reader.is_alive():
            raise TransferError(
                f"{source} gave no answer within {seconds:g} seconds",
                hint=f"run it yourself: {shlex.join(command)}",
            )
        if len(data) > MAX_READ:
            raise ValueTooLong(None, MAX_VALUE_BYTES)
        code = child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        code = 0  # it has closed its output, and goes on with something else
    finally:
        child.kill()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_PATIENCE)
    if code:
        raise TransferError(
            f"{source}: {command[0]} failed with exit code {code}",
            hint=f"run it yourself to see why: {shlex.join(command)}",
        )
    return value_of(bytes(data), source)


def _start(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> tuple[Popen[bytes], int]:
    """The running program, and the descriptor to read what it prints from."""
    import subprocess

    program = _find(command[0], environ, folder)
    ours, theirs = os.pipe()
    try:
        child = subprocess.Popen(
            [program, *command[1:]],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        os.close(ours)
        raise TransferError(
            f"{command[0]} cannot be run: {error.strerror}", hint="look at the program"
        ) from None
    finally:
        os.close(theirs)
    return child, ours


def _read(pipe: int, data: bytearray) -> None:
    """Reads to the end, or a little more than a value may have; closes the pipe."""
    try:
        while len(data) <= MAX_READ and (chunk := os.read(pipe, 1 << 16)):
            data += chunk
    finally:
        os.close(pipe)


def _find(name: str, environ: Mapping[str, str], folder: Path) -> str:
    """The program's path; one named with a folder counts from `folder`."""
    import shutil

    if os.path.dirname(name):
        found = shutil.which(str(folder / Path(name).expanduser()))
    else:
        found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None:
        where = f": {_HOME[name]}" if name in _HOME else " or correct its name"
        raise TransferError(f"the program {name} is not there", hint=f"install it{where}")
    return found


def value_of(data: bytes, source: str) -> str:
    """The value in these bytes, without white space at its end. Raises `InvalidValue`, `ValueTooLong`."""
    if len(data) > MAX_READ:
        raise ValueTooLong(None, MAX_VALUE_BYTES)
    try:
        text = data.decode().rstrip(SPACE)
    except UnicodeDecodeError:
        raise InvalidValue(
            f"{source} holds no UTF-8 text", hint="encode it, in base64 for instance"
        ) from None
    if not text:
        raise InvalidValue(f"{source} gave nothing", hint="put a value there")
    return text

"""`sshim serve` as a user runs it: a process of its own over a store in a temporary folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sshim.control import ControlPlane
from sshim.model import Actor
from sshim.store.open import open_store, store_options

_Result = TypeVar("_Result")

ROOT = Path(__file__).resolve().parents[2]
_READY = re.compile(r"Ready on (http://\S+/client/v4) \(account ([0-9a-f]{32})")


@dataclass
class Program:
    """The running program: its process, base URL and account id; `home` holds everything it writes."""

    process: subprocess.Popen[str]
    url: str
    account_id: str
    home: Path
    ready_line: str

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> tuple[int, str]:
        """Sends the signal; exit code and what was still said on standard error."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=seconds)
        return self.process.returncode, said


def environ(home: Path) -> dict[str, str]:
    """The variables of a run that touches nothing outside the folder."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SSHIM_HOME": str(home / "store"),
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
    }


def command(*arguments: str) -> list[str]:
    """A command line of ours."""
    return [sys.executable, "-m", "sshim", *arguments]


def beside(home: Path, call: Callable[[ControlPlane], _Result]) -> _Result:
    """What `call` returns for the store of this folder, made where there is none, whoever serves it."""
    store = open_store(store_options(environ(home), create=True))
    try:
        return call(ControlPlane(store, actor=Actor("super-administrator")))
    finally:
        store.close()


def make_token(home: Path, role: str = "super-administrator") -> str:
    """A bearer token, made beside the running program."""
    return beside(home, lambda control: control.create_token(role=role)[1].reveal())


@contextmanager
def serving(home: Path, *flags: str, port: int = 0) -> Iterator[Program]:
    """The program, ready; ended in the end."""
    process = subprocess.Popen(
        command("serve", "--port", str(port), "--gateway-port", "0", *flags),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ(home),
        cwd=home,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        line = process.stdout.readline()
        found = _READY.match(line)
        assert found, f"not ready: {line!r} {process.stderr.read() if process.poll() is not None else ''}"
        yield Program(process, found[1], found[2], home, line)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)
        process.stdout.close()
        process.stderr.close()

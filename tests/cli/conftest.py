"""The program run in two ways: in this process with streams of ours, and from outside as a user runs it."""

from __future__ import annotations

import io
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sshim.cli.context import Session
from sshim.cli.main import run
from sshim.cli.output import Terminal, wants_color

ROOT = Path(__file__).resolve().parents[2]
STORE = "0123456789abcdef0123456789abcdef"
BINDS_API_KEY = f"""
name = "w"
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{STORE}"
secret_name = "api-key"
"""
"""The configuration of a Worker `w`, to which environments may be added."""
BINDS_TWO = f"""
name = "w"
secrets_store_secrets = [
  {{ binding = "API_KEY", store_id = "{STORE}", secret_name = "api-key" }},
  {{ binding = "TOKEN", store_id = "{STORE}", secret_name = "token" }},
]
[env.staging]
secrets_store_secrets = [{{ binding = "API_KEY", store_id = "{STORE}", secret_name = "staging-key" }}]
"""
"""The configuration of a Worker `w` that binds two secrets, one of them differently in an environment."""
CANARY = "c4nary-6f1d-value"
"""A secret value that nothing may show."""

Put = Callable[[str, str], Path]
"""Makes a file of the folder from its name and text."""
Values = Callable[[], dict[str, str]]


@dataclass(frozen=True)
class Ended:
    """How a command ended. Neither stream may ever hold the canary."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert CANARY not in self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Stream(io.StringIO):
    """A text stream that may claim to be a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(text)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


class Stdin(Stream):
    """Standard input, with the bytes below its text."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(text, tty=tty)
        self.buffer = io.BytesIO(text.encode())


_OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Makes standard input the terminal of its session, so that Ctrl-C reaches the program."""


class Typed:
    """A Python with a terminal of its own, at which we type."""

    def __init__(self, arguments: list[str], environ: Mapping[str, str], cwd: Path | None = None) -> None:
        self.fd, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env={**environ, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""
        self.rest = ""

    def expect(self, text: str) -> None:
        """Reads until the text has been shown, since what was last expected."""
        while text not in self.rest:
            ready, _, _ = select.select([self.fd], [], [], 60)
            assert ready, f"waited for {text!r} in vain: {self.shown!r}"
            try:
                part = os.read(self.fd, 4096).decode()
            except OSError:  # how Linux tells the end of a terminal
                part = ""
            assert part, f"ended before {text!r}: {self.shown!r}"
            self.shown += part
            self.rest += part
        self.rest = self.rest.partition(text)[2]

    def type(self, line: str, *, after: str) -> None:
        """Waits for the text, then types."""
        self.expect(after)
        self.send(line)

    def send(self, text: str) -> None:
        """Types at once."""
        os.write(self.fd, text.encode())

    def end(self) -> int:
        """Waits for the end; the exit code. Whoever still wants an answer gets none."""
        with suppress(OSError):
            while select.select([self.fd], [], [], 60)[0] and (part := os.read(self.fd, 4096)):
                self.shown += part.decode()
        os.close(self.fd)
        return self.process.wait(timeout=60)


Sshim = Callable[..., Ended]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The variables of a run: a store of its own, nothing of the developer's."""
    return {
        "SSHIM_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder commands run in."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def sshim(environ: dict[str, str], folder: Path) -> Sshim:
    """`sshim("secret", "list", STORE, stdin=…, tty=…, environ=…)`, in this process."""

    def call(*arguments: str, stdin: str = "", tty: bool = False, **variables: str) -> Ended:
        out, err = Stream(tty=tty), Stream(tty=tty)
        known = {**environ, **variables}
        terminal = Terminal(out, err, folder, wants_color(out, known), wants_color(err, known))
        with redirect_stdout(out), redirect_stderr(err):  # click prints help by itself
            code = run(arguments, Session(known, folder, terminal, Stdin(stdin, tty=tty)))
        return Ended(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture
def program(environ: dict[str, str], folder: Path) -> Sshim:
    """The same from outside: `python -m sshim …` in a process of its own."""

    def call(*arguments: str, stdin: bytes | str = b"", env: Mapping[str, str] | None = None) -> Ended:
        assert not any(CANARY in argument for argument in arguments)
        done = subprocess.run(
            [sys.executable, "-m", "sshim", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=folder,
            env={**environ, **(env or {})},
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture
def two_bindings(folder: Path) -> None:
    (folder / "wrangler.toml").write_text(BINDS_TWO)


@pytest.fixture
def put(folder: Path) -> Put:
    def write(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def values(sshim: Sshim, folder: Path) -> Values:
    """What the store holds; by way of a file, since no stream may show the canary."""

    def read() -> dict[str, str]:
        path = folder / "all.json"
        if sshim("export", STORE, "--reveal", "--yes", "-o", path.name).code:
            return {}
        found = json.loads(path.read_text())
        path.unlink()
        return {each["name"]: each["value"] for each in found["secrets"]}

    return read


def steps(ended: Ended) -> list[tuple[str, str]]:
    """What an import did, by its JSON."""
    return [(each["step"], each["name"]) for each in ended.json["secrets"]]


@pytest.fixture
def made(sshim: Sshim) -> Ended:
    """A secret `api-key` in a new store."""
    return sshim(
        "secret", "create", STORE, "--name", "api-key", "--scopes", "workers,ai_gateway", "--comment", "mine",
        "--json", stdin=f"{CANARY}\n",
    )  # fmt: skip

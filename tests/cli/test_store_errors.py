"""What may be the matter with a store, each by its own name, code and next step, and nothing made anew."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sshim.store.crypto import lp, sha256
from tests.cli.conftest import CANARY, STORE, Sshim

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and locks are those of Unix")


@dataclass
class Place:
    """A store with one secret, its key file, and the environ of the program."""

    home: Path
    key: Path
    environ: dict[str, str]
    sshim: Sshim
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def db(self) -> Path:
        return self.home / "store.db"

    def sql(self, *statements: str) -> None:
        connection = sqlite3.connect(self.db)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()


@pytest.fixture
def place(sshim: Sshim, environ: dict[str, str]) -> Iterator[Place]:
    sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", stdin=CANARY)
    [key] = Path(environ["XDG_DATA_HOME"], "sshim", "keys").iterdir()
    with ExitStack() as stack:
        yield Place(Path(environ["SSHIM_HOME"]), key, environ, sshim, stack)


def newer(place: Place) -> None:
    connection = sqlite3.connect(place.db)
    [body] = connection.execute("SELECT body FROM header").fetchone()
    checksum = sha256(lp("sshim/header", 2, body))
    connection.execute("UPDATE header SET format = 2, checksum = ?", (checksum,))
    connection.commit()
    connection.close()


def rolled_back(place: Place) -> None:
    old = place.db.read_bytes()
    assert place.sshim("secret", "update", STORE, "--name", "k", "--comment", "newer").code == 0
    place.db.write_bytes(old)


def locked(place: Place) -> None:
    fd = os.open(place.home / "store.lock", os.O_RDWR)
    place.stack.callback(os.close, fd)
    fcntl.flock(fd, fcntl.LOCK_EX)


def linked(place: Place) -> None:
    place.db.rename(place.home / "elsewhere")
    place.db.symlink_to(place.home / "elsewhere")


def other_key(place: Place) -> None:
    place.environ["SSHIM_KEY"] = b64encode(bytes(32)).decode()


def cut(place: Place) -> None:
    place.db.write_bytes(place.db.read_bytes()[:-4096])


def flipped_key(place: Place) -> None:
    content = bytearray(place.key.read_bytes())
    content[20] ^= 1
    place.key.write_bytes(content)


TRIGGER = "AFTER DELETE ON secrets BEGIN SELECT 1; END"

STATES: dict[str, tuple[Callable[[Place], object], str, int, str]] = {
    "another key": (other_key, "wrong_key", 4, "SSHIM_KEY_FILE"),
    "no key": (lambda p: p.key.unlink(), "key_missing", 4, "put back the key file"),
    "a damaged key file": (flipped_key, "corrupt", 1, "sshim store verify"),
    "a key that others can read": (lambda p: p.key.chmod(0o644), "unsafe_permissions", 4, "chmod"),
    "a store that others can read": (lambda p: p.db.chmod(0o640), "unsafe_permissions", 4, "chmod 600"),
    "a folder that others can write": (lambda p: p.home.chmod(0o777), "unsafe_permissions", 4, "chmod go-w"),
    "a link in its place": (linked, "unsafe_permissions", 4, "away"),
    "damage": (cut, "corrupt", 1, "sshim store verify"),
    "an empty file": (lambda p: p.db.write_bytes(b""), "corrupt", 1, "sshim store verify"),
    "another file": (lambda p: p.db.write_bytes(b"no database\n" * 400), "corrupt", 1, "sshim store verify"),
    "a foreign database": (lambda p: p.sql("PRAGMA application_id = 1"), "corrupt", 1, "restore FILE"),
    "a row that was taken out": (lambda p: p.sql("DELETE FROM secrets"), "corrupt", 1, "restore FILE"),
    "a trigger": (lambda p: p.sql(f"CREATE TRIGGER t {TRIGGER}"), "corrupt", 1, "restore FILE"),
    "a newer format": (newer, "too_new", 1, "git pull in its clone"),
    "an older copy": (rolled_back, "rolled_back", 1, "sshim store accept-rollback"),
    "a folder in its place": (lambda p: (p.db.unlink(), p.db.mkdir()), "unsafe_permissions", 4, "away"),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_own_name_code_and_next_step(sshim: Sshim, place: Place, state: str) -> None:
    change, code, exit_code, step = STATES[state]
    change(place)
    before = {path: path.read_bytes() for path in place.home.rglob("*") if path.is_file()}
    for arguments in (("secret", "list", STORE), ("secret", "delete", STORE, "--name", "k")):
        ended = sshim(*arguments, "--json")
        assert (ended.code, ended.json["error"]["code"]) == (exit_code, code), ended.out
        assert step in ended.json["error"]["hint"]
        said = sshim(*arguments)
        assert said.code == exit_code and said.out == ""
        assert "Try: " in said.err and "Traceback" not in said.err and "defect" not in said.err
    new = sshim("secret", "create", STORE, "--name", "new", "--scopes", "workers", stdin=f"{CANARY}2")
    assert new.code == exit_code
    # nothing was made in the place of what could not be opened, and nothing of it was changed
    after = {path: path.read_bytes() for path in place.home.rglob("*") if path.is_file()}
    kept = {path: content for path, content in after.items() if not path.name.endswith(("-shm", "-wal"))}
    assert kept == {path: c for path, c in before.items() if not path.name.endswith(("-shm", "-wal"))}


def test_a_lock_that_is_held_is_waited_for_and_then_named(
    sshim: Sshim, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshim.store.lock.FileLock._wait", _no_patience)
    locked(place)
    ended = sshim("secret", "update", STORE, "--name", "k", "--comment", "x", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "locked")
    assert str(os.getpid()) in ended.json["error"]["message"]
    assert sshim("secret", "list", STORE).code == 0  # readers wait for nobody


def _no_patience(self, fd: int, timeout: float) -> None:  # type: ignore[no-untyped-def]
    from sshim.errors import Locked

    raise Locked(str(self._path.parent), self._holder())


def test_no_flag_ignores_a_failed_check(sshim: Sshim) -> None:
    for command in (
        ["secret", "list"],
        ["secret", "create"],
        ["store", "verify"],
        ["store", "restore"],
        ["dev"],
    ):
        text = sshim(*command, "--help").out
        for word in ("ignore", "insecure", "no-verify", "skip", "unsafe", "force"):
            assert f"--{word}" not in text

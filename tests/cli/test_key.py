"""Key slots at the command line."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import STORE, Ended, Sshim, Typed

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def store(sshim: Sshim) -> Ended:
    """A store, with one key slot."""
    return sshim("secret", "create", STORE, "--name", "k", "--scopes", "workers", stdin="x")


def hide_first_key(environ: dict[str, str]) -> None:
    for path in (Path(environ["XDG_DATA_HOME"]) / "sshim" / "keys").iterdir():
        path.unlink()


def test_the_first_slot_is_the_key_file(sshim: Sshim) -> None:
    (slot,) = sshim("key", "list", "--json").json
    assert list(slot) == ["id", "kind", "label", "created", "where", "proven"]
    assert slot["kind"] == "keyfile" and slot["proven"] is True
    assert sshim("key", "list").out.splitlines()[0].split()[:3] == ["ID", "KIND", "LABEL"]


def test_a_second_key_file_opens_the_store_alone(sshim: Sshim, environ: dict[str, str], folder: Path) -> None:
    ended = sshim("key", "add", "--file", "second.key", "--label", "usb", "--json")
    assert ended.code == 0 and ended.json["where"] == str(folder / "second.key")
    assert (folder / "second.key").stat().st_mode & 0o777 == 0o600
    hide_first_key(environ)
    assert sshim("secret", "list", STORE, SSHIM_KEY_FILE=str(folder / "second.key")).code == 0


def test_a_key_in_a_variable_opens_the_store_alone(sshim: Sshim, environ: dict[str, str]) -> None:
    ended = sshim("key", "add", "--from-env", "CI_KEY", CI_KEY=KEY)
    assert ended.code == 0 and KEY not in ended.out + ended.err
    hide_first_key(environ)
    assert sshim("secret", "list", STORE).code == 4
    assert sshim("secret", "list", STORE, SSHIM_KEY=KEY).code == 0


@pytest.mark.parametrize("value", ["", "short", KEY[:-2]])
def test_a_variable_without_a_key_is_refused_unquoted(sshim: Sshim, value: str) -> None:
    ended = sshim("key", "add", "--from-env", "CI_KEY", CI_KEY=value)
    assert ended.code == 2 and "base64 of 32 bytes" in ended.err and not (value and value in ended.err)


@pytest.mark.parametrize("flags", [[], ["--passphrase", "--keyring"], ["--file", "f", "--from-env", "X"]])
def test_one_kind_is_named(sshim: Sshim, flags: list[str]) -> None:
    assert sshim("key", "add", *flags).code == 2


def test_a_passphrase_is_never_read_from_a_pipe(sshim: Sshim) -> None:
    ended = sshim("key", "add", "--passphrase", stdin="correct horse battery staple\n" * 2)
    assert ended.code == 2 and "typed at a terminal" in ended.err


def test_a_slot_can_be_removed_but_not_the_last_proven_one(sshim: Sshim) -> None:
    (first,) = sshim("key", "list", "--json").json
    assert sshim("key", "remove", first["id"]).code == 5
    assert sshim("key", "remove", "0123456789").code == 3
    second = sshim("key", "add", "--file", "second.key", "--json").json
    ended = sshim("key", "remove", second["id"], "--json")
    assert (ended.code, ended.out) == (0, "null\n")
    assert [each["id"] for each in sshim("key", "list", "--json").json] == [first["id"]]


def test_a_key_in_a_variable_is_out_of_the_environ_as_soon_as_it_is_read(environ: dict[str, str]) -> None:
    code = (
        "import os; from sshim.cli.context import current; kept = current().environ;"
        "print([[name in known for name in ('SSHIM_KEY', 'SSHIM_STORE_URL', 'HOME')]"
        " for known in (kept, os.environ)])"
    )
    given = {**environ, "SSHIM_KEY": "k", "SSHIM_STORE_URL": "u"}
    done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert done.stdout == "[[True, True, True], [False, False, True]]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_passphrase_is_asked_for_and_opens_the_store(environ: dict[str, str], folder: Path) -> None:
    words = "correct horse battery staple"
    typed = Typed(["-m", "sshim", "key", "add", "--passphrase"], environ, folder)
    typed.type(f"{words}\n", after="New passphrase: ")
    typed.type(f"{words}\n", after="The same again: ")
    assert typed.end() == 0 and words not in typed.shown
    hide_first_key(environ)
    typed = Typed(["-m", "sshim", "secret", "list", STORE], environ, folder)
    typed.type(f"{words}\n", after="Passphrase of the store: ")
    assert typed.end() == 0 and words not in typed.shown and "workers" in typed.shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_entries_that_differ_add_nothing(sshim: Sshim, environ: dict[str, str], folder: Path) -> None:
    typed = Typed(["-m", "sshim", "key", "add", "--passphrase"], environ, folder)
    typed.type("correct horse battery staple\n", after="New passphrase: ")
    typed.type("something else entirely\n", after="The same again: ")
    assert typed.end() == 2
    assert len(sshim("key", "list", "--json").json) == 1

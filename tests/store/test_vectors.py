"""Frozen stores are read, by sshim and by a reader that shares no code with it; damaged ones by neither."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sshim.control import ControlPlane
from sshim.errors import Corrupt
from sshim.model import Actor
from sshim.store import crypto, format
from sshim.store.care import StoreCare
from sshim.store.crypto import Identity
from sshim.store.format import Head
from sshim.store.open import StoreOptions, open_store
from sshim.store.schema import STORES, TABLES
from tests.store import independent
from tests.store.make_vectors import FOLDER

ACTOR = Actor("super-administrator", interface="test")


def expected() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "format-1.json").read_text(encoding="utf-8")))


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    """The frozen store, laid out as a data folder."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for source, target in (("format-1.db", home / "store.db"), ("format-1.key", tmp_path / "key")):
        target.touch(mode=0o600)
        target.write_bytes((FOLDER / source).read_bytes())
    return StoreOptions(
        home, key_file=tmp_path / "key", key_folder=tmp_path / "keys", anchor_folder=tmp_path / "anchors"
    )


def test_every_value_of_the_frozen_store_is_read(options: StoreOptions) -> None:
    plane = ControlPlane(open_store(options), actor=ACTOR)
    reader = plane.reader(worker=None, environment=None)
    found = {}
    for secret in plane.list_secrets("f" * 32):
        scope = "workers" if "workers" in secret.scopes else "ai_gateway"
        found[secret.name] = reader.read_now("f" * 32, secret.name, scope).reveal()
    assert found == expected()["values"]
    described = {s.name: [s.version, list(s.scopes), s.comment] for s in plane.list_secrets("f" * 32)}
    assert described == expected()["secrets"]
    assert [plane.authenticate(token) is not None for token in expected()["tokens"]] == [True, True]
    reader.close()
    plane.close()


def test_the_frozen_audit_log_is_whole_across_its_two_keys(options: StoreOptions) -> None:
    care = StoreCare(options, actor=ACTOR)
    assert care.verify(deep=True).ok
    plane = ControlPlane(open_store(options), actor=ACTOR)
    assert len(plane.audit()) == expected()["audit"]
    plane.close()


@pytest.mark.parametrize("source", ["key file", "passphrase", "key"])
def test_each_key_slot_opens_it(options: StoreOptions, source: str) -> None:
    if source == "passphrase":
        options = options._replace(key_file=None, passphrase=lambda: expected()["passphrase"])
    elif source == "key":
        options = options._replace(key_file=None, key=bytes(range(32)))
    store = open_store(options)
    assert store.opened().keys.term == expected()["term"]
    store.close()


def test_a_reader_that_shares_no_code_reads_the_same() -> None:
    key = independent.key_in((FOLDER / "format-1.key").read_text())
    found = independent.read(str(FOLDER / "format-1.db"), key)
    values = {name.partition("/")[2]: value for name, value in found["values"].items()}
    assert values == expected()["values"]
    assert len(found["audit"]) == expected()["audit"]
    digests = {row["digest"] for row in found["tokens"] if row["term"] == found["header"]["term"]}
    assert digests == {found["token_digest_of"](expected()["tokens"][1])}
    by_words = independent.read(
        str(FOLDER / "format-1.db"), expected()["passphrase"].encode(), passphrase=True
    )
    assert by_words["values"] == found["values"]


def test_that_reader_reads_a_store_of_today(tmp_path: Path) -> None:
    options = StoreOptions(
        tmp_path / "home",
        key=bytes(range(32)),
        anchor_folder=tmp_path / "anchors",
        key_folder=tmp_path / "keys",
        create=True,
    )
    plane = ControlPlane(open_store(options), actor=ACTOR)
    plane.create_store("s", store_id="s")
    plane.close()
    found = independent.read(str(options.path), bytes(range(32)))
    assert [row["id"] for row in found["stores"]] == ["s"]


DAMAGED = json.loads((FOLDER / "damaged.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("statement", DAMAGED.values(), ids=DAMAGED)
def test_no_reader_reads_a_damaged_one(options: StoreOptions, statement: str) -> None:
    connection = sqlite3.connect(options.path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    report = StoreCare(options, actor=ACTOR).verify(deep=True)
    assert not report.ok
    assert {finding.code for finding in report.findings if not finding.ok} == {"corrupt"}
    key = independent.key_in((FOLDER / "format-1.key").read_text())
    with pytest.raises(independent.Broken):
        independent.read(str(options.path), key)


def test_opening_a_damaged_one_raises(options: StoreOptions) -> None:
    connection = sqlite3.connect(options.path)
    connection.execute(DAMAGED["a row gone"])
    connection.commit()
    connection.close()
    with pytest.raises(Corrupt):
        open_store(options)


def test_every_function_of_the_format_gives_its_frozen_result() -> None:
    frozen = json.loads((FOLDER / "primitives.json").read_text(encoding="utf-8"))
    master, vault, salt = bytes(range(32)), "0123456789abcdef" * 2, bytes(range(100, 132))
    assert crypto.lp("", 0, -5, None, "é", b"\x00\xff").hex() == frozen["lp"]
    assert crypto.lp("", 0, -5, None, "é", b"\x00\xff") == independent.parts(
        "", 0, -5, None, "é", b"\x00\xff"
    )
    for text, padded in frozen["pad"].items():
        assert format.pad(text).hex() == padded
        assert format.unpad(bytes.fromhex(padded)) == text
    sealed = crypto.seal(master, Identity(vault, 3, "ab" * 16, 7), format.pad("a value"), salt=salt)
    assert [sealed.commitment.hex(), sealed.ciphertext.hex()] == frozen["seal"]
    keys = format.seals("vectors", vault, 3, master)
    assert keys.row_mac(STORES, ("f" * 32, "name", 1, 2, "{}")).hex() == frozen["row_mac"]
    head = Head(5, 6, bytes(32), format.set_digest({table.name: {} for table in TABLES}))
    assert keys.head_mac(head, bytes(32)).hex() == frozen["head_mac"]
    assert keys.audit_mac(keys.audit, bytes(32), 1, 3, "{}").hex() == frozen["audit_mac"]
    assert keys.token_digest(keys.token, "sshim_x").hex() == frozen["token_digest"]
    assert format.key_check(master, vault, 3).hex() == frozen["key_check"]

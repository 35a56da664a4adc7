"""Files may change under us."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from sshim.store import format, state
from sshim.store.format import Head, Seals
from sshim.store.open import StoreOptions
from tests.faults import damage
from tests.faults.scene import Scene
from tests.faults.tally import Tally


def test_a_flipped_byte_is_never_believed(root: Path) -> None:
    tally = damage.run_flips(root, step=61)
    assert tally.failures == []
    assert tally.tries > 1000


def test_zeroed_cut_and_swapped_pieces_are_never_believed(root: Path) -> None:
    tally = damage.run_blocks(root, share=0.4)
    assert tally.failures == []
    assert tally.tries > 400


def test_pages_of_two_generations_are_never_taken_for_one(root: Path) -> None:
    tally = damage.run_mixes(root, tries=300)
    assert tally.failures == []
    assert tally.tries == 300


def test_verify_finds_every_flip_that_has_an_effect(root: Path) -> None:
    tally = damage.run_verify(root, step=173)
    assert tally.failures == []
    assert int(str(tally.notes["found"])) > 200


def test_a_store_that_fails_to_open_keeps_no_file_open(root: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    subject = damage.prepare(root, closed=True)
    subject.lay_out({subject.scene.path: b"\x00" + subject.db[1:]})
    kept = []
    for _ in range(3):
        with pytest.raises(Exception) as caught:
            subject.scene.look()
        kept.append(caught)  # an error that is kept must keep nothing open
    links = [os.readlink(fd) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    assert not [link for link in links if str(root) in link]


# -- the weak stores that these tests must tell from ours -------------------------------------------------


@pytest.fixture
def without_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is checked, but nothing says which rows there are."""

    def believe(keys: Seals, row: tuple[object, ...], checksum: bytes) -> Head:
        return Head(*row[1:5])  # type: ignore[arg-type]

    monkeypatch.setattr(format, "decode_head", believe)
    monkeypatch.setattr(state, "same", lambda *_: True)


@pytest.fixture
def without_macs(without_head: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ciphertext per row is all there is."""
    monkeypatch.setattr(Seals, "check_row", lambda *_: None)


def test_a_store_without_head_mac_is_caught(root: Path, without_head: None) -> None:
    subject = damage.prepare(root)
    tally = damage.run_mixes(root / "mixes", tries=60)
    assert any(": wrong: " in failure for failure in tally.failures)
    taken = sqlite3.connect(":memory:")
    subject.lay_out({})
    connection = sqlite3.connect(subject.scene.path, isolation_level=None)
    connection.execute("DELETE FROM secrets WHERE name = 'KEY_2'")
    connection.backup(taken)
    connection.close()
    tally = Tally("a row taken out")
    damage.trial(subject, tally, "gone", {subject.scene.path: taken.serialize(), subject.wal_path: b""})
    taken.close()
    assert [failure.split(":")[1] for failure in tally.failures] == [" false absence"]


def test_a_store_without_row_and_head_macs_is_caught(root: Path, without_macs: None) -> None:
    subject = damage.prepare(root, closed=True)
    tally = Tally("no MACs")
    at = subject.db.find(b"KEY_3")
    while at >= 0:
        changed = subject.db[:at] + b"X" + subject.db[at + 1 :]
        damage.trial(subject, tally, f"byte {at}", {subject.scene.path: changed})
        at = subject.db.find(b"KEY_3", at + 1)
    assert any("false absence" in failure for failure in tally.failures)


def test_a_plain_table_is_caught(root: Path) -> None:
    scene = Scene(root)
    scene.home.mkdir(parents=True)
    connection = sqlite3.connect(scene.path)
    connection.execute("CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT)")
    rows = [(name, f"generation 0 of {name}") for name in damage.NAMES]
    connection.executemany("INSERT INTO secrets VALUES (?, ?)", rows)
    connection.commit()
    connection.close()
    content = scene.path.read_bytes()
    subject = damage.Subject(scene, {scene.path: content}, dict(rows))

    def read_plain(options: StoreOptions) -> dict[str, str]:
        plain = sqlite3.connect(options.path)
        try:
            return dict(plain.execute("SELECT name, value FROM secrets"))
        finally:
            plain.close()

    tally = Tally("plain table")
    for what, changed in damage.flips(content, 3):
        damage.trial(subject, tally, what, {scene.path: changed}, read_plain)
    assert any(": wrong: " in failure for failure in tally.failures)


def test_a_store_without_anchor_takes_an_older_state(root: Path) -> None:
    subject = damage.prepare(root)
    anchor = subject.one("anchors/")
    tally = Tally("no anchor")
    cut = subject.files[subject.wal_path][:5000]
    damage.trial(subject, tally, "cut journal", {subject.wal_path: cut, anchor: None})
    damage.trial(subject, tally, "cut journal", {subject.wal_path: cut})
    assert [failure.split(": ")[1] for failure in tally.failures] == ["wrong", "called RolledBack"]

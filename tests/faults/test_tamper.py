"""Somebody who can write the file, but has no key, changes it on purpose."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.errors import Corrupt, RolledBack, SecretNotFound
from sshim.model import SecretValue, Usage, new_secret
from sshim.store import format, state
from sshim.store.format import Head, Seals
from sshim.store.open import open_store
from sshim.store.schema import ALL_TABLES, Table
from tests.faults.attacks import Attack, attack, sql
from tests.faults.scene import ACTOR, SCOPES, STORE, Scene


@pytest.fixture
def scene(root: Path) -> Scene:
    return Scene(root / "s").filled(4)


def copy_row(table: str, columns: str) -> str:
    """Takes columns of KEY_1 over into KEY_0."""
    names = [name.strip() for name in columns.split(",")]
    sets = ", ".join(f"{n} = (SELECT {n} FROM {table} WHERE name = 'KEY_1')" for n in names)
    return f"UPDATE {table} SET {sets} WHERE name = 'KEY_0'"


ROWS: dict[str, Attack] = {
    "a value is swapped for another's": sql(copy_row("secrets", "ciphertext")),
    "a value with all that seals it": sql(copy_row("secrets", "salt, commitment, digest, ciphertext")),
    "a value, its seal and its MAC": sql(copy_row("secrets", "salt, commitment, digest, ciphertext, mac")),
    "names are swapped": sql(
        "UPDATE secrets SET name = 'x' WHERE name = 'KEY_0'",
        "UPDATE secrets SET name = 'KEY_0' WHERE name = 'KEY_1'",
        "UPDATE secrets SET name = 'KEY_1' WHERE name = 'x'",
    ),
    "a scope is widened": sql("UPDATE secrets SET scopes = 'ai_gateway,workers' WHERE name = 'KEY_0'"),
    "a comment is edited": sql("UPDATE secrets SET comment = 'trust me' WHERE name = 'KEY_0'"),
    "a status is edited": sql("UPDATE secrets SET status = 'pending' WHERE name = 'KEY_0'"),
    "a time is edited": sql("UPDATE secrets SET modified = modified + 1"),
    "a version is edited": sql("UPDATE secrets SET version = 2 WHERE name = 'KEY_0'"),
    "a suite is downgraded": sql("UPDATE secrets SET suite = 0"),
    "a property is added": sql("""UPDATE secrets SET extra = '{"a":1}' WHERE name = 'KEY_0'"""),
    "a secret moves to another store": sql("UPDATE secrets SET store_id = 'other' WHERE name = 'KEY_0'"),
    "a type is changed, not the text": sql("UPDATE secrets SET comment = CAST(comment AS BLOB)"),
    "a row is removed": sql("DELETE FROM secrets WHERE name = 'KEY_0'"),
    "a row is doubled": sql(
        "CREATE TEMP TABLE t AS SELECT * FROM secrets WHERE name = 'KEY_0'",
        "UPDATE t SET id = '0123456789abcdef0123456789abcdef'",
        "INSERT INTO secrets SELECT * FROM t",
    ),
    "all rows are removed": sql("DELETE FROM secrets"),
    "the store is renamed": sql("UPDATE stores SET name = 'prod'"),
    "the store is removed": sql("DELETE FROM stores"),
    "a token gets a better role": sql("UPDATE tokens SET role = 'super-administrator'"),
    "a token gets another's digest": sql("UPDATE tokens SET digest = zeroblob(32)"),
    "a token lives longer": sql("UPDATE tokens SET expires = NULL, last_used = 1"),
    "a token is put back": sql(
        "CREATE TEMP TABLE t AS SELECT * FROM tokens",
        "UPDATE t SET id = 'x'",
        "INSERT INTO tokens SELECT * FROM t",
    ),
    "a gateway points to another store": sql("UPDATE gateways SET store_id = 'other'"),
    "an alias points to another secret": sql("UPDATE provider_keys SET secret_id = 'x'"),
    "the generation is raised": sql("UPDATE head SET generation = generation + 100"),
    "the head is removed": sql("DELETE FROM head"),
    "a digest is zeroed": sql("UPDATE head SET digest = zeroblob(192)"),
    "the end of the audit log is cut": sql("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"),
    "the audit log is emptied": sql("DELETE FROM audit"),
    "an audit record is appended": sql(
        "INSERT INTO audit SELECT seq + 1, term, record, mac FROM audit ORDER BY seq DESC LIMIT 1"
    ),
    "the header is removed": sql("DELETE FROM header"),
    "a table is added": sql("CREATE TABLE more (a)"),
    "a trigger is added": sql("CREATE TRIGGER t AFTER UPDATE ON head BEGIN DELETE FROM audit; END"),
    "a view is added": sql("CREATE VIEW v AS SELECT * FROM secrets"),
    "an index is added": sql("CREATE INDEX i ON secrets (name)"),
    "a table becomes a view": sql(
        "ALTER TABLE secrets RENAME TO hidden",
        "CREATE VIEW secrets AS SELECT * FROM hidden WHERE name != 'KEY_0'",
    ),
    "another program's mark is set": sql("PRAGMA application_id = 1"),
}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_every_edit_is_called_damage(scene: Scene, change: Attack) -> None:
    attack(scene, change)
    with pytest.raises(Corrupt):
        scene.look()


def test_a_secret_that_was_removed_or_renamed_is_not_said_to_be_missing(scene: Scene) -> None:
    attack(scene, ROWS["a row is removed"])
    with pytest.raises(Corrupt):
        scene.plane(create=False).find_secret(STORE, "KEY_0")


@pytest.mark.parametrize("removed", [("check_row",), ("check_row", "head", "digest")])
def test_a_store_without_these_checks_is_caught(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, removed: tuple[str, ...]
) -> None:
    """Each of the checks holds something: without row MACs a name can be edited, without head and digests a
    row can be taken away."""
    monkeypatch.setattr(Seals, "check_row", lambda *_: None)
    change = sql("UPDATE secrets SET name = 'X' WHERE name = 'KEY_0'")
    if "digest" in removed:
        monkeypatch.setattr(format, "decode_head", lambda keys, row, checksum: Head(*row[1:5]))
        monkeypatch.setattr(state, "same", lambda *_: True)
        change = ROWS["a row is removed"]
    attack(scene, change)
    with pytest.raises(SecretNotFound):
        scene.plane(create=False).find_secret(STORE, "KEY_0")


def test_edits_under_an_open_store_are_seen_at_the_next_look(scene: Scene) -> None:
    plane = scene.plane(create=False)
    plane.list_secrets(STORE)
    attack(scene, ROWS["a trigger is added"])
    with pytest.raises(Corrupt):
        plane.list_secrets(STORE)
    with pytest.raises(Corrupt):
        plane.create_gateway("another")


def test_a_row_of_an_older_state_is_refused(scene: Scene) -> None:
    connection = sqlite3.connect(scene.path)
    old = connection.execute("SELECT * FROM secrets WHERE name = 'KEY_0'").fetchone()
    connection.close()
    plane = scene.plane(create=False)
    plane.update_secret(STORE, plane.find_secret(STORE, "KEY_0").id, value=SecretValue("rotated value"))
    plane.close()

    def replay(connection: sqlite3.Connection) -> None:
        marks = ", ".join("?" for _ in old)
        connection.execute(f"REPLACE INTO secrets VALUES ({marks})", old)

    attack(scene, replay)
    with pytest.raises(Corrupt, match="older state"):
        scene.look()


def test_an_older_copy_of_the_whole_store_is_noticed_where_a_newer_one_was_seen(scene: Scene) -> None:
    old = scene.path.read_bytes()
    plane = scene.plane(create=False)
    plane.delete_secret(STORE, plane.find_secret(STORE, "KEY_0").id)
    plane.close()
    scene.path.write_bytes(old)
    with pytest.raises(RolledBack) as caught:
        scene.look()
    assert caught.value.seen == caught.value.found + 1
    assert scene.care().accept_rollback() > caught.value.seen
    seen = scene.look()
    assert seen is not None and (STORE, "KEY_0") in seen.values


def test_a_row_that_was_proven_once_is_proven_again_when_it_has_changed(scene: Scene) -> None:
    """Somebody edits a row right after another process has committed, under an opening that knows the row."""
    opened, other = scene.plane(create=False), scene.plane(create=False)
    assert opened.list_secrets(STORE)
    other.create_secrets(STORE, [new_secret("NEW", "value", SCOPES)])
    attack(scene, ROWS["a comment is edited"], forget=False)
    with pytest.raises(Corrupt, match="fails its check"):
        opened.list_secrets(STORE)
    opened.store.forget()
    other.store.forget()


def test_a_fork_of_the_same_length_is_noticed(scene: Scene) -> None:
    old = scene.path.read_bytes()
    one = scene.plane(create=False)
    one.create_gateway("one")
    one.close()
    anchors = {path: path.read_bytes() for path in (scene.root / "anchors").iterdir()}
    scene.path.write_bytes(old)
    for path in anchors:
        path.unlink()
    other = scene.plane(create=False)
    other.create_gateway("other")
    other.close()
    for path, content in anchors.items():
        path.write_bytes(content)
    with pytest.raises(RolledBack):
        scene.look()


def test_rows_of_another_store_under_the_same_key_are_refused(root: Path) -> None:
    key = bytes(range(32))
    one, two = Scene(root / "one"), Scene(root / "two")
    for each in (one, two):
        each.root.mkdir()
        (each.root / "key").write_bytes(b"")

    def plane(scene: Scene) -> ControlPlane:
        return ControlPlane(open_store(scene.options(create=True, key=key)), actor=ACTOR)

    for each in (one, two):
        made = plane(each)
        made.create_store(STORE, store_id=STORE)
        made.create_secrets(STORE, [new_secret("KEY_0", f"of {each.root.name}", SCOPES)])
        made.close()
    connection = sqlite3.connect(two.path)
    theirs = connection.execute("SELECT * FROM secrets").fetchone()
    connection.close()

    def move(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM secrets")
        connection.execute(f"INSERT INTO secrets VALUES ({', '.join('?' for _ in theirs)})", theirs)

    attack(one, move)
    with pytest.raises(Corrupt):
        plane(one)


# -- the audit log -------------------------------------------------------------------------------------------

LOG: dict[str, Attack] = {
    "a record is edited": sql("UPDATE audit SET record = replace(record, 'true', 'false') WHERE seq = 2"),
    "a record is removed": sql("DELETE FROM audit WHERE seq = 2"),
    "records are reordered": sql(
        "UPDATE audit SET seq = 1002 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 1002",
    ),
    "a term is edited": sql("UPDATE audit SET term = 7 WHERE seq = 2"),
}


@pytest.mark.parametrize("change", LOG.values(), ids=LOG)
def test_an_edited_audit_log_is_not_shown(scene: Scene, change: Attack) -> None:
    attack(scene, change)
    plane = scene.plane(create=False)
    with pytest.raises(Corrupt, match="audit record"):
        plane.audit()
    plane.close()
    report = scene.care().verify(deep=True)
    assert not report.ok
    assert [finding.check for finding in report.findings if not finding.ok] == ["audit"]


# -- any cell of any table -----------------------------------------------------------------------------------

ODD = (1.5, 1e300, -1, 2**63 - 1, "zz", "", b"\xff\x00", "\x00", b"", [b"\xff\xfe"])
"""What SQLite takes for a value of any column; the last one is text that is not UTF-8."""


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_a_cell_of_any_kind_in_any_column_is_damage(scene: Scene, table: Table) -> None:
    plane = scene.plane(create=False)
    plane.record_usages([Usage("w", None, "B", STORE, "KEY_0", "wrangler.toml", datetime.now(UTC))])
    plane.close()
    whole, tried = scene.path.read_bytes(), 0
    for column in (*table.names, *([table.payload] if table.payload else [])):
        for odd in ODD:
            scene.path.write_bytes(whole)
            mark, value = ("CAST(? AS TEXT)", odd[0]) if isinstance(odd, list) else ("?", odd)
            connection = sqlite3.connect(scene.path)
            try:
                one = f"{table.key} = (SELECT max({table.key}) FROM {table.name})"
                changed = connection.execute(
                    f"UPDATE {table.name} SET {column} = {mark} WHERE {one}", (value,)
                )
                assert changed.rowcount == 1
                connection.commit()
            except sqlite3.IntegrityError:
                continue
            finally:
                connection.close()
            if scene.path.read_bytes() == whole:
                continue
            tried += 1
            with pytest.raises((Corrupt, RolledBack)):
                scene.look(thoroughly=True)
            report = scene.care().verify(deep=True)
            assert not report.ok, f"{column} = {odd!r}"
    assert tried > 3 * len(table.columns)

"""The security code with one check taken out at a time: some test must fail each time.

A mutant is a text of one module of the store that is replaced by another; the tests named beside it are run
against a copy of the package. CI only holds that every text still stands where it is looked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.faults.tally import Tally

ROOT = Path(__file__).resolve().parents[2]

TAMPER = "tests/faults/test_tamper.py"
HEADER = "tests/faults/test_header.py"
DAMAGE = "tests/faults/test_damage.py"
POWER = "tests/faults/test_power.py::test_no_acknowledged_change_is_lost_and_none_is_seen_in_part"
FULL = "tests/faults/test_full.py"
MODES = "tests/faults/test_permissions.py"
MIGRATE = "tests/faults/test_migrate.py"
CANARY = "tests/faults/test_canary.py"
MODEL = "tests/faults/test_model.py::TestStoreModel"
CRYPTO = "tests/store/test_crypto.py"
VECTORS = "tests/store/test_vectors.py"
PARSERS = "tests/store/test_parsers.py"
COPIES = "tests/store/test_copies.py"
KEYRING = "tests/store/test_keyring_slot.py"
UNLOCKING = "tests/store/test_unlocking.py"
LEFTOVERS = "tests/store/test_leftovers.py"
SALVAGE = "tests/store/test_salvage.py"
KEYS = "tests/store/test_keys.py"
DISK = "tests/store/test_disk.py"
SQLITE = "tests/store/test_sqlite.py"
READER = "tests/control/test_reader.py"
RECORDER = "tests/control/test_recorder.py"
ERRORS = "tests/cli/test_store_errors.py"
KEY = "tests/cli/test_key.py"
AUDIT = "tests/cli/test_audit.py"
REDACTION = "tests/test_redaction.py"


class Mutant(NamedTuple):
    """`old` stands once in `module` of sshim; with `new` in its place one of `tests` must fail."""

    module: str
    old: str
    new: str
    tests: tuple[str, ...]


def _m(module: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(module, old, new, tests)


# fmt: off
# ruff: noqa: E501  a table reads better in rows, however long
MUTANTS: dict[str, Mutant] = {
    # -- sealing
    "no commitment": _m("store/crypto", "if not same(commitment, sealed.commitment)", "if False", CRYPTO),
    "one salt for all": _m("store/crypto", "os.urandom(SALT_BYTES) if salt is None", "bytes(SALT_BYTES) if salt is None", CRYPTO),
    "no associated data": _m("store/crypto", 'return lp("sshim/v1/val", *self._bound_to())', 'return b""', VECTORS),
    "row keys of no place": _m("store/crypto", 'return lp("sshim/v1/row", *self._bound_to())', 'return lp("sshim/v1/row")', CRYPTO, VECTORS),
    "fields without length": _m("store/crypto", 'parts += (tag, len(data).to_bytes(4, "big"), data)', "parts += (tag, data)", CRYPTO),
    "real numbers as nothing": _m("store/crypto", 'tag, data = b"r", repr(field).encode()', 'tag, data = b"i", b"%d" % field', CRYPTO),
    "no padding": _m("store/format", "bytes(-size % step)", 'b""', PARSERS),
    # -- rows and head
    "no row MAC": _m("store/format", "if not isinstance(found, bytes) or not same(self.row_mac(table, row[:-1]), found)", "if False", TAMPER),
    "row MAC without its table": _m("store/format", "self.vault_id, table.name, *row", "self.vault_id, *row", VECTORS),
    "row MAC without its vault": _m("store/format", '"sshim/v1/row-mac", self.vault_id, ', '"sshim/v1/row-mac", ', VECTORS),
    "no head MAC": _m("store/format", "if not isinstance(found, bytes) or not same(keys.head_mac(head, checksum), found)", "if False", TAMPER),
    "head without generation": _m("store/format", "            head.generation,\n", "", VECTORS),
    "head without audit tail": _m("store/format", "            head.audit_mac,\n", "", VECTORS),
    "head without digest": _m("store/format", "            head.digest,\n", "", VECTORS),
    "head without header": _m("store/format", "            checksum,\n", "", VECTORS),
    "digest without count": _m("store/format", "lp(table.name, len(rows))", "lp(table.name)", VECTORS),
    "header without checksum": _m("store/format", 'if checksum != sha256(lp("sshim/header", found, body))', "if False", PARSERS, ERRORS, DAMAGE),
    "newer formats read": _m("store/format", "if found != written_as:", "if False:", HEADER),
    "any number of slots": _m("store/format", 'if len(plain["slots"]) > MAX_SLOTS', "if False", HEADER),
    "schema unseen": _m("store/state", "if tx.schema() == SCHEMA else None", "if tx.schema() else None", TAMPER),
    "set digest unseen": _m("store/state", "or not same(format.table_digest(table, rows_by_key), digest)", "", TAMPER),
    "audit tail unseen": _m("store/state", "if [(row[0], row[3]) for row in tail] != ([(head.audit_seq, head.audit_mac)] if head.audit_seq else [])", "if tail is None", TAMPER),
    "rows trusted by name": _m("store/state", "if before.get(row[0]) != row:", "if row[0] not in before:", TAMPER),
    "stale cache": _m("store/sealed", "if self._state is None or opened.backend.version() != self._version", "if self._state is None", MODEL),
    "value of another state": _m("store/sealed", "if tx.version() != self._version:", "if False:", SQLITE),
    # -- roll-back
    "no anchor": _m("store/sealed", "if not self._anchored:", "if False:", TAMPER),
    "anchor of any fork": _m("store/state", "return generation == seen[0] and same(seen[1], head_mac)", "return generation == seen[0]", TAMPER),
    "anchor line unchecked": _m("store/anchor", "return found if line == _line(*found) else None", "return found", PARSERS),
    # -- keys
    "slot without bound": _m("store/format", 'return lp("sshim/v1/slot", FORMAT, vault_id, term, *fields)', 'return b""', VECTORS),
    "slot of another key": _m("store/keys", "if len(master) != KEY_BYTES or not same(key_check(master, header.vault_id, header.term), header.check)", "if False", KEYS),
    "any cost of Argon2id": _m("store/keys", "if type(value) is not int or not _FLOOR[name] <= value <= _CEILING[name]", "if False", PARSERS),
    "last slot removable": _m("store/keys", "if not any(s.id in proven for s in left)", "if not left", KEYS),
    "key file unchecked": _m("store/keyfile", 'if key is None or not same(check.encode(), f"{_check(key)}\\n".encode())', "if key is None", DAMAGE),
    "any keyring": _m("store/keyring_slot", "if type(each).__module__ in REAL", "if each", KEYRING),
    "keyring unproven": _m("store/keyring_slot", "if root is None or root.secret != key", "if False", KEYRING),
    "remembered slots for ever": _m("store/unlocking", "if slot is None or not same(", "if not slot_id or not same(", UNLOCKING),
    "old values kept by a rotation": _m("store/key_care", "header, keys = next_term(draft.header, draft.keys, known, now=self._now())", "header, keys = draft.header, draft.keys", KEYRING),
    # -- files
    "files for everybody": _m("store/disk", "O_EXCL | _NOFOLLOW | _CLOEXEC, 0o600)", "O_EXCL | _NOFOLLOW | _CLOEXEC, 0o644)", DISK),
    "folders for everybody": _m("store/disk", "            path.chmod(0o700)\n            self.sync", "            path.chmod(0o755)\n            self.sync", MODES),
    "existing files written": _m("store/disk", "os.O_RDWR | os.O_CREAT | os.O_EXCL", "os.O_RDWR | os.O_CREAT", DISK),
    "links followed": _m("store/disk", '_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)', "_NOFOLLOW = 0", MODES),
    "modes unseen": _m("store/disk", "if found.st_mode & 0o077:", "if False:", MODES),
    "second names unseen": _m("store/disk", "if found.st_nlink > 1:", "if False:", MODES),
    "folder of others": _m("store/disk", "if found.st_mode & 0o022 and", "if False and", MODES),
    "small files unsynced": _m("store/disk", "            _write(fd, data)\n            os.fsync(fd)\n        self.sync", "            _write(fd, data)\n        self.sync", DISK),
    "folders unsynced": _m("store/disk", "        if not _OWNED:\n            return  # Windows", "        if True:\n            return  # Windows", DISK),
    "an exchanged file opened": _m("store/sqlite", "if (before.st_dev, before.st_ino) != self._identity", "if False", SQLITE),
    "a replaced file read on": _m("store/sqlite", "if found is None or (found.st_dev, found.st_ino) != self._identity", "if False", SQLITE),
    # -- SQLite
    "synchronous NORMAL": _m("store/sqlite_connection", "synchronous=FULL", "synchronous=NORMAL", POWER),
    "name before sync": _m("store/sqlite_making", "        disk.sync_file(fresh)\n", "", POWER, SQLITE),
    "old pages kept": _m("store/sqlite_connection", "secure_delete=ON", "secure_delete=OFF", LEFTOVERS),
    "journal kept": _m("store/sqlite", "if self._due and (at_once or now - self._tidied >= TIDY_EVERY)", "if False", LEFTOVERS),
    "no lock": _m("store/lock", "            if not _try(fd):\n                self._wait(fd, timeout)\n", "", ERRORS),
    "made in place of the lost": _m("store/making", 'if os.path.lexists(f"{path}{side}")', "if False", SQLITE),
    # -- audit
    "records unproven": _m("store/audit", "return not same(keys.audit_mac(pair.audit, before, seq, term, record), mac)", "return False", TAMPER),
    "records unchained": _m("store/format", 'self.vault_id, before, seq, term, record', 'self.vault_id, seq, term, record', VECTORS),
    "deleting unrecorded": _m("control/secrets", '                self._note(draft, "delete", "secret", secret_id, store_id=store_id, name=row[2])\n', "", AUDIT),
    "refusals unrecorded": _m("control/desk", "        with contextlib.suppress(*UNWRITABLE), self.store.change() as draft:", "        with contextlib.suppress(IndexError), [][0] as draft:", AUDIT),
    "strict in a moment": _m("control/reader", "self._recorder.at_once(self._access(", "self._recorder.soon(self._access(", READER),
    "strict records lost": _m("control/recorder", "notes = [*waiting, *more]", "notes = [*waiting, *more][:1]", RECORDER),
    # -- care
    "backup unproven": _m("store/copies", "            raise Corrupt(str(path), problem)\n", "            pass\n", COPIES),
    "cut backups restored": _m("store/copies", "        _check_length(fresh, source)\n", "", COPIES),
    "other backups restored": _m("store/copies", "present != state.header.vault_id and not other", "False", COPIES),
    "restored below what was seen": _m("store/copies", "draft.raise_generation(max(seen, _generation(options)) + 1)", "pass", COPIES),
    "copies without journal": _m("store/copying", "                backend.fold()\n", "", FULL),
    "migrated unproven": _m("store/migrate", "            prove_all(keys, SqliteTransaction(connection))\n", "", MIGRATE),
    "migrated without a look at the backup": _m("store/migrate", "        _compare(connection, backup, disk)\n", "", MIGRATE),
    "salvage of anything": _m("store/salvage", "            keys.check_row(SECRETS, tuple(columns))\n", "            pass\n", SALVAGE),
    # -- leaks
    "values that print": _m("model", 'def __repr__(self) -> str:\n        return "***"', "def __repr__(self) -> str:\n        return self.reveal()", CANARY),
    "no base64 masked": _m("redaction", "for encode in (b64encode, urlsafe_b64encode):", "for encode in ():", REDACTION),
    "short forms first": _m("redaction", "key=len, reverse=True", "key=len", REDACTION),
}
# fmt: on


def look() -> Tally:
    """Whether every text still stands once in its module, and every test is there."""
    tally = Tally("mutants")
    for name, mutant in MUTANTS.items():
        tally.tries += 1
        source = (ROOT / "sshim" / f"{mutant.module}.py").read_text(encoding="utf-8")
        if source.count(mutant.old) != 1:
            tally.failed(f"{name}: its text stands {source.count(mutant.old)} times in {mutant.module}")
        for test in mutant.tests:
            if not (ROOT / test.partition("::")[0]).exists():
                tally.failed(f"{name}: there is no {test}")
    return tally


def noticed(root: Path, mutant: Mutant) -> str | None:
    """The test that notices, None when none does. `root` is an empty folder."""
    for name in ("sshim", "tests", "fixtures"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    path = root / "sshim" / f"{mutant.module}.py"
    path.write_text(path.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *mutant.tests]
    environ = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=1200
    )
    if done.returncode == 0:
        return None
    said = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return said[0] if said else (done.stdout + done.stderr)[-500:]


def run(root: Path) -> Tally:
    """Every mutant, after one that changes nothing, which all those tests must let live."""
    tally = Tally("mutants")
    every = sorted({test for mutant in MUTANTS.values() for test in mutant.tests})
    mutants = {"no mutant": Mutant("errors", "", "", tuple(every)), **MUTANTS}
    for number, (name, mutant) in enumerate(mutants.items()):
        folder = root / str(number)
        folder.mkdir()
        found = noticed(folder, mutant)
        shutil.rmtree(folder)
        if number == 0 and found is not None:
            tally.failed(f"the tests fail without any mutant: {found}")
            return tally
        if number and found is None:
            tally.failed(f"{name}: no test notices")
        tally.tries += bool(number)
    return tally

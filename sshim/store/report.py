"""`verify` and `status`: what is to be said of a store, whether or not it opens."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshim.errors import Corrupt, RolledBack, SshimError
from sshim.store.format import Header, Seals, decode_header
from sshim.store.interface import Backend, Gone
from sshim.store.key_care import KeyInfo
from sshim.store.keys import unlock
from sshim.store.open import StoreOptions, key_place
from sshim.store.proof import bad_values, first_broken
from sshim.store.rows import from_micros
from sshim.store.schema import HEADER, SCHEMA, SECRETS
from sshim.store.sqlite import SqliteBackend
from sshim.store.state import Anchor, State, agrees, load
from sshim.store.unlocking import find_key, roots


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether it passed, and what was found. `code` is that of the error, if any.
    A `warning` is worth knowing and fails nothing."""

    check: str
    ok: bool
    what: str
    code: str | None = None
    warning: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All checks in the order they were made; those that needed an earlier one are missing after it fails."""

    location: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed; warnings aside."""
        return all(each.ok or each.warning for each in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        checks = [
            {
                "check": f.check,
                "ok": f.ok,
                "warning": f.warning,
                "message": f.what,
                "code": f.code,
                "hint": f.hint,
            }
            for f in self.findings
        ]
        return {"ok": self.ok, "store": self.location, "checks": checks}


def verify(options: StoreOptions, anchor: Anchor, *, deep: bool) -> Report:
    """Checks everything that opening does, and with `deep` every page, value and audit record too."""
    return Report(options.location, tuple(_Verify(options, anchor, deep).run()))


@dataclass(slots=True)
class _Verify:
    options: StoreOptions
    anchor: Anchor
    deep: bool
    backend: Backend | None = None
    header: Header | None = None
    keys: Seals | None = None
    state: State | None = None

    def run(self) -> Iterator[Finding]:
        steps: list[tuple[str, Callable[[], str]]] = [
            ("permissions", self._permissions),
            ("database", self._database),
            ("header", self._header),
            ("tables", self._tables),
            ("key", self._key),
            ("rows", self._rows),
        ]
        later: list[tuple[str, Callable[[], str]]] = [("anchor", self._anchor)]
        if self.deep:
            later = [("pages", self._pages), ("values", self._values), ("audit", self._audit), *later]
        try:
            for name, step in steps:
                found = self._try(name, step)
                yield found
                if not found.ok and name != "permissions":
                    return
            for name, step in later:
                yield self._try(name, step)
            yield from self._slots()
        finally:
            if self.backend is not None:
                self.backend.close()
        yield from _exposed(self.options, self.header)

    def _try(self, name: str, step: Callable[[], str]) -> Finding:
        try:
            return Finding(name, True, step())
        except FileNotFoundError:
            return Finding(name, False, f"there is no store at {self.options.location}", "store_unavailable")
        except Gone:
            return Finding(name, False, "the store was replaced meanwhile", "store_unavailable")
        except SshimError as error:
            return Finding(name, False, error.message, error.code, hint=error.hint)

    def _permissions(self) -> str:
        if self.options.url is not None:
            return "the database keeps its own files; it holds only what was sealed here"
        disk, path = self.options.disk, self.options.path
        disk.check_folder(self.options.home)
        disk.check_file(path)
        for name in (f"{path.name}-wal", f"{path.name}-shm", "store.lock"):
            with contextlib.suppress(FileNotFoundError):
                disk.check_file(path.with_name(name))
        return "files and folder are ours alone"

    def _database(self) -> str:
        if self.options.url is not None:
            from sshim.store.shared import open_backend

            self.backend = shared = open_backend(self.options)
            return f"it is a store of sshim; {shared.server()}"
        self.backend = SqliteBackend(
            self.options.path, self.options.disk, lock_timeout=self.options.lock_timeout
        )
        return "it is a store of sshim"

    def _header(self) -> str:
        assert self.backend is not None
        with self.backend.read() as tx:
            found = tx.rows(HEADER)
        if len(found) != 1:
            raise Corrupt(self.backend.location, "the header is missing")
        self.header = decode_header(self.backend.location, found[0])
        slots = len(self.header.slots)
        return f"store {self.header.vault_id}, {slots} key slot{'s' if slots != 1 else ''}"

    def _tables(self) -> str:
        assert self.backend is not None
        with self.backend.read() as tx:
            if tx.schema() != SCHEMA:
                raise Corrupt(self.backend.location, "its tables are not those of the format")
        return "the tables are those of the format"

    def _key(self) -> str:
        assert self.backend is not None and self.header is not None
        self.keys, slot = find_key(self.backend.location, self.header, key_place(self.options))
        return f"key slot {slot.id[:8]} ({slot.kind}) opens it"

    def _slots(self) -> Iterator[Finding]:
        """Warns of key files that are there, but open nothing."""
        assert self.header is not None
        place = key_place(self.options, ask=False)
        problems: list[SshimError] = []
        for root in roots(self.options.location, self.header, place, [], problems):
            if root.kind != "passphrase" and unlock(self.options.location, self.header, root) is None:
                yield Finding("keys", False, f"the {root.origin} does not open it", warning=True)
        for problem in problems:
            yield Finding(
                "keys", False, problem.message, problem.code, warning=True, hint="sshim key remove, then add"
            )

    def _rows(self) -> str:
        assert self.backend is not None and self.keys is not None
        with self.backend.read() as tx:
            self.state = load(self.keys, tx, None)
        count = sum(len(rows) for rows in self.state.tables.values())
        return f"generation {self.state.head.generation}, {count} rows, each as it was written"

    def _pages(self) -> str:
        assert self.backend is not None
        for problem in self.backend.check():
            raise Corrupt(self.backend.location, problem)
        return "the file's structure is whole"

    def _values(self) -> str:
        assert self.backend is not None and self.keys is not None
        with self.backend.read() as tx:
            self.state = load(self.keys, tx, self.state)
            for problem in bad_values(self.keys, self.state, tx):
                raise Corrupt(self.backend.location, problem)
        return f"{len(self.state.tables[SECRETS.name])} values open"

    def _audit(self) -> str:
        assert self.backend is not None and self.keys is not None
        with self.backend.read() as tx:
            self.state = load(self.keys, tx, self.state)
            broken = first_broken(self.keys, self.state, tx.audit())
        if broken is not None:
            raise Corrupt(self.backend.location, f"audit record {broken} is missing or was changed")
        return f"{self.state.head.audit_seq} audit records, chained"

    def _anchor(self) -> str:
        assert self.backend is not None and self.keys is not None
        seen = self.anchor.seen(self.keys.vault_id)
        with self.backend.read() as tx:  # after it: others may commit, and remember it, at any time
            self.state = load(self.keys, tx, self.state)
        head = self.state.head
        if not agrees(seen, head.generation, self.keys.head_mac(head, self.state.checksum)):
            assert seen is not None
            raise RolledBack(self.options.location, head.generation, seen[0])
        return "nothing newer was seen on this machine" if seen else "this machine has not seen it before"


def _exposed(options: StoreOptions, header: Header | None) -> Iterator[Finding]:
    """Warns when the store, or a key file of it, lies in a git work tree that does not ignore it."""
    paths = [options.path if options.url is None else None, options.key_file]
    if header is not None:
        paths += [Path(slot.where) for slot in header.slots if slot.kind == "keyfile" and slot.where]
    for path in dict.fromkeys(paths):
        with contextlib.suppress(ValueError):  # a forged header may name anything
            if path is not None and os.path.lexists(path) and _in_git(path):
                yield Finding(
                    "git",
                    False,
                    f"{path} lies in a git work tree and is not ignored",
                    warning=True,
                    hint=f"add {path.name} to .gitignore",
                )


def _in_git(path: Path) -> bool:
    if not any((folder / ".git").exists() for folder in path.absolute().parents):
        return False  # the common case, without starting a program

    def git(*words: str) -> int:
        # a monitor that the work tree names is a program: it has no business in a check
        command = ["git", "-C", str(path.parent), "-c", "core.fsmonitor=false", *words]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode
        return -1

    if git("rev-parse", "--is-inside-work-tree") != 0:
        return False
    tracked = git("ls-files", "--error-unmatch", "--", f":(literal){path.name}") == 0
    return tracked or git("check-ignore", "-q", "--", path.name) == 1


def status(
    options: StoreOptions, state: State, slots: list[KeyInfo], seen: int | None, server: str | None = None
) -> dict[str, Any]:
    """What there is, for `sshim store status`: never a value, never a key. `server` of a shared store is what
    it is kept by; such a store has no size of its own here."""
    path = options.path
    sizes = {"bytes": _size(path), "journal_bytes": _size(path.with_name(path.name + "-wal"))}
    if server is not None:
        sizes = {"bytes": 0, "journal_bytes": 0}
    warnings = []
    if sum(slot.proven for slot in slots) < 2:
        warnings.append("one key slot only, a second way in is made by: sshim key add --passphrase")
    return {
        "ok": True,
        "path": options.location,
        "server": server,
        "vault_id": state.header.vault_id,
        "created": from_micros(state.header.created).isoformat(),
        "format": 1,
        "term": state.header.term,
        "generation": state.head.generation,
        "generation_seen": seen,
        "counts": {name: len(rows) for name, rows in state.tables.items()} | {"audit": state.head.audit_seq},
        **sizes,
        "keys": [
            {
                "id": slot.id,
                "kind": slot.kind,
                "label": slot.label,
                "created": slot.created.isoformat(),
                "where": slot.where,
                "proven": slot.proven,
            }
            for slot in slots
        ],
        "warnings": warnings,
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

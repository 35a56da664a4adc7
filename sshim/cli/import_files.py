"""The files of `sshim import FILE…`: which form each has, and its secrets with their values."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from sshim.cli.context import Session
from sshim.cli.manifests import Bindings, data_of, read_manifest, refuse_all
from sshim.errors import Problem, SshimError, TransferError
from sshim.transfer.plan import Incoming

Form = Literal["yaml", "dotenv", "json", "sealed"]
MAX_BYTES = 16 << 20


class ImportFiles:
    """What to read files with. `form` and `store_id` are as the flags say; `allow_commands` runs `cmd:`
    references without asking. `plaintext` are files read whose values are all on their way into the store,
    `mixed` those of which something is left out."""

    def __init__(
        self,
        session: Session,
        bindings: Bindings,
        store_id: str | None,
        form: Form | None,
        passphrase_file: Path | None,
        allow_commands: bool,
    ) -> None:
        self.session, self.bindings, self.store_id, self.form = session, bindings, store_id, form
        self.passphrase_file, self.allow_commands = passphrase_file, allow_commands
        self.plaintext: list[Path] = []
        self.mixed: list[Path] = []

    def read(self, names: tuple[Path, ...]) -> list[Incoming]:
        """The secrets of all files, in order. Raises `TransferError`, `UsageError` or `AccessError` for the
        first file that cannot be read, and for the last value that cannot be had, after telling of others."""
        done: list[Incoming] = []
        failed: list[SshimError] = []
        for name in names:
            path, data = self._data(name)
            form = self.form or form_of(path, data)
            bindings = self.bindings.beside(path) if path.is_absolute() else self.bindings
            if form == "yaml":
                found, errors = read_manifest(
                    self.session, path, data, bindings, self.store_id, allow_commands=self.allow_commands
                )
                failed += errors
            else:
                found = self._plain(path, data, form, bindings)
            done += found
        refuse_all(self.session, failed)
        return done

    def _data(self, name: Path) -> tuple[Path, bytes]:
        if str(name) == "-":
            buffer = getattr(self.session.stdin, "buffer", None)
            return Path("standard input"), buffer.read(MAX_BYTES + 1) if buffer is not None else b""
        path = self.session.cwd / name.expanduser()
        hint = "--from-wrangler DIR or --from-store DIR" if path.is_dir() else "look at the path"
        return path, data_of(path, name, MAX_BYTES, hint=hint)

    def _plain(self, path: Path, data: bytes, form: Form, bindings: Bindings) -> list[Incoming]:
        from sshim.transfer import dotenv_import, exported

        if form == "sealed":
            return exported.incoming(self._unsealed(path, data), name=path.name, store_id=self.store_id)
        read = dotenv_import.from_json if form == "json" else dotenv_import.from_dotenv
        found = read(path, data, bindings, self.store_id)
        for name, why in found.left_out:
            said, cure = f"{name} of {path.name} is left out: {why}", None
            if why == dotenv_import.UNBOUND:
                if name in bindings.variables():
                    said = (
                        f"{name} of {path.name} is left out: it is a variable of the configuration, no secret"
                    )
                else:
                    cure = dotenv_import.cure(name)
            self.session.terminal.problem("warning", Problem(said, hint=cure))
        if path.is_absolute():
            (self.mixed if found.left_out else self.plaintext).append(path)
        return found.secrets

    def _unsealed(self, path: Path, data: bytes) -> dict[str, Any]:
        from sshim.cli.passphrase import read_passphrase
        from sshim.transfer.sealed import unseal

        passphrase = read_passphrase(self.session, self.passphrase_file, new=False, what=path.name)
        return unseal(data, passphrase, name=path.name)


def is_dotenv(path: Path) -> bool:
    """Whether a file's name says that it is dotenv."""
    return path.name.startswith((".env", ".dev.vars")) or path.suffix in (".env", ".vars")


def form_of(path: Path, data: bytes) -> Form:
    """The form of a file by its first bytes, then by its name. Raises `TransferError` where neither tells."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith(b"sshim-"):
        from sshim.transfer.sealed import is_sealed

        if is_sealed(data):
            return "sealed"
    if is_dotenv(path):
        return "dotenv"
    if path.suffix in (".yaml", ".yml"):
        return "yaml"
    if path.suffix == ".json" or start.startswith(b"{"):
        return "json"
    if any(line.startswith((b"version:", b"secrets:")) for line in start.splitlines()):
        return "yaml"
    if b"=" in start:
        return "dotenv"
    raise TransferError(
        f"neither name nor beginning of {path.name} tells its form", hint="--format yaml, dotenv or json"
    )

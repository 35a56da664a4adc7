"""The files of `sshim import FILE…`: which form each has, and its secrets with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sshim.cli.context import Session
from sshim.cli.prompt import agree, ask, is_interactive
from sshim.errors import Problem, SshimError, TransferError, UsageError
from sshim.transfer.pending import Pending, commands, of_items, resolve
from sshim.transfer.plan import Incoming
from sshim.transfer.references import Resolver, read_plain_file

Form = Literal["yaml", "dotenv", "json", "sealed"]
MAX_BYTES = 16 << 20


class Bindings(Mapping[str, tuple[str, str]]):
    """Store id and secret name by binding, of a Worker configuration that is read when it is asked for."""

    def __init__(self, session: Session, config: Path | None, env: str | None) -> None:
        self._session, self._config, self._env = session, config, env
        self._known: dict[str, tuple[str, str]] | None = None

    def _read(self) -> dict[str, tuple[str, str]]:
        if self._known is None:
            read = self._session.read_config(config=self._config, env=self._env)
            self._known = {each.binding: (each.store_id, each.secret_name) for each in read.secrets}
        return self._known

    def __getitem__(self, binding: str) -> tuple[str, str]:
        return self._read()[binding]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@dataclass(slots=True)
class ImportFiles:
    """What to read files with. `form` and `store_id` are as the flags say; `allow_commands` runs `cmd:`
    references without asking."""

    session: Session
    bindings: Bindings
    store_id: str | None = None
    form: Form | None = None
    passphrase_file: Path | None = None
    allow_commands: bool = False
    plaintext: list[Path] = field(default_factory=list, init=False)
    """Files read whose values are all on their way into the store."""
    mixed: list[Path] = field(default_factory=list, init=False)
    """Files read of which something is left out."""

    def read(self, names: tuple[Path, ...]) -> list[Incoming]:
        """The secrets of all files, in order. Raises `TransferError`, `UsageError` or `AccessError` for the
        first file that cannot be read, and for the last value that cannot be had, after telling of others."""
        done: list[Incoming] = []
        failed: list[SshimError] = []
        for name in names:
            path, data = self._data(name)
            form = self.form or form_of(path, data)
            if form == "yaml":
                found, errors = self._manifest(path, data)
                failed += errors
            else:
                found = self._plain(path, data, form)
            done += found
        for error in failed[:-1]:
            self.session.terminal.problem("error", Problem(error.message, error.place, error.hint))
        if failed:
            raise failed[-1]
        return done

    def _data(self, name: Path) -> tuple[Path, bytes]:
        if str(name) == "-":
            buffer = getattr(self.session.stdin, "buffer", None)
            return Path("standard input"), buffer.read(MAX_BYTES + 1) if buffer is not None else b""
        path = self.session.cwd / name.expanduser()
        try:
            return path, read_plain_file(path, MAX_BYTES)
        except OSError as error:
            hint = "--from-wrangler DIR or --from-store DIR" if path.is_dir() else "look at the path"
            raise UsageError(f"{name} cannot be read: {error.strerror}", hint=hint) from None

    # -- manifests ----------------------------------------------------------------------------------------

    def _manifest(self, path: Path, data: bytes) -> tuple[list[Incoming], list[SshimError]]:
        from sshim.transfer.seed import parse

        pending = of_items(parse(path, data), self.bindings, store_id=self.store_id)
        session, total = self.session, len(pending)
        resolver = Resolver(
            session.environ,
            path.parent if path.is_absolute() else session.cwd,
            ask=ask if is_interactive(session) else None,
            commands=self.allow_commands or self._allowed(commands(pending)),
        )

        def tell(number: int, each: Pending) -> None:
            assert each.reference is not None, "only programs are told of"
            session.terminal.note(f"{number} of {total}: {each.reference.kind} for {each.incoming.name}")

        return resolve(pending, resolver, held(session), tell)

    def _allowed(self, lines: list[str]) -> bool:
        """Asks once for all programs of a manifest; where nobody can be asked they are off."""
        if not lines or not is_interactive(self.session):
            return False
        self.session.terminal.note("the manifest wants to run:")
        for line in lines:
            self.session.terminal.note(f"  {line}")
        return agree(self.session, "allow that?")

    # -- values -------------------------------------------------------------------------------------------

    def _plain(self, path: Path, data: bytes, form: Form) -> list[Incoming]:
        from sshim.transfer import dotenv_import, exported

        if form == "sealed":
            return exported.incoming(self._unsealed(path, data), name=path.name, store_id=self.store_id)
        read = dotenv_import.from_json if form == "json" else dotenv_import.from_dotenv
        found = read(path, data, self.bindings, self.store_id)
        for name, why in found.left_out:
            self.session.terminal.note(f"{name} of {path.name} is left out: {why}")
        if path.is_absolute():
            (self.mixed if found.left_out else self.plaintext).append(path)
        return found.secrets

    def _unsealed(self, path: Path, data: bytes) -> dict[str, Any]:
        from sshim.cli.passphrase import read_passphrase
        from sshim.transfer.sealed import unseal

        passphrase = read_passphrase(self.session, self.passphrase_file, new=False, what=path.name)
        return unseal(data, passphrase, name=path.name)


def form_of(path: Path, data: bytes) -> Form:
    """The form of a file by its first bytes, then by its name. Raises `TransferError` where neither tells."""
    from sshim.transfer.dotenv_import import is_dotenv
    from sshim.transfer.sealed import is_sealed

    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
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


def held(session: Session) -> set[tuple[str, str]]:
    """Store id and name of each secret that is there."""
    control = session.control()
    return {
        (store.id, secret.name)
        for store in control.list_stores()
        for secret in control.list_secrets(store.id)
    }

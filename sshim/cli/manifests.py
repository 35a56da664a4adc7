"""Seed manifests of a command: their items with store, name and value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sshim.cli.context import Session
from sshim.cli.prompt import agree, ask, is_interactive
from sshim.dev.ignition import WITHHELD
from sshim.errors import ConfigError, Problem, SshimError, UsageError
from sshim.transfer.pending import Pending, Targets, commands, of_items, resolve
from sshim.transfer.plan import Incoming
from sshim.transfer.references import FRESH, Resolver, read_plain_file

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig


NO_FILES = (Path("/dev/null/none"),)
"""Files of variables when none are to be read."""


class Bindings(Mapping[str, tuple[str, str]]):
    """Store id and secret name by binding, of a Worker configuration that is read when it is asked for."""

    def __init__(
        self,
        session: Session,
        config: Path | None,
        env: str | None,
        path: Path | None = None,
        beside: Path | None = None,
    ) -> None:
        self._session, self._config, self._env, self._path = session, config, env, path
        self._beside = beside
        self._known: dict[str, tuple[str, str]] | None = None

    def _read(self) -> dict[str, tuple[str, str]]:
        if self._known is None:
            secrets = self._config_read().secrets
            self._known = {each.binding: (each.store_id, each.secret_name) for each in secrets}
        return self._known

    def _config_read(self, **more: Any) -> WorkerConfig:
        if self._config is None and self._beside is not None:
            try:
                return self._session.read_config(self._beside, env=self._env, **more)
            except ConfigError:
                raise
            except UsageError:
                pass  # there is none
        return self._session.read_config(self._path, config=self._config, env=self._env, **more)

    def variables(self) -> Collection[str]:
        """Names of the configuration's own `vars`, without those of `.dev.vars`."""
        return self._config_read(env_files=NO_FILES).vars.keys()

    def beside(self, file: Path) -> Bindings:
        """Those of the configuration found upward from a file, if there is one and none was named."""
        return Bindings(self._session, self._config, self._env, self._path, file.parent)

    def __getitem__(self, binding: str) -> tuple[str, str]:
        return self._read()[binding]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def data_of(path: Path, shown: Path, limit: int, *, hint: str) -> bytes:
    """Up to `limit` + 1 bytes of a file that the command line names as `shown`. Raises `UsageError`."""
    try:
        return read_plain_file(path, limit)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not a path"
        raise UsageError(f"{shown} cannot be read: {why}", hint=hint) from None


def read_manifest(
    session: Session,
    path: Path,
    data: bytes,
    targets: Targets,
    store_id: str | None = None,
    *,
    allow_commands: bool,
) -> tuple[list[Incoming], list[SshimError]]:
    """The secrets of a manifest, and why some values cannot be had. Programs are told of as they are asked;
    `cmd:` ones are run if `allow_commands`, or if somebody at the terminal agrees. Raises `TransferError`."""
    from sshim.transfer.seed import parse

    pending = of_items(parse(path, data), targets, store_id=store_id)
    folder = path.parent if path.is_absolute() else session.cwd
    allowed = allow_commands or _allowed(session, commands(pending))

    def tell(number: int, each: Pending) -> None:
        assert each.reference is not None, "only programs are told of"
        session.terminal.note(f"{number} of {len(pending)}: {each.reference.kind} for {each.incoming.name}")

    fresh = any(each.reference is not None and each.reference.kind in FRESH for each in pending)
    existing = held(session) if fresh else ()
    return resolve(pending, resolver(session, folder, commands=allowed), existing, tell)


def resolver(session: Session, folder: Path, *, commands: bool) -> Resolver:
    """What asks for values; it hands the key of the store on to no program."""
    environ = {name: text for name, text in session.environ.items() if name not in WITHHELD}
    return Resolver(environ, folder, ask=ask if is_interactive(session) else None, commands=commands)


def refuse_all(session: Session, failed: Sequence[SshimError]) -> None:
    """Shows all errors but the last, which is raised; nothing happens when there are none."""
    for error in failed[:-1]:
        session.terminal.problem("error", Problem(error.message, error.place, error.hint))
    if failed:
        raise failed[-1]


def held(session: Session) -> set[tuple[str, str]]:
    """Store id and name of each secret that is there."""
    control = session.control()
    stores = control.list_stores()
    return {(store.id, secret.name) for store in stores for secret in control.list_secrets(store.id)}


def _allowed(session: Session, lines: list[str]) -> bool:
    """Asks once for all programs of a manifest; where nobody can be asked they are off."""
    if not lines or not is_interactive(session):
        return False
    session.terminal.note("the manifest wants to run:")
    for line in lines:
        session.terminal.note(f"  {line}")
    return agree(session, "allow that?")

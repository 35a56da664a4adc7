"""The Workers that a command looks at: one, or each that has a configuration below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.cli.context import Session
from sshim.errors import ConfigError
from sshim.record import NamedTuple

if TYPE_CHECKING:
    from sshim.config.settings import WorkerConfig

_MOST_FOLDERS = 20_000
_NOT_OURS = frozenset({"node_modules", "python_modules", "__pycache__"})


class Worker(NamedTuple):
    """A configuration at its top level, and in each environment. Where one environment was asked for, or a
    build tool has chosen one, `top` is that one and there are no others; `base` is then the top level, if
    there is one beside it."""

    top: WorkerConfig
    environments: tuple[WorkerConfig, ...] = ()
    base: WorkerConfig | None = None

    @property
    def all(self) -> tuple[WorkerConfig, ...]:
        """The top level first."""
        return self.top, *self.environments

    @property
    def inheriting(self) -> tuple[tuple[WorkerConfig, WorkerConfig], ...]:
        """Each environment with the top level that it inherits from."""
        if self.base is not None:
            return ((self.top, self.base),)
        return tuple((one, self.top) for one in self.environments)


class Unreadable(NamedTuple):
    """A configuration that cannot be read, and why."""

    path: Path
    error: ConfigError


def workers(
    session: Session, path: Path | None, config: Path | None, env: str | None
) -> tuple[list[Worker], list[Unreadable]]:
    """Those that PATH, `--config` and `--env` mean. A folder means every configuration below it, else the one
    found upward. Where there are several, those that cannot be read are told apart, and those without that
    environment left out. Raises `UsageError` when there is none, and `ConfigError` when there is but one."""
    start = session.cwd / path if path else session.cwd
    folders = list(_folders_below(start)) if config is None and start.is_dir() else []
    if len(folders) < 2:
        return [_worker(session, folders[0] if folders else path, config, env)], []
    found: dict[Path | None, Worker] = {}
    broken = []
    for folder in folders:
        try:
            if env and env not in session.read_config(folder, env="").defined_environments:
                continue
            worker = _worker(session, folder, None, env)
        except ConfigError as error:
            broken.append(Unreadable(error.path or folder, error))
        else:
            found.setdefault(worker.top.user_config_path, worker)
    if not found and broken:
        raise broken[0].error
    return list(found.values()) or [_worker(session, folders[0], None, env)], broken


def _worker(session: Session, path: Path | None, config: Path | None, env: str | None) -> Worker:
    top = session.read_config(path, config=config, env=env or "")
    if top.config_path != top.user_config_path:
        return Worker(top)
    if env is not None:
        base = None
        with suppress(ConfigError):  # an environment may be whole where the top level is not
            base = session.read_config(path, config=config, env="") if env else None
        return Worker(top, base=base)
    names = top.defined_environments
    return Worker(top, tuple(session.read_config(path, config=config, env=name) for name in names))


def _folders_below(start: Path) -> Iterator[Path]:
    """Folders with a configuration, a parent before its children. Hidden ones, virtual environments and other
    people's packages are passed over, and links are not followed."""
    from sshim.config.discovery import NAMES

    waiting, seen = [str(start)], 0
    while waiting and seen < _MOST_FOLDERS:
        folder = waiting.pop()
        seen += 1
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names:
            continue
        if any(entry.name in NAMES and entry.is_file() for entry in entries):
            yield Path(folder)
        waiting += [
            entry.path
            for entry in entries
            if not entry.name.startswith(".")
            and entry.name not in _NOT_OURS
            and entry.is_dir(follow_symlinks=False)
        ]

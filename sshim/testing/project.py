"""The Workers that this Python process has imported for its tests.

Modules, `sys.path` and the JavaScript platform belong to the process, so one object keeps them: each main
module is imported once and shared by all tests, as production shares it between requests. What differs from
test to test (`env`, secrets, outbound routes) hangs on the client that is active when the Worker asks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sshim.config.settings import ReadOptions, WorkerConfig, read
from sshim.errors import ConfigError
from sshim.testing.binding import ActiveReader
from sshim.testing.network import TestNetwork
from sshim.testing.redact import Redaction
from sshim.worker import direct, sdk
from sshim.worker.context import wait_until
from sshim.worker.env import build_env
from sshim.worker.loader import load_main, no_main, prepare_path

if TYPE_CHECKING:
    from sshim.testing.client import WorkerClient

NO_FILES = (Path("/dev/null/none"),)
"""Named in place of `.dev.vars` and `.env`: a file that cannot exist is passed over."""

active: ContextVar[WorkerClient | None] = ContextVar("sshim_active_client", default=None)
"""The client whose event is being handled."""


@dataclass(slots=True, eq=False)
class Source:
    """A main module and how it is imported. `stash` holds its modules while those of another Worker have
    their names."""

    main: Path
    root: Path
    config: WorkerConfig
    module: ModuleType | None = None
    stash: dict[str, ModuleType] = field(default_factory=dict)
    on_path: bool = False

    @property
    def folder(self) -> str:
        return str(self.main.parent)

    def holds(self, module: ModuleType) -> bool:
        """Whether the module lies in the main module's folder and was imported from there, by no test."""
        file = getattr(module, "__file__", None) or ""
        if not file.startswith(self.folder + os.sep) or "site-packages" in file:
            return False
        spec = getattr(module, "__spec__", None)
        # Test modules and conftest files are pytest's to keep apart; it rewrites them as it loads them.
        return spec is None or not type(spec.loader).__module__.startswith("_pytest.")


class _CurrentEnv:
    """What `from workers import env` shows: the `env` of whichever test runs."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process.js_env(), name)


class Process:
    """The import system's side of all tests of this process."""

    def __init__(self) -> None:
        self.clients: list[WorkerClient] = []
        self._configs: dict[tuple[Any, ...], tuple[tuple[Any, ...], WorkerConfig]] = {}
        self._sources: dict[Path, Source] = {}
        self._current: Source | None = None
        self._platform: tuple[str | None, tuple[str, ...]] | None = None
        self._kit: sdk.Sdk | None = None
        self._import_envs: dict[Path, Any] = {}
        self._env_of: tuple[int, bool] | None = None
        self.network = TestNetwork(self.client)
        self.redaction = Redaction()

    # -- configurations ----------------------------------------------------------------------------------

    def config(
        self, start: Path, *, config: Path | None, env: str | None, env_files: Sequence[Path]
    ) -> WorkerConfig:
        """The configuration found from `start` or named by `config`; read again only after a change of one
        of its files. Raises `ConfigError`. The process's environ does not choose anything."""
        key = (start, config, env, tuple(env_files))
        known = self._configs.get(key)
        if known is not None and known[0] == _state(known[1]):
            return known[1]
        made = read(
            ReadOptions(
                start=start,
                cwd=start,
                environ={},
                config=config,
                env=env or "",
                env_files=tuple(env_files) or NO_FILES,
                follow_redirect=False,
            )
        )
        self._configs[key] = (_state(made), made)
        return made

    def _config_in(self, folder: str | None) -> WorkerConfig | None:
        """The configuration of a folder; None where it has none that can be read: the fixture that needs it
        says why."""
        if folder is None:
            return None
        try:
            return self.config(Path(folder), config=None, env=None, env_files=())
        except ConfigError:
            return None

    # -- the platform ------------------------------------------------------------------------------------

    def stand(self, folder: str | None) -> None:
        """Put the JavaScript platform in place, as the configuration in `folder` dates it (None: newest)."""
        config = self._config_in(folder)
        if config is None:
            self._stand_as(None, ())
        else:
            self._stand_as(config.compatibility_date, config.compatibility_flags)

    def _stand_as(self, date: str | None, flags: tuple[str, ...]) -> None:
        if self._platform == (date, flags):
            return
        sdk.prepare(date, flags, env=_CurrentEnv(self), wait_until=wait_until)
        direct.use_transport(self.network)
        self._platform = (date, flags)

    @property
    def kit(self) -> sdk.Sdk:
        """The official SDK; the platform must stand."""
        if self._kit is None:
            self._kit = sdk.Sdk()
        return self._kit

    # -- modules -----------------------------------------------------------------------------------------

    def source_folder(self, folder: str) -> str | None:
        """The folder of the main module that the configuration in `folder` names, made first on the path."""
        config = self._config_in(folder)
        if config is None or config.main is None:
            return None
        source = self._source(config)
        self._activate(source)
        return source.folder

    def enter(self, folder: str) -> None:
        """A test file of the Worker in `folder` is about to be imported: a Worker imported before gives up
        module names that both have."""
        if self._current is not None and str(self._current.root) != folder:
            self.source_folder(folder)

    def load(self, config: WorkerConfig) -> ModuleType:
        """The main module of a configuration, imported on the first call; raises `SourceError`."""
        if config.main is None:
            raise no_main()
        source = self._source(config)
        self._stand_as(config.compatibility_date, config.compatibility_flags)
        self._activate(source)
        found = sys.modules.get(source.main.stem)
        if found is None or not _is_file(found, source.main):
            found = load_main(source.main, source.root)
            source.on_path = True
        source.module = found
        return found

    def adopt(self, client: WorkerClient) -> None:
        """Let a client count from now on as the one whose test runs."""
        self._stand_as(client.config.compatibility_date, client.config.compatibility_flags)
        self.clients.append(client)
        overridden = bool(client.options.vars or client.options.bindings)
        env_of = (id(client.config), overridden)
        if self._env_of is not None and (overridden or env_of != self._env_of):
            self.refresh_env()
        self._env_of = env_of

    def resume(self, client: WorkerClient) -> None:
        """An event of this client begins: what it imports comes from its own Worker, if several are open."""
        if len(self.clients) > 1 and client.config.main is not None:
            self._stand_as(client.config.compatibility_date, client.config.compatibility_flags)
            self._activate(self._source(client.config))

    def refresh_env(self) -> None:
        """Let modules that hold `from workers import env` see what it holds now."""
        if self._current is not None:
            root = str(self._current.root) + os.sep
            modules = [
                m for m in list(sys.modules.values()) if (getattr(m, "__file__", None) or "").startswith(root)
            ]
            self.kit.forget_env(modules)

    def _source(self, config: WorkerConfig) -> Source:
        assert config.main is not None
        source = self._sources.get(config.main)
        if source is None:
            source = self._sources[config.main] = Source(config.main, config.project_root, config)
        return source

    def _activate(self, source: Source) -> None:
        if self._current is source:
            return
        if not source.on_path:
            prepare_path(source.main.parent, source.root)
            source.on_path = True
        else:
            sys.path[:] = [source.folder, *(entry for entry in sys.path if entry != source.folder)]
        if self._current is not None:
            self._give_way(self._current, source)
        sys.modules.update(source.stash)
        source.stash.clear()
        self._current = source

    def _give_way(self, old: Source, new: Source) -> None:
        """Take out of `sys.modules` what the new Worker has under the same name."""
        names = {entry.partition(".")[0] for entry in os.listdir(new.folder)} if new.main.exists() else set()
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in names and old.holds(module):
                old.stash[name] = sys.modules.pop(name)

    # -- what the Worker sees ----------------------------------------------------------------------------

    def client(self) -> WorkerClient | None:
        """The client of the event being handled, else the one opened last."""
        client = active.get()
        if client is not None:
            return client
        return self.clients[-1] if self.clients else None

    def js_env(self) -> Any:
        """The `env` of the active client; while a module is imported outside of any test, one that has the
        variables of the configuration and secrets that cannot be read."""
        client = self.client()
        if client is not None:
            return client.js_env
        if self._current is None:
            raise AttributeError("env is empty: no Worker configuration was found for this import")
        main = self._current.main
        if main not in self._import_envs:
            reader = ActiveReader(self.client)
            self._import_envs[main] = build_env(self._current.config, reader, lambda _error, _binding: None)
        return self._import_envs[main]


@cache
def process() -> Process:
    """The one of this process."""
    return Process()


def _state(config: WorkerConfig) -> tuple[Any, ...]:
    """Size and time of every file that the configuration depends on."""
    return tuple(_stat(path) for path in config.watched_files)


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _is_file(module: ModuleType, path: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and os.path.abspath(file) == str(path)

"""The composition root of a command: environ, folder and streams become paths, an open store, a
`ControlPlane`. The only module that reads `os.environ`; everything below is handed what it needs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sshim.cli.output import Terminal, wants_color
from sshim.dev.cores import forbid_dumps
from sshim.dev.ignition import WITHHELD
from sshim.errors import UsageError
from sshim.model import ACCOUNT_ID, Actor

if TYPE_CHECKING:
    from sshim.config.settings import ReadOptions, WorkerConfig
    from sshim.control import ControlPlane
    from sshim.dev.ignition import Ignited
    from sshim.store.care import StoreCare
    from sshim.store.open import StoreOptions

LOCAL = Actor(role="super-administrator", id="local", interface="cli")
"""Whoever can open the store on this machine may do everything."""


class Session:
    """One run of the program, begun at `started` of `time.perf_counter()`. `persist_to` and `store_url` are
    the flags of that name, once parsed; `ignited` is the warm process of `sshim dev`, for the supervisor;
    `core_limit` is what limits the core dumps of other people's programs, in bytes."""

    __slots__ = (
        *("core_limit", "cwd", "environ", "ignited", "opened", "persist_to", "started", "stdin", "store_url"),
        *("terminal", "verbose"),
    )

    def __init__(
        self,
        environ: Mapping[str, str],
        cwd: Path,
        terminal: Terminal,
        stdin: TextIO | None,
        started: float = 0.0,
        ignited: Ignited | None = None,
        core_limit: int = 0,
    ) -> None:
        self.environ, self.cwd, self.terminal, self.stdin = environ, cwd, terminal, stdin
        self.started, self.ignited, self.core_limit = started, ignited, core_limit
        self.verbose = False
        self.persist_to: Path | None = None
        self.store_url: str | None = None
        self.opened: list[ControlPlane | StoreCare] = []

    def store_options(self, *, create: bool = False) -> StoreOptions:
        """Which store this run means: flags before environ before the platform's data folder."""
        from sshim.store.open import store_options

        if self.persist_to and self.store_url:
            raise UsageError("--persist-to and --store-url name two stores", hint="give one of them")
        home = self.cwd / self.persist_to.expanduser() if self.persist_to else None
        options = store_options(self.environ, home=home, create=create)
        return options._replace(url=self.store_url) if self.store_url else options

    def control(self, *, create: bool = False) -> ControlPlane:
        """The open store behind its door, the same each time. `create` makes store and key on first use and
        says where."""
        from sshim.control import ControlPlane
        from sshim.store.open import open_store

        for known in self.opened:
            if isinstance(known, ControlPlane) and (not create or known.store.state() is not None):
                return known
        store = open_store(self.asking(self.store_options(create=create)))
        if store.made is not None:
            key = f" with its key in {store.made.key_path}" if store.made.key_path else ""
            self.terminal.note(f"created the encrypted store {store.made.path}{key}")
        if store.migrated is not None:
            self.terminal.note(f"brought the store to this version's format; before, it was {store.migrated}")
        control = ControlPlane(store, actor=LOCAL, account_id=self.account_id())
        self.opened.append(control)
        return control

    def care(self) -> StoreCare:
        """The store as a whole, to be looked after."""
        from sshim.store.care import StoreCare

        options = self.store_options()
        made = StoreCare(self.asking(options), actor=LOCAL)
        self.opened.append(made)
        return made

    def asking(self, options: StoreOptions) -> StoreOptions:
        """These options, with a passphrase asked for at the terminal if there is one, and only once."""
        from sshim.store.unlocking import KnownKeys

        if self.stdin is not None and self.stdin.isatty():
            return options._replace(passphrase=_ask_passphrase, known=KnownKeys())
        return options

    def account_id(self) -> str:
        """The local account's id; `SSHIM_ACCOUNT_ID` replaces it. Raises `UsageError` for another form."""
        account = self.environ.get("SSHIM_ACCOUNT_ID") or ACCOUNT_ID
        if len(account) != 32 or account.strip("0123456789abcdef"):
            raise UsageError(
                "SSHIM_ACCOUNT_ID is not 32 hex digits", hint=f"export SSHIM_ACCOUNT_ID={ACCOUNT_ID}"
            )
        return account

    def close(self) -> None:
        """Closes every store that this run has opened."""
        while self.opened:
            self.opened.pop().close()
        if self.ignited is not None:
            self.ignited.put_out()

    def take_ignited(self) -> Ignited | None:
        """The warm process, if there is one; from now on the caller's."""
        taken, self.ignited = self.ignited, None
        return taken

    def read_options(
        self,
        path: Path | None = None,
        *,
        config: Path | None = None,
        env: str | None = None,
        env_files: tuple[Path, ...] = (),
        **more: Any,
    ) -> ReadOptions:
        """Which configuration is meant: `config`, or the one found upward from `path`, a folder or a script
        (default: the working folder). Raises `UsageError` for a path that is not there."""
        from sshim.config.settings import ReadOptions

        start, script = self.cwd / path if path else self.cwd, None
        if not start.exists():
            raise UsageError(f"there is no {path}", hint="name a folder or a script that exists")
        if not start.is_dir():
            start, script = start.parent, start
        return ReadOptions(
            start=start,
            cwd=self.cwd,
            environ=self.environ,
            config=config,
            env=env,
            env_files=env_files,
            script=script,
            cli_environ=True,
            **more,
        )

    def read_config(
        self, path: Path | None = None, *, config: Path | None = None, env: str | None = None, **more: Any
    ) -> WorkerConfig:
        """The Worker configuration that `read_options` means. Raises `ConfigError`, and `UsageError` when
        there is none."""
        from sshim.config.settings import read

        found = read(self.read_options(path, config=config, env=env, **more))
        if found.config_path is None:
            where = self.cwd / path if path else self.cwd
            raise UsageError(
                f"there is no wrangler configuration in {where} or above",
                hint="-c FILE, or cd to the project, or sshim init, which makes one",
            )
        return found


def _ask_passphrase() -> str:
    from sshim.cli.prompt import ask

    return ask("Passphrase of the store: ")


def current(ignited: Ignited | None = None) -> Session:
    """The session of this process, which leaves no core dump from now on."""
    started = time.perf_counter()
    core_limit = forbid_dumps()
    for stream in (sys.stdout, sys.stderr):
        # A name with a letter that the terminal's encoding lacks must not end the command.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        cwd = Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current folder does not exist any more", hint="cd to one that does") from None
    environ = dict(os.environ)
    for name in WITHHELD & environ.keys():
        del os.environ[name]  # a handler in this process, or a program that it starts, has no use for it
    terminal = Terminal(
        sys.stdout, sys.stderr, cwd, wants_color(sys.stdout, environ), wants_color(sys.stderr, environ)
    )
    return Session(environ, cwd, terminal, sys.stdin, started, ignited=ignited, core_limit=core_limit)

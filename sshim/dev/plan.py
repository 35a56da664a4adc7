"""From the flags of `sshim dev` to what a worker process gets: configuration, address, recipe for secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.config.settings import WorkerConfig, read
from sshim.dev.bindings_table import BindingState, resolve
from sshim.dev.messages import Spec
from sshim.dev.options import DevOptions, Serving
from sshim.dev.secrets import GivenReaders, NoReaders, ReaderFactory, StoreReaders
from sshim.errors import ConfigError, Problem, StoreNotFound, UsageError
from sshim.model import Secret, Usage

if TYPE_CHECKING:
    from sshim.control import ControlPlane
    from sshim.dev.certificate import Certificate
    from sshim.store.state import Made


@dataclass(frozen=True, slots=True)
class Account:
    """What the store says to a configuration, and where it is if it was `made` for that."""

    states: tuple[BindingState, ...]
    made: Made | None = None


def _no_configuration(folder: Path) -> Problem:
    return Problem(
        f"there is no wrangler.toml, wrangler.json or wrangler.jsonc in {folder}, nor in a folder above it",
        hint="sshim init, which makes a Worker; or name its main module, as in sshim dev src/entry.py",
    )


class Plan:
    """The configuration in force and what follows from it. Raises `ConfigError` when it cannot be found
    or read, `UsageError` when there is no certificate to speak https with."""

    def __init__(self, options: DevOptions) -> None:
        self._options = options
        self.config = read(options.read)
        if self.config.config_path is None and self.config.main is None:
            raise ConfigError((_no_configuration(options.read.start),))
        self.scheme = options.local_protocol or self.config.dev.local_protocol
        """`http` or `https`, for the whole run."""
        self.peers: Callable[[], tuple[tuple[str, Path], ...]] = tuple
        """Names and sockets of the Workers that run beside this one, itself among them."""
        self._certificate = self._find_certificate() if self.scheme == "https" else None

    @property
    def cwd(self) -> Path:
        """The folder that paths are shown from."""
        return self._options.look.cwd

    @property
    def asked_for(self) -> Path | None:
        """The configuration file that was named, if one was."""
        return self._options.read.config

    def read_again(self) -> bool:
        """Read the configuration anew; whether anything in it changed. On `ConfigError` the old one stays."""
        config = read(self._options.read)
        known = self.config.config_path
        if config.config_path is None and known is not None:
            gone = Problem(f"{known} is gone", hint="put it back, or end sshim dev with Ctrl-C")
            raise ConfigError((gone,), path=known)
        changed = config != self.config
        self.config = config
        return changed

    @property
    def supplied(self) -> frozenset[str]:
        """The bindings that `--bind` has a stand-in for."""
        return frozenset(name for name, _ in self._options.bind)

    def address(self) -> tuple[str, int | None]:
        """The address asked for, by flag before configuration; the port is None when none is."""
        options, dev = self._options, self.config.dev
        port = options.port if options.port is not None else dev.port
        if port is not None and port != int(port):
            raise UsageError(f"{port} is not a port number", hint="--port 8787")
        return options.ip or dev.ip, None if port is None else int(port)

    def _find_certificate(self) -> Certificate:
        """The user's own, or the one kept beside the store. Raises `UsageError`."""
        from sshim.dev import certificate

        options, read = self._options, self._options.read
        try:
            return certificate.given(options.https_key_path, options.https_cert_path, read.environ, read.cwd)
        except LookupError:
            return certificate.kept(options.store.home, datetime.now(UTC))

    def readers(self) -> ReaderFactory:
        """How the worker process gets at secrets."""
        config, options = self.config, self._options
        if not config.secrets:
            if options.rehearse:
                raise UsageError(
                    "the configuration binds no secrets to rehearse with", hint="leave out --rehearse"
                )
            return NoReaders()
        readers: ReaderFactory = self._store_readers(config)
        if options.given:
            readers = GivenReaders(readers, options.given)
        return self._rehearsed(readers) if options.rehearse else readers

    def _rehearsed(self, readers: ReaderFactory) -> ReaderFactory:
        from sshim.dev.rehearsal import RehearsedReaders

        assert self._options.rehearse is not None, "only asked for when there is something to rehearse"
        kind, binding = self._options.rehearse
        entries = [entry for entry in self.config.secrets if binding in (None, entry.binding)]
        if not entries:
            known = ", ".join(entry.binding for entry in self.config.secrets)
            raise UsageError(
                f"no Secrets Store binding is named {binding!r}",
                hint=f"--rehearse {kind} with one of {known}",
            )
        targets = {(entry.store_id, entry.secret_name): entry.binding for entry in entries}
        return RehearsedReaders(readers, kind, targets)

    def look_up(self) -> Account:
        """Every Secrets Store binding against the store as it is now; makes the store on first use."""
        config = self.config
        if not config.secrets:
            return Account(())
        with self._store_readers(config, ask=True).control() as control:
            made = control.store.made
            listing: dict[str, list[Secret]] = {}
            for store in control.list_stores():
                with suppress(StoreNotFound):
                    listing[store.id] = control.list_secrets(store.id)
            self._record_usages(control)
        given = {(store_id, name) for store_id, name, _ in self._options.given}
        states = tuple(
            state._replace(state="found", message="", fix="")
            if (state.entry.store_id, state.entry.secret_name) in given
            else state
            for state in resolve(config, listing)
        )
        return Account(states, made)

    def _record_usages(self, control: ControlPlane) -> None:
        """For whoever wants to know where a secret is used, before deleting it."""
        config, now = self.config, control.clock()
        control.record_usages(
            Usage(
                config.name or "",
                config.environment,
                entry.binding,
                entry.store_id,
                entry.secret_name,
                str(config.config_path),
                now,
            )
            for entry in config.secrets
        )

    def spec(self, failure: str | None = None) -> Spec:
        """What the next worker process is told."""
        options = self._options
        serving = Serving(
            bound_host=self.address()[0],
            debugger=options.read.environ.get("PYTHONBREAKPOINT", ""),
            allowed_hosts=options.allowed_hosts,
            test_scheduled=options.test_scheduled,
            site_packages=options.site_packages,
            bind=options.bind,
            certificate=self._certificate,
            peers=self.peers(),
            outbound=options.outbound,
        )
        return Spec(self.config, self.readers(), serving, options.look, failure)

    def _store_readers(self, config: WorkerConfig, *, ask: bool = False) -> StoreReaders:
        """Only the supervisor may `ask` at the terminal; what was typed travels in the options."""
        options = self._options
        store = options.store if ask else options.store._replace(passphrase=None)
        return StoreReaders(store, options.role, config.name, config.environment)

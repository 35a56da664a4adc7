"""What `sshim dev` is asked to do, as one frozen, picklable value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from sshim.config.settings import ReadOptions
    from sshim.dev.certificate import Certificate
    from sshim.redaction import Redactor
    from sshim.store.open import StoreOptions
    from sshim.worker.direct import Transport
    from sshim.worker.log import Log

RehearsalKind = Literal["rotate", "missing", "slow", "error"]
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "log", "warn", "error", "none"]


class OutboundFactory(Protocol):
    """Picklable. Makes, in the process that serves the Worker, what carries out its `fetch`; that tells
    `redactor` each value that it opens, and is closed by the server."""

    def transport(self, log: Log, redactor: Redactor) -> Transport: ...


@dataclass(frozen=True, slots=True)
class Look:
    """How output looks: colour on either stream, text or JSON lines, the least level shown; `cwd` shortens
    the paths that are shown."""

    cwd: Path
    color_out: bool = False
    color_err: bool = False
    format: LogFormat = "text"
    level: LogLevel = "log"


@dataclass(frozen=True, slots=True)
class Serving:
    """What a worker process has to know of the flags. `debugger` is PYTHONBREAKPOINT; with a `certificate`
    it speaks https. `peers` are names and sockets of the Workers served together; `outbound` carries what
    they fetch, in place of the network."""

    bound_host: str = "localhost"
    debugger: str = ""
    allowed_hosts: tuple[str, ...] = ()
    test_scheduled: bool = False
    site_packages: tuple[Path, ...] = ()
    bind: tuple[tuple[str, str], ...] = ()
    certificate: Certificate | None = None
    peers: tuple[tuple[str, Path], ...] = ()
    outbound: OutboundFactory | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A further Worker, reached by the service bindings of the others."""

    read: ReadOptions
    site_packages: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class DevOptions:
    """All flags of `sshim dev`.

    `read` and `store` say where the configuration and the store are. `ip` and `port` are None when not
    given. `bind` holds (binding, `module:factory`); `given` holds (store id, secret name,
    value), for this run in place of what the store has;
    `rehearse` the kind of disturbance and its binding, None for all of them; `outbound` carries what the
    Worker fetches. `started` is the
    `time.perf_counter()` that the ready line counts from.
    """

    read: ReadOptions
    store: StoreOptions
    look: Look
    ip: str | None = None
    port: int | None = None
    local_protocol: Literal["http", "https"] | None = None
    https_key_path: Path | None = None
    https_cert_path: Path | None = None
    reload: bool = True
    beside: tuple[Beside, ...] = ()
    strict: bool = False
    test_scheduled: bool = False
    allowed_hosts: tuple[str, ...] = ()
    site_packages: tuple[Path, ...] = ()
    bind: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    role: str = "super-administrator"
    outbound: OutboundFactory | None = None
    rehearse: tuple[RehearsalKind, str | None] | None = None
    hot_keys: bool = True
    started: float | None = None

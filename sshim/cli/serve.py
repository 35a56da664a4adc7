"""`sshim serve`: flags become fronts over one control plane; everything else is the services' own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.output import Terminal
from sshim.errors import AccessError, StoreError
from sshim.model import MAX_SECRETS, MAX_STORES, MAX_VALUE_BYTES

if TYPE_CHECKING:
    from sshim.api.door import Door
    from sshim.api.serve import Front, Serving
    from sshim.cli.running import Running
    from sshim.redaction import Redactor

DEFAULT_IP = "127.0.0.1"
DEFAULT_PORT = 8788
GATEWAY_PORT = 8789


@click.command()
@click.option("--ip", default=DEFAULT_IP, show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, metavar="N",
    help="Port of API and dashboard; 0 takes any.",
)  # fmt: skip
@click.option(
    "--gateway-port", type=click.IntRange(0, 65535), default=GATEWAY_PORT, show_default=True, metavar="N",
    help="Port of the AI Gateway; 0 takes any.",
)  # fmt: skip
@click.option(
    "--upstream", "upstreams", multiple=True, metavar="PROVIDER=URL",
    help="Reach an AI provider there, or one of your own as custom-NAME; repeatable.",
)  # fmt: skip
@click.option(
    "--providers", "providers_file", type=click.Path(path_type=Path), metavar="FILE",
    help="TOML file of AI providers of your own: [custom-NAME] with base_url, header, prefix.",
)  # fmt: skip
@click.option("--allowed-host", "allowed_hosts", multiple=True, metavar="HOST", help="Serve this Host too.")
@click.option(
    "--max-stores", type=click.IntRange(1), default=MAX_STORES, show_default=True, metavar="N",
    help="Stores of the account.",
)  # fmt: skip
@click.option(
    "--max-secrets", type=click.IntRange(1), default=MAX_SECRETS, show_default=True, metavar="N",
    help="Secrets of the account.",
)  # fmt: skip
@click.option(
    "--max-value-bytes", type=click.IntRange(1, MAX_VALUE_BYTES), default=MAX_VALUE_BYTES,
    show_default=True, metavar="N", help="Size of a value.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Do not print a line for each request.")
@options.where
@click.pass_obj
def serve(
    session: Session,
    ip: str,
    port: int,
    gateway_port: int,
    upstreams: tuple[str, ...],
    providers_file: Path | None,
    allowed_hosts: tuple[str, ...],
    max_stores: int,
    max_secrets: int,
    max_value_bytes: int,
    quiet: bool,
) -> None:
    """Serve the account: the API that official clients speak, its dashboard, and the AI Gateway.

    Clients need the address that is printed (CLOUDFLARE_API_BASE_URL for wrangler), the account's id, and a
    token of "sshim token create". "sshim dashboard" opens the dashboard.
    """
    limits = (max_stores, max_secrets, max_value_bytes)
    run_serve(
        session,
        ServeOptions(ip, port, gateway_port, upstreams, providers_file, allowed_hosts, *limits, quiet),
    )


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """All flags of `sshim serve`."""

    ip: str = DEFAULT_IP
    port: int = DEFAULT_PORT
    gateway_port: int = GATEWAY_PORT
    upstreams: tuple[str, ...] = ()
    providers_file: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    max_stores: int = MAX_STORES
    max_secrets: int = MAX_SECRETS
    max_value_bytes: int = MAX_VALUE_BYTES
    quiet: bool = False


def run_serve(
    session: Session, flags: ServeOptions, *, opened: Callable[[Running], object] | None = None
) -> None:
    """Serves until SIGINT or SIGTERM; `opened` is called in a thread of its own once everything answers.
    Raises what the listeners and the store raise."""
    import asyncio
    import contextlib
    from secrets import token_bytes
    from threading import Thread

    from sshim.api.app import Api
    from sshim.api.call import AccountSettings
    from sshim.api.door import Door
    from sshim.api.routes import BASE
    from sshim.api.serve import account_front, run
    from sshim.cli.running import Running, local_url, told
    from sshim.control.desk import Limits
    from sshim.dashboard.routes import Dashboard
    from sshim.redaction import Redactor
    from sshim.sockets import is_loopback

    if not is_loopback(flags.ip):
        session.terminal.warn(f"other machines can reach {flags.ip}, and what they send is not encrypted")
    control = session.control(create=True)
    control.limits = Limits(stores=flags.max_stores, secrets=flags.max_secrets)
    tokens = control.list_tokens()
    door = Door(lambda: control.acting_as)
    redactor = Redactor()
    log = TerminalLog(session.terminal, flags.quiet, redactor.redact)
    settings = AccountSettings(session.account_id(), max_value_bytes=flags.max_value_bytes)
    api = Api(door, settings)
    key = token_bytes(32)
    dashboard = Dashboard(api, key)
    fronts = [
        account_front(
            api,
            flags.ip,
            flags.port,
            beside=dashboard.handle,
            allowed_hosts=flags.allowed_hosts,
            ending=dashboard.end,
        ),
        _gateway_front(session, flags, door, settings.account_id, log, redactor),
    ]

    def ready(serving: Serving) -> None:
        origin, gateway = serving.urls["api"], serving.urls["gateway"]
        api.gateway_origin = gateway
        running = Running(local_url(origin), key)
        try:
            telling.enter_context(told(session.store_options(), running))
        except (StoreError, AccessError) as error:
            session.terminal.warn(f"sshim dashboard will not find this program: {error.message}")
        served = f"account {settings.account_id}, dashboard {origin}/, gateway {gateway}"
        ms = (time.perf_counter() - session.started) * 1000
        session.terminal.data(f"Ready on {origin}{BASE} ({served}) ({ms:.0f} ms)")
        session.terminal.out.flush()
        if not tokens:
            session.terminal.note("no client has a token yet: sshim token create --role super-administrator")
        if opened is not None:
            Thread(target=opened, args=(running,), daemon=True).start()

    with contextlib.ExitStack() as telling:
        asyncio.run(run(fronts, door, log, ready=ready))


def _gateway_front(
    session: Session, flags: ServeOptions, door: Door, account_id: str, log: TerminalLog, redactor: Redactor
) -> Front:
    """The AI Gateway over the account behind the door."""
    from sshim.api.attempts import Attempts
    from sshim.api.auth import FAILURES_PER_MINUTE
    from sshim.api.serve import Front
    from sshim.cli.gateway_account import ACTOR, ControlAccount
    from sshim.cli.gateway_providers import provider_table
    from sshim.gateway.app import Gateway
    from sshim.gateway.failures import refusal
    from sshim.gateway.network import Network
    from sshim.gateway.providers import given_hosts

    providers = provider_table(session, flags.upstreams, flags.providers_file)
    account = ControlAccount(lambda call: door.run(ACTOR, call), account_id, redactor)
    failures = Attempts(FAILURES_PER_MINUTE)
    gateway = Gateway(account, providers, Network(given_hosts(providers)), log, may_fail=failures.add)

    async def close() -> None:
        await gateway.close()
        await account.close()

    return Front(
        "gateway",
        flags.ip,
        flags.gateway_port,
        gateway.handle,
        flags.allowed_hosts,
        closing=close,
        cancels=True,
        refuses=refusal,
        flag="--gateway-port",
    )


@dataclass(frozen=True, slots=True)
class TerminalLog:
    """The services' log on the terminal; `redact` takes out values that were opened."""

    terminal: Terminal
    quiet: bool = False
    redact: Callable[[str], str] = str

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """`GET /path 200 OK (3ms)`."""
        if not self.quiet:
            self.terminal.note(self.redact(f"{method} {path} {status} {reason} ({ms:.0f}ms)"))

    def error(self, text: str, *, hint: str | None = None) -> None:
        """What failed, and the next step."""
        self.terminal.warn(self.redact(f"{text} (try: {hint})" if hint else text))

    def info(self, text: str) -> None:
        """One line."""
        self.terminal.note(self.redact(text))

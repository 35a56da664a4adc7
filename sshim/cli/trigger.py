"""`sshim trigger …`: fires an event of the Worker that `sshim dev` is serving."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.errors import SshimError, UsageError

if TYPE_CHECKING:
    import ssl

    from sshim.config.settings import DevSettings

_PATH = "/cdn-cgi/handler/scheduled"
_PATIENCE = 60.0
"""Seconds a handler may take before we stop waiting for its outcome."""


@click.group(cls=Group)
def trigger() -> None:
    """Fire an event of the running Worker by hand."""


@trigger.command("scheduled")
@click.option(
    "--cron", metavar="PATTERN",
    help='The pattern told to the handler, e.g. "0 * * * *".  [default: the config\'s, if it has one only]',
)  # fmt: skip
@click.option("--time", "when", type=int, metavar="MS", help="Its scheduledTime, in milliseconds since 1970.")
@click.option("--url", metavar="URL", help="Where the Worker is served.  [default: as the config says]")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Its port.  [default: the config's, else from 8787]",
)
@options.config_source
@options.as_json
@click.pass_obj
def scheduled(
    session: Session,
    cron: str | None,
    when: int | None,
    url: str | None,
    port: int | None,
    config: Path | None,
    env: str | None,
    as_json: bool,
) -> None:
    """Call the Worker's scheduled handler, and show what became of it."""
    if url and port:
        raise UsageError("--url and --port exclude each other", hint="give one of them")
    from sshim.dev import ports

    crons, dev, mark = _configured(session, config, env)
    if cron is None:
        cron = crons[0] if len(crons) == 1 else ""
    query = {"cron": cron, "format": "json"} | ({"time": str(when)} if when is not None else {})
    if not url and not port and mark:
        query["worker"] = mark
    known = port or int(dev.port or 0)
    at = (known,) if known else range(ports.DEFAULT_PORT, ports.DEFAULT_PORT + ports.NEXT_PORTS + 1)
    bases = [url] if url else [ports.url(dev.ip, each, dev.local_protocol) for each in at]
    outcome = _fire_at_one(bases, f"{_PATH}?{urlencode(query)}")
    if as_json:
        session.terminal.json(outcome)
    else:
        session.terminal.data(str(outcome.get("outcome")))
    if outcome.get("outcome") == "ok":
        return
    why, hint = outcome.get("error"), outcome.get("hint")
    if as_json or not why:
        raise click.exceptions.Exit(1)
    raise SshimError(str(why), hint=str(hint) if hint else None)


def _configured(
    session: Session, config: Path | None, env: str | None
) -> tuple[tuple[str, ...], DevSettings, str]:
    """Cron patterns, address and mark of the configuration at hand. One that was not named need neither
    be there nor be readable. Raises `ConfigError`, `UsageError`."""
    from sshim.config.settings import DevSettings

    try:
        read = session.read_config(config=config, env=env)
    except UsageError:
        if config is not None or env is not None:
            raise
        return (), DevSettings(), ""
    return read.crons, read.dev, read.mark


class _NotThere(SshimError):
    """The Worker that is meant is not served at an address."""


def _fire_at_one(bases: Sequence[str], target: str) -> dict[str, object]:
    """The outcome from the first address where the Worker is served, else the first one's error."""
    failures = []
    for base in bases:
        try:
            return _fire(base, target)
        except _NotThere as error:
            failures.append(error)
    raise failures[0]


def _fire(base: str, target: str) -> dict[str, object]:
    """The outcome object that the listener answers with. Raises `UsageError` for an address that is none,
    `SshimError` when nobody answers there, or something else than `sshim dev`."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{base} is not an http address", hint="--url http://localhost:8787")
    connection: HTTPConnection = (
        HTTPSConnection(parts.hostname, parts.port, timeout=_PATIENCE, context=_trust(parts.hostname))
        if parts.scheme == "https"
        else HTTPConnection(parts.hostname, parts.port, timeout=_PATIENCE)
    )
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        body = answer.read(65_536)
    except TimeoutError:
        raise SshimError(f"the handler at {base} has not ended after {_PATIENCE:.0f} s") from None
    except (OSError, HTTPException):
        raise _NotThere(f"no Worker answers at {base}", hint="sshim dev, in another terminal") from None
    finally:
        connection.close()
    if answer.status == 421:
        raise _NotThere(f"another Worker is served at {base}", hint="--port N of the one that is meant")
    try:
        outcome = json.loads(body)
    except ValueError:
        outcome = None
    if not isinstance(outcome, dict) or "outcome" not in outcome:
        raise _NotThere(
            f"what answers at {base} is not `sshim dev` (status {answer.status})", hint="--url URL"
        )
    return outcome


def _trust(host: str) -> ssl.SSLContext:
    """Whom to believe: on this machine anybody, since the Worker's certificate is signed by itself."""
    import ssl

    context = ssl.create_default_context()
    if host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

"""Building the Worker's server in the process that serves it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sshim.dev import errorpage
from sshim.dev.messages import Spec
from sshim.errors import SourceError, SshimError, UsageError
from sshim.redaction import Redactor
from sshim.worker.log import Log

if TYPE_CHECKING:
    import ssl

    from sshim.config.settings import WorkerConfig
    from sshim.dev.standin import StandIn
    from sshim.model import SecretReader
    from sshim.worker.options import WorkerOptions
    from sshim.worker.server import WorkerServer


async def load(spec: Spec, stack: ExitStack, log: Log, redactor: Redactor) -> WorkerServer | StandIn:
    """The server of `spec`, its user code imported, not yet accepting; the store is closed with `stack`.

    Raises `SourceError`, `StoreError`, `AccessError`, or `UsageError` for a stand-in that cannot be made.
    """
    if spec.failure is not None:
        from sshim.dev.standin import StandIn

        return StandIn(spec.failure, ssl=_context(spec))
    from sshim.worker.loader import prepare_path
    from sshim.worker.options import WorkerOptions
    from sshim.worker.server import WorkerServer
    from sshim.worker.supply import make_supplied, parse_supply

    serving, config = spec.serving, spec.config
    for var in config.vars.values():
        if var.type == "secret_text":
            redactor.add(var.value)
    supplied = {}
    if serving.bind:
        if config.main is not None:
            prepare_path(config.main.parent, config.project_root, serving.site_packages)
        supplies = [parse_supply(f"{name}={factory}") for name, factory in serving.bind]
        supplied = make_supplied(supplies, config.project_root)
    options = WorkerOptions(
        allowed_hosts=serving.allowed_hosts,
        bound_host=serving.bound_host,
        test_scheduled=serving.test_scheduled,
        site_packages=serving.site_packages,
        supplied=supplied,
        redact=redactor.redact,
        error_page=errorpage.page,
        scheme="https" if serving.certificate else "http",
        ssl=_context(spec),
        peers=dict(serving.peers),
    )
    if serving.outbound is not None:
        from sshim.worker import direct

        direct.use_transport(serving.outbound.transport(log, redactor))
    reader = spec.reader.open(stack, redactor)
    server = _rehearsed(config, reader, log, options) or WorkerServer(
        config, reader, log=log, options=options
    )
    try:
        await server.load()
    except SshimError:
        raise
    except Exception as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error
    return server


def _rehearsed(
    config: WorkerConfig, reader: SecretReader, log: Log, options: WorkerOptions
) -> WorkerServer | None:
    """The server that watches a rehearsal, where one was asked for."""
    if sys.modules.get("sshim.dev.rehearsal") is None:  # its reader came from there
        return None
    from sshim.dev.rehearsal import Rehearsal

    if not isinstance(reader, Rehearsal):
        return None
    from sshim.dev.rehearsed import rehearsed_server

    return rehearsed_server(config, reader, log, options)


def _context(spec: Spec) -> ssl.SSLContext | None:
    """What to speak TLS with, where that was asked for."""
    certificate = spec.serving.certificate
    if certificate is None:
        return None
    try:
        return certificate.context()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{certificate.certificate} cannot be used any more: {type(error).__name__}"
        ) from None

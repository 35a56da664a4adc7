"""Building the Worker's server in the process that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sshim.dev import errorpage
from sshim.dev.messages import Spec
from sshim.dev.redactor import Redactor
from sshim.dev.secrets import WatchedReader
from sshim.errors import SourceError, SshimError
from sshim.worker.log import Log

if TYPE_CHECKING:
    from sshim.dev.standin import StandIn
    from sshim.worker.server import WorkerServer


async def load(spec: Spec, log: Log, redact: Redactor) -> WorkerServer | StandIn:
    """The server of `spec`, its user code imported, not yet accepting. Every value that it reads is told to
    `redact` first. Raises `SourceError`, `StoreError` or `AccessError`."""
    if spec.failure is not None:
        from sshim.dev.standin import StandIn

        return StandIn(spec.failure)
    from sshim.worker.server import WorkerOptions, WorkerServer

    for var in spec.config.vars.values():
        if var.type == "secret_text":
            redact.add(var.value)
    serving = spec.serving
    options = WorkerOptions(
        allowed_hosts=serving.allowed_hosts,
        bound_host=serving.bound_host,
        test_scheduled=serving.test_scheduled,
        site_packages=serving.site_packages,
        redact=redact,
        error_page=errorpage.page,
    )
    reader = WatchedReader(spec.reader(), redact.add)
    server = WorkerServer(spec.config, reader, log=log, options=options)
    try:
        await server.load()
    except SshimError:
        raise
    except Exception as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error
    return server

"""`sshim dev --no-reload`: the Worker in this very process, so that a debugger or a profiler sees it all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType

from sshim.dev import ports
from sshim.dev.debugger import install_breakpoint
from sshim.dev.introduction import introduce, warn_of_plaintext
from sshim.dev.loop import ECHO, KILLED_BY_USER, STOP_GRACE
from sshim.dev.options import DevOptions
from sshim.dev.plan import Plan
from sshim.dev.serving import load
from sshim.dev.terminal import Terminal
from sshim.errors import UsageError
from sshim.redaction import Redactor

STOP_LIMIT = 1.7


def run(options: DevOptions) -> int:
    """Serve until told to stop; the exit code. Raises `SshimError` for what prevents the start."""
    began = options.started if options.started is not None else time.perf_counter()
    redactor = Redactor()
    terminal = Terminal(sys.stdout, sys.stderr, options.look, redact=redactor.redact)
    if options.beside:
        raise UsageError("several Workers need a process each", hint="leave out --no-reload")
    plan = Plan(options)
    with contextlib.ExitStack() as cleanup:
        listeners, url = ports.bind(plan.address(), plan.scheme, cleanup, terminal.info)
        introduce(plan, terminal, strict=options.strict)
        warn_of_plaintext(plan, options.read.environ, terminal)
        spec = plan.spec()
        install_breakpoint(None, spec.serving.debugger)

        async def serve() -> None:
            stop = _stop_on_signal(asyncio.get_running_loop())
            server = await load(spec, cleanup, terminal, redactor)
            await server.start(*listeners)
            terminal.ready(url, (time.perf_counter() - began) * 1000)
            await stop.wait()
            await server.stop(STOP_GRACE)

        with asyncio.Runner() as runner:
            runner.run(serve())
    return 0


def _stop_on_signal(loop: asyncio.AbstractEventLoop) -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM. A handler that never returns cannot keep the process: the limit
    ends it, and a second signal does so at once."""
    stop = asyncio.Event()
    heard = 0.0

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if heard:
            if time.monotonic() - heard > ECHO:
                os._exit(KILLED_BY_USER)
            return
        heard = time.monotonic()
        limit = threading.Timer(STOP_LIMIT, os._exit, (0,))
        limit.daemon = True
        limit.start()
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    return stop

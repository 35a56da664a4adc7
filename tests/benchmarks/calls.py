"""`python -m tests.benchmarks.calls`: Python functions called for one request, by whose they are.

The Worker of the benchmarks, served in this process as `sshim dev` serves it: configuration, store, log.
Calls do not depend on how fast or busy the machine is, so a test can hold them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from sshim.cli.context import Session
from sshim.cli.dev import dev
from sshim.cli.output import Terminal as CliTerminal
from sshim.dev.options import DevOptions
from sshim.dev.plan import Plan
from sshim.dev.serving import load
from sshim.dev.streams import LineSink
from sshim.dev.terminal import Terminal
from sshim.redaction import Redactor
from tests.benchmarks.project import Project, make_project

WARM_UP, BATCHES, BATCH = 30, 9, 10


def whose(code: CodeType) -> str:
    """The part of the program that a function belongs to."""
    for name in ("sshim", "workers", "aiohttp", "asyncio", "contextlib"):
        if f"/{name}/" in code.co_filename or code.co_filename.endswith(f"/{name}.py"):
            return name
    return "other"


def dev_options(project: Project) -> DevOptions:
    """What `sshim dev` without flags is asked to do in that project."""
    from sshim.cli.dev import dev_options

    terminal = CliTerminal(sys.stdout, sys.stderr, project.folder)
    session = Session(dict(project.environ), project.folder, terminal, None)
    context = dev.make_context("dev", [], resilient_parsing=True)
    return dev_options(session, **context.params)


class Client(threading.Thread):
    """Asks again and again over one connection, and notes the counts after each answer."""

    def __init__(self, port: int, counts: Counter[str], done: Any) -> None:
        super().__init__()
        self.notes: list[Counter[str]] = []
        self._port, self._counts, self._done = port, counts, done

    def run(self) -> None:
        request = f"GET / HTTP/1.1\r\nHost: localhost:{self._port}\r\nAccept: */*\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", self._port)) as sock:
            for _ in range(WARM_UP + BATCH * BATCHES + 1):
                sock.sendall(request)
                answer = sock.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 200"), answer
                time.sleep(0.002)  # what the server does behind the answer belongs to it
                self.notes.append(self._counts.copy())
        self._done()


async def count(project: Project) -> dict[str, float]:
    """Calls for one request, by `whose`."""
    counts: Counter[str] = Counter()
    owners: dict[CodeType, str] = {}

    def seen(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            owner = owners.get(code)
            if owner is None:
                owner = owners[code] = whose(code)
            counts[owner] += 1

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    options = dev_options(project)
    with ExitStack() as stack, Path("/dev/null").open("wb") as null:
        redactor = Redactor()
        sink = LineSink(null.fileno(), redact=redactor.redact)
        sink.follow(loop)
        log = Terminal(sink, sink, options.look)
        server = await load(Plan(options).spec(), stack, log, redactor)
        listener = socket.create_server(("127.0.0.1", 0))
        await server.start(listener)
        client = Client(listener.getsockname()[1], counts, lambda: loop.call_soon_threadsafe(ended.set))
        client.start()
        sys.setprofile(seen)
        await ended.wait()
        sys.setprofile(None)
        client.join()
        await server.stop(0)
    marks = client.notes[WARM_UP::BATCH]
    return {
        owner: statistics.median((b[owner] - a[owner]) / BATCH for a, b in pairwise(marks))
        for owner in counts
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(count(make_project(Path(folder) / "project")))))


if __name__ == "__main__":
    main()

"""A Worker of a few lines, served on loopback."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sshim.config.settings import ReadOptions, read
from sshim.errors import SecretNotFound
from sshim.model import SecretValue
from sshim.worker import sdk
from sshim.worker.options import WorkerOptions
from sshim.worker.server import WorkerServer

CLASS_DATE = "2026-08-01"
HEAD = "from workers import Response, WorkerEntrypoint\nclass Default(WorkerEntrypoint):\n"
LEGACY_DATE = "2025-07-01"


@dataclass
class Memory:
    """A `SecretReader` over a dict of (store, name) to value."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        try:
            return SecretValue(self.values[store_id, secret_name])
        except KeyError:
            raise SecretNotFound(store_id, secret_name) from None


@dataclass
class Lines:
    """A `Log` that keeps everything it hears."""

    requests: list[tuple[str, str, int, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    consoles: list[tuple[str, str]] = field(default_factory=list)

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        self.requests.append((method, path, status, reason))

    def console(self, level: str, text: str) -> None:
        self.consoles.append((level, text))

    def error(self, text: str, *, detail: str = "") -> None:
        self.errors.append((text, detail))

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def info(self, text: str) -> None:
        self.infos.append(text)


@dataclass
class Served:
    """A running Worker: its address, an HTTP client for it, its log and its secrets."""

    url: str
    http: aiohttp.ClientSession
    log: Lines
    secrets: Memory
    server: WorkerServer

    async def text(self, path: str = "/", **options: Any) -> str:
        async with self.http.get(self.url + path, **options) as response:
            return await response.text()


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
def clean_imports(tmp_path: Path) -> Iterator[None]:
    """The import system as it was: each test has its own `entry` module."""
    path, hooks = list(sys.path), list(sys.path_hooks)
    yield
    sys.path[:], sys.path_hooks[:] = path, hooks
    sys.path_importer_cache.clear()
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture(scope="session")
def sdk_imported() -> None:
    """The SDK, imported before any test: the pytest plugin puts the newest platform in place when it first
    sees that import, which would undo the date of the first Worker."""
    sdk.install(None, ())


@pytest.fixture
async def serve(tmp_path: Path, sdk_imported: None, clean_imports: None) -> AsyncIterator[Serve]:
    """`await serve(source, config="…", date=…, options={…})`: the Worker of that source, running."""
    started: list[Served] = []

    async def serve(
        source: str, *, config: str = "", date: str = CLASS_DATE, options: dict[str, Any] | None = None
    ) -> Served:
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "entry.py").write_text(source)
        (tmp_path / "wrangler.toml").write_text(
            f'name = "w"\nmain = "src/entry.py"\ncompatibility_date = "{date}"\n'
            f'compatibility_flags = ["python_workers"]\n{config}'
        )
        settings = read(
            ReadOptions(start=tmp_path, config=None, env=None, env_files=(), environ={}, cwd=tmp_path)
        )
        log, secrets = Lines(), Memory()
        server = WorkerServer(settings, secrets, log=log, options=WorkerOptions(**(options or {})))
        await server.load()
        sock = socket.create_server(("127.0.0.1", 0))
        await server.start(sock)
        served = Served(
            f"http://127.0.0.1:{sock.getsockname()[1]}", aiohttp.ClientSession(), log, secrets, server
        )
        started.append(served)
        return served

    yield serve
    for served in started:
        await served.http.close()
        await served.server.stop(0.5)

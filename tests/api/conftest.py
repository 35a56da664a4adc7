"""A running API over a real store in a temporary folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sshim.api.app import Api
from sshim.api.call import AccountSettings
from sshim.api.door import Door, Planes
from sshim.api.envelope import failure
from sshim.api.listener import ConnectionLimits, Listener
from sshim.api.ports import bind
from sshim.api.serve import Serving, account_front, start
from sshim.control import ControlPlane
from sshim.errors import SshimError
from sshim.model import ACCOUNT_ID, Actor
from sshim.store.open import StoreOptions, open_store
from tests.api.listening import Handler, Opener
from tests.api.wire import Raw, request, send

ADMINISTRATOR = Actor(role="super-administrator", interface="test")
BASE = f"/client/v4/accounts/{ACCOUNT_ID}"
STORES = f"{BASE}/secrets_store/stores"
UNKNOWN = "0123456789abcdef0123456789abcdef"
SCOPES = ["access", "ai_gateway", "containers", "dex", "websearch", "workers"]
FIELDS = ["id", "store_id", "name", "comment", "scopes", "status", "created", "modified"]


class Clock:
    """A clock that runs and can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Lines:
    """What the services said."""

    requests: list[tuple[str, str, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        self.requests.append((method, path, status))

    def error(self, text: str, *, hint: str | None = None) -> None:
        self.errors.append(text)

    def info(self, text: str) -> None:
        pass


def options(home: Path) -> StoreOptions:
    """A store of its own, that touches nothing outside the folder."""
    return StoreOptions(
        home=home / "store", create=True, key_folder=home / "keys", anchor_folder=home / "anchors"
    )


def planes(home: Path, clock: Clock) -> Planes:
    """Opens the store."""
    return ControlPlane(open_store(options(home)), actor=ADMINISTRATOR, clock=clock).acting_as


@dataclass
class Account:
    """The running API, and a client for it."""

    home: Path
    serving: Serving
    api: Api
    door: Door
    clock: Clock
    log: Lines
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.serving.urls["api"].rpartition(":")[2])

    @property
    def url(self) -> str:
        return f"{self.serving.urls['api']}/client/v4"

    async def headers(self, role: str = "super-administrator", **more: str) -> dict[str, str]:
        """What a decent client sends."""
        found = {"Host": f"127.0.0.1:{self.port}", "Authorization": f"Bearer {await self.token(role)}"}
        return found | {name.replace("_", "-"): value for name, value in more.items()}

    async def token(self, role: str) -> str:
        """A token with that role or permission, made at first use."""
        if role not in self.tokens:
            made = await self.control(lambda control: control.create_token(role=role))
            self.tokens[role] = made[1].reveal()
        return self.tokens[role]

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "super-administrator",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Raw:
        """One call with a credential; `body` is sent as JSON, `raw` as it is."""
        wanted = dict(headers) if headers is not None else await self.headers(role)
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        if body is not None or raw is not None:
            wanted.setdefault("Content-Type", "application/json")
        return await send(self.port, request(method, path, wanted, content))

    async def control(self, call: Any) -> Any:
        """Runs a function with the control plane of the server's own store."""
        return await self.door.run(ADMINISTRATOR, call)

    async def store(self, name: str = "main") -> str:
        """The id of a new store."""
        made = await self.call("POST", STORES, {"name": name})
        assert made.status == 200, made.body
        return str(made.json["result"]["id"])

    async def secret(self, store: str, name: str = "API_KEY", value: str = "v-1", **more: Any) -> Any:
        """A new secret's metadata."""
        entry = {"name": name, "value": value, "scopes": ["workers"], **more}
        made = await self.call("POST", f"{STORES}/{store}/secrets", [entry])
        assert made.status == 200, made.body
        (secret,) = made.json["result"]
        return secret

    async def snapshot(self, *, audit: bool = False) -> Any:
        """All metadata (and the number of audit records), to see whether anything changed."""

        def look(control: ControlPlane) -> Any:
            stores = control.list_stores()
            secrets = [secret for store in stores for secret in control.list_secrets(store.id)]
            return stores, secrets, len(control.audit()) if audit else None

        return await self.control(look)


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Account]:
    """The API of a new, empty account."""
    clock, log = Clock(), Lines()
    door = Door(lambda: planes(tmp_path, clock))
    api = Api(door, AccountSettings(ACCOUNT_ID), clock=clock)
    serving = await start([account_front(api, "127.0.0.1", 0)], log)
    running = Account(tmp_path, serving, api, door, clock, log)
    yield running
    await serving.stop(1.0)
    await asyncio.to_thread(door.close)
    assert log.errors == []


def entry(name: str = "API_KEY", **more: Any) -> dict[str, Any]:
    return {"name": name, "value": "v", "scopes": ["workers"], **more}


@pytest.fixture
async def store(account: Account) -> str:
    return await account.store()


@pytest.fixture
def path(store: str) -> str:
    return f"{STORES}/{store}/secrets"


async def value_of(account: Account, store: str, name: str) -> str:
    """What a Worker reads."""
    reader = await account.control(lambda control: control.reader(worker="w", environment=None))
    try:
        return str((await reader.read(store, name, "workers")).reveal())
    finally:
        reader.close()


@pytest.fixture
async def listen() -> AsyncIterator[Opener]:
    """Starts listeners with a handler; they are stopped in the end."""
    running: list[Listener] = []

    async def start(handler: Handler, **limits: Any) -> tuple[int, Listener]:
        async def safe(incoming: web.BaseRequest) -> web.StreamResponse:
            try:
                return await handler(incoming)
            except SshimError as error:
                return failure(error)

        listener = Listener(safe, ConnectionLimits(**limits))
        sockets = bind("127.0.0.1", 0)
        await listener.start(*sockets)
        running.append(listener)
        return sockets[0].getsockname()[1], listener

    yield start
    for each in running:
        await each.stop(0.1)

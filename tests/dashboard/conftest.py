"""The dashboard beside a running API, over a real store in a temporary folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sshim.api.app import Api
from sshim.api.call import AccountSettings
from sshim.api.door import Door
from sshim.api.serve import account_front, start
from sshim.control import ControlPlane
from sshim.dashboard.routes import Dashboard
from sshim.dashboard.sessions import Offer, new_code, proof
from sshim.model import ACCOUNT_ID, NewSecret, new_secret
from tests.api.conftest import ADMINISTRATOR, Account, Clock, Lines, planes
from tests.api.wire import Raw

KEY = b"k" * 32
STORE = "0123456789abcdef0123456789abcdef"


@dataclass
class Site(Account):
    """The running account, its dashboard included."""

    dashboard: Dashboard = None  # type: ignore[assignment]

    @property
    def origin(self) -> str:
        return self.serving.urls["api"]

    def code(self, role: str = "super-administrator") -> str:
        """A one-time code, as `sshim dashboard` gets one."""
        code = new_code()
        self.dashboard.sessions.accept(Offer(code, role, proof(KEY, True, code, role)))
        return code

    async def bearer(self, role: str = "super-administrator") -> str:
        """What the page gets for a code."""
        found = self.dashboard.sessions.exchange(self.code(role))
        assert found is not None
        return found

    async def ask(
        self, method: str, path: str, body: Any = None, *, role: str = "super-administrator"
    ) -> Raw:
        """A call as the page makes it."""
        return await self.call(
            method,
            path,
            body,
            headers={
                "Host": f"127.0.0.1:{self.port}",
                "Authorization": f"Bearer {await self.bearer(role)}",
                "Origin": self.origin,
                "Sec-Fetch-Site": "same-origin",
            },
        )

    async def fill(self, *secrets: NewSecret) -> None:
        """The store STORE with these secrets."""

        def make(control: ControlPlane) -> None:
            control.create_store("main", store_id=STORE)
            control.create_secrets(STORE, secrets)

        await self.control(make)


def some(count: int, stem: str = "SECRET") -> list[NewSecret]:
    """Secrets with numbered names."""
    return [new_secret(f"{stem}_{n:04}", f"value-{n}", ["workers"]) for n in range(count)]


async def serve(home: Path, *, port: int = 0, settings: AccountSettings | None = None) -> Site:
    """Starts it; `stop` ends it."""
    clock, log = Clock(), Lines()
    door = Door(lambda: planes(home, clock))
    api = Api(door, settings or AccountSettings(ACCOUNT_ID), clock=clock)
    dashboard = Dashboard(api, KEY)
    front = account_front(api, "127.0.0.1", port, beside=dashboard.handle, ending=dashboard.end)
    serving = await start([front], log)
    return Site(home, serving, api, door, clock, log, dashboard=dashboard)


async def stop(site: Site) -> None:
    """Ends it, and tells of what it complained."""
    await site.serving.stop(1.0)
    await asyncio.to_thread(site.door.close)
    assert site.log.errors == []


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """The account, empty."""
    running = await serve(tmp_path)
    yield running
    await stop(running)


__all__ = ["ADMINISTRATOR", "STORE", "Site", "serve", "site", "some", "stop"]

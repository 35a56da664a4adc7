"""`sshim dev --gateway`: what a Worker fetches from the AI Gateway is answered on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sshim.errors import SshimError
from sshim.gateway.providers import Provider
from sshim.worker.direct import HttpTransport, NetworkError, Outgoing, Reply

if TYPE_CHECKING:
    from sshim.api.serve import Serving
    from sshim.redaction import Redactor
    from sshim.store.open import StoreOptions
    from sshim.worker.log import Log

PRODUCTION = "https://gateway.ai.cloudflare.com/"


@dataclass(frozen=True, slots=True)
class DevGateway:
    """Keys come from the store, read as `role`; see `sshim.dev.options.OutboundFactory`."""

    store: StoreOptions = field(repr=False)
    role: str
    providers: Mapping[str, Provider]

    def transport(self, log: Log, redactor: Redactor) -> GatewayTransport:
        """The network, with a gateway in it."""
        return GatewayTransport(self, log, redactor)


class GatewayTransport:
    """A `Transport` that brings what is meant for production's gateway to one of its own, which it starts at
    the first such request: on this machine alone, at any free port. It serves whatever account the Worker
    names, since that is production's."""

    def __init__(self, gateway: DevGateway, log: Log, redactor: Redactor) -> None:
        self._gateway, self._log, self._redactor = gateway, log, redactor
        self._network = HttpTransport()
        self._starting: asyncio.Task[_Running] | None = None

    async def send(self, outgoing: Outgoing) -> Reply:
        """One exchange. Raises NetworkError, also for a store of the keys that cannot be opened."""
        if not outgoing.url.startswith(PRODUCTION):
            return await self._network.send(outgoing)
        if self._starting is None or _has_failed(self._starting):
            self._starting = asyncio.ensure_future(_start(self._gateway, self._log, self._redactor))
        try:
            running = await asyncio.shield(self._starting)
        except SshimError as error:
            raise NetworkError(f"the local AI Gateway cannot be started: {error.message}") from None
        below = outgoing.url.removeprefix(PRODUCTION)
        return await self._network.send(replace(outgoing, url=f"{running.origin}/{below}"))

    async def close(self) -> None:
        """Ends the gateway and closes all connections."""
        starting, self._starting = self._starting, None
        await self._network.close()
        if starting is not None and not _has_failed(starting):
            await (await starting).close()


@dataclass(frozen=True, slots=True)
class _Running:
    origin: str
    serving: Serving

    async def close(self) -> None:
        await self.serving.stop(0.1)


async def _start(gateway: DevGateway, log: Log, redactor: Redactor) -> _Running:
    from sshim.api.door import Door, Planes
    from sshim.api.serve import Front, start
    from sshim.cli.gateway_account import ACTOR, ControlAccount
    from sshim.control import ControlPlane
    from sshim.gateway.app import Gateway
    from sshim.gateway.failures import refusal
    from sshim.gateway.network import Network
    from sshim.gateway.providers import given_hosts
    from sshim.store.open import open_store

    actor = ACTOR._replace(role=gateway.role)
    opened: list[ControlPlane] = []

    def planes() -> Planes:
        opened.append(ControlPlane(open_store(gateway.store), actor=actor))
        return opened[0].acting_as

    door = Door(planes)
    account = ControlAccount(lambda call: door.run(actor, call), None, redactor, actor=actor)
    spoken = _Lines(log)
    providers = dict(gateway.providers)
    answering = Gateway(account, providers, Network(given_hosts(providers)), spoken)

    async def close() -> None:
        await answering.close()
        await account.close()
        await asyncio.to_thread(door.close)
        for control in opened:
            control.close()

    front = Front("gateway", "127.0.0.1", 0, answering.handle, (), close, True, refusal)
    try:
        await door.open()
        serving = await start([front], spoken)
    except BaseException:
        await close()
        raise
    return _Running(serving.urls["gateway"], serving)


def _has_failed(starting: asyncio.Task[_Running]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The gateway's log as a part of the Worker's: what fails is said, requests are the Worker's own."""

    log: Log

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """Not worth a line."""

    def error(self, text: str, *, hint: str | None = None) -> None:
        """What failed, and the next step."""
        self.log.error(f"{text} (try: {hint})" if hint else text)

    def info(self, text: str) -> None:
        """One line."""
        self.log.info(text)

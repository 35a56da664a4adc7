"""The program `sshim serve`: listeners over one store, from their sockets to their end.

The API answers under its base path on the first listener. What else stands there (the dashboard) and what
stands on ports of its own (the AI Gateway) is handed in as handlers by whoever composes the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from aiohttp import web

from sshim.api.app import Api
from sshim.api.door import Door
from sshim.api.envelope import failure
from sshim.api.guard import Guard, guard_for
from sshim.api.listener import ConnectionLimits, Handler, Listener
from sshim.api.log import ServeLog
from sshim.api.ports import bind
from sshim.errors import PortInUse, RequestRefused, SshimError

Closer = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Front:
    """A listener to be: what it is called, its address, and who answers. `answers` is called with every
    request that the guard lets through, and cancelled when its client goes if `cancels` says so; `refuses`
    words what the guard does not let through. `ending` is called when the listener is to stop, to end what
    would go on for ever; `closing` is awaited once it has stopped. `flag` is the option for its port."""

    name: str
    ip: str
    port: int
    answers: Handler
    allowed_hosts: tuple[str, ...] = ()
    closing: Closer | None = None
    cancels: bool = False
    refuses: Callable[[SshimError], web.Response] = failure
    ending: Callable[[], None] | None = None
    flag: str = "--port"


@dataclass(slots=True)
class Serving:
    """Listeners that run. `urls` maps the name of each to its origin, without a final slash."""

    urls: dict[str, str] = field(default_factory=dict)
    _listeners: list[Listener] = field(default_factory=list)
    _closers: list[Closer] = field(default_factory=list)
    _endings: list[Callable[[], None]] = field(default_factory=list)

    async def stop(self, grace: float = 5.0) -> None:
        """Let open requests end for `grace` seconds, then close everything."""
        for end in self._endings:
            end()
        await asyncio.gather(*(listener.stop(grace) for listener in self._listeners))
        self._listeners.clear()
        for close in self._closers:
            await close()
        self._closers.clear()

    def hurry(self) -> None:
        """Cut open requests off, now that they have been asked to end."""
        for listener in self._listeners:
            listener.hurry()


async def start(fronts: Iterable[Front], log: ServeLog, *, limits: ConnectionLimits | None = None) -> Serving:
    """Bind every front, then accept on all of them. Raises `PortInUse` or `UsageError` with nothing left
    open."""
    serving = Serving()
    with contextlib.ExitStack() as bound:
        ready: list[tuple[Front, list[socket.socket]]] = []
        for front in fronts:
            try:
                sockets = bind(front.ip, front.port)
            except PortInUse as error:
                raise PortInUse(error.host, error.port, flag=front.flag) from None
            for sock in sockets:
                bound.callback(sock.close)
            ready.append((front, sockets))
        for front, sockets in ready:
            port = sockets[0].getsockname()[1]
            guard = guard_for(port, front.allowed_hosts)
            listener = Listener(_guarded(front, guard, log), limits, cancels=front.cancels)
            await listener.start(*sockets)
            serving._listeners.append(listener)
            serving.urls[front.name] = _origin(front.ip, port)
            if front.ending is not None:
                serving._endings.append(front.ending)
            if front.closing is not None:
                serving._closers.append(front.closing)
        bound.pop_all()
    return serving


def account_front(
    api: Api,
    ip: str,
    port: int,
    *,
    beside: Handler | None = None,
    allowed_hosts: tuple[str, ...] = (),
    ending: Callable[[], None] | None = None,
) -> Front:
    """The listener of the API; `beside` answers every other path, such as a dashboard's, and is told by
    `ending` that the listener is to stop."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        if beside is None or api.serves(path):
            return await api.handle(request)
        return await beside(request)

    return Front("api", ip, port, answer, allowed_hosts, ending=ending)


def _guarded(front: Front, guard: Guard, log: ServeLog) -> Handler:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        started = time.perf_counter()
        try:
            guard.check(request)
            response = await front.answers(request)
        except SshimError as error:
            response = front.refuses(error)
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:
            log.error(f"{request.method} {_path(request)}: {type(error).__name__}, a defect of sshim")
            response = front.refuses(RequestRefused(500, 500, "internal error"))
        ms = (time.perf_counter() - started) * 1000
        log.request(request.method, _path(request), response.status, response.reason or "", ms)
        return response

    return handle


def _path(request: web.BaseRequest) -> str:
    return request.raw_path.partition("?")[0][:200]


def _origin(ip: str, port: int) -> str:
    return f"http://[{ip}]:{port}" if ":" in ip else f"http://{ip}:{port}"


async def run(
    fronts: Iterable[Front],
    door: Door,
    log: ServeLog,
    *,
    ready: Callable[[Serving], None],
    grace: float = 5.0,
) -> None:
    """Serve until SIGINT or SIGTERM, then end in order: open requests, listeners, calls on the store. A
    second signal cuts open requests off. Raises as `start`, and what opening the store raises."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels this task instead
            loop.add_signal_handler(name, stop.set)
    try:
        await door.open()
        serving = await start(fronts, log)
        try:
            ready(serving)
            await stop.wait()
        finally:
            stop.clear()
            await _stop_or_cut_off(serving, stop, grace)
    finally:
        await asyncio.to_thread(door.close)


async def _stop_or_cut_off(serving: Serving, again: asyncio.Event, grace: float) -> None:
    stopping = asyncio.ensure_future(serving.stop(grace))
    impatient = asyncio.ensure_future(again.wait())
    await asyncio.wait({stopping, impatient}, return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    serving.hurry()
    await stopping

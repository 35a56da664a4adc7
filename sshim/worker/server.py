"""One Worker behind a socket: imports it, answers requests with it, ends it with its work done."""

from __future__ import annotations

import asyncio
import socket
import time
from types import ModuleType

from sshim.config.settings import WorkerConfig
from sshim.model import SecretReader
from sshim.platform import suspend
from sshim.platform.fetch import network
from sshim.platform.statuses import phrase
from sshim.worker import encoding, message, peer, sdk, triggers
from sshim.worker.answer import Answer, make_answer
from sshim.worker.assets import Assets, Page
from sshim.worker.connection import Reply
from sshim.worker.context import BackgroundWork, wait_until
from sshim.worker.dispatch import Dispatcher
from sshim.worker.env import build_env
from sshim.worker.host import HostRule
from sshim.worker.listener import Listener
from sshim.worker.loader import load_main, no_main
from sshim.worker.log import Log
from sshim.worker.message import AnyRequest, text
from sshim.worker.options import WorkerOptions
from sshim.worker.peer import PeerTransport
from sshim.worker.reporter import Reporter
from sshim.worker.service import own_bindings
from sshim.worker.upgrade import Upgrades

_ARRIVING = 0.005
"""Seconds in which a request that was sent at the same moment is still taken."""


class WorkerServer:
    """The Worker of one configuration in this process. `load`, then `start` and `stop`; or `dispatcher`
    directly, without a socket."""

    def __init__(
        self, config: WorkerConfig, reader: SecretReader, *, log: Log, options: WorkerOptions | None = None
    ) -> None:
        self.config = config
        self._reader = reader
        self._log = log
        self._options = options or WorkerOptions()
        self._reporter = Reporter(log, config.project_root, self._options.redact)
        self._work = BackgroundWork(self._reporter.uncaught)
        self._hosts = HostRule(self._options.allowed_hosts, bound=self._options.bound_host)
        folder = config.config_path.parent if config.config_path else config.project_root
        self._assets = Assets.from_config(config.assets, folder) if config.assets else None
        self._dispatcher: Dispatcher | None = None
        self._public: Listener | None = None
        self._upgrades = Upgrades()
        self._private: list[Listener] = []
        self._peers: dict[str, PeerTransport] = {}
        self._open_requests = 0
        self._idle: asyncio.Event | None = None
        self._default_host = "localhost"

    # -- life --------------------------------------------------------------------------------------------

    async def load(self) -> Dispatcher:
        """Install the platform, build `env`, import the user's main module. Raises `SourceError`."""
        config = self.config
        if config.main is None and self._assets is None:
            raise no_main()
        self._peers = {name: PeerTransport(path) for name, path in self._options.peers.items()}
        own = own_bindings(config, self._assets, lambda: self.dispatcher, self._peers)
        supplied = {**own, **self._options.supplied}
        env = build_env(config, self._reader, self._reporter.secret, supplied=supplied)
        self._reporter.env = env
        kit = sdk.install(
            config.compatibility_date, config.compatibility_flags, env=env, wait_until=wait_until
        )
        main = config.main
        module = ModuleType("assets")
        if main is not None:
            module = load_main(main, config.project_root, site_packages=self._options.site_packages)
        if suspend.mentions_run_sync(module):
            suspend.want()
        self._dispatcher = Dispatcher(
            module,
            main_name=main.name if main else "",
            env=env,
            sdk=kit,
            work=self._work,
            strict=self._options.strict_dispatch,
            on_hint=self._reporter.hint,
        )
        return self._dispatcher

    @property
    def dispatcher(self) -> Dispatcher:
        assert self._dispatcher is not None, "load() comes first"
        return self._dispatcher

    async def start(self, *sockets: socket.socket) -> None:
        """Answer connections on bound sockets, which stay the caller's to close."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._reporter.from_loop)
        network.failed = self._reporter.lost

        self._public = Listener(self._handle)
        for sock in sockets:
            if sock.family == getattr(socket, "AF_UNIX", None):
                among_peers = Listener(peer.serve(lambda: self.dispatcher, self._reporter.uncaught))
                self._private.append(among_peers)
                await among_peers.listen(sock)
                continue
            host, port = sock.getsockname()[:2]
            self._default_host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            await self._public.listen(sock, self._options.ssl)

    @property
    def _listeners(self) -> list[Listener]:
        return [*self._private, *([self._public] if self._public is not None else [])]

    async def close_idle(self) -> None:
        """Close connections that only wait for a further request; one that has arrived is answered."""
        for listener in self._listeners:
            listener.leave()
        await asyncio.sleep(_ARRIVING)
        for listener in self._listeners:
            listener.close_idle()

    async def stop(self, grace: float = 1.5) -> None:
        """Accept nothing more, let open requests, `waitUntil` work and slow clients end for `grace` seconds,
        close."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        for listener in self._listeners:
            listener.refuse()
        await self._upgrades.close()
        try:
            self._idle = asyncio.Event()
            if self._open_requests:
                await asyncio.wait_for(self._idle.wait(), max(0.0, deadline - loop.time()))
        except TimeoutError:
            self._log.warning(f"{self._open_requests} request(s) were still open and have been cut off")
        late = await self._work.finish(max(0.05, deadline - loop.time()))
        if late:
            self._log.warning(f"{late} waitUntil task(s) were still running and have been cancelled")
        unsent = sum([await listener.send(deadline) for listener in self._listeners])
        if unsent and not self._open_requests:
            self._log.warning(f"{unsent} answer(s) were still on their way and have been cut off")
        for listener in self._listeners:
            await listener.shutdown(0.1)
        for transport in self._peers.values():
            await transport.close()
        await network.close()
        network.failed = None

    # -- one request -------------------------------------------------------------------------------------

    async def _handle(self, request: AnyRequest) -> Reply:
        started = time.perf_counter()
        self._open_requests += 1
        path = request.raw_path.partition("?")[0]
        try:
            trigger = self._is_trigger(path)
            response: Reply | None = self._refuse(request, path, trigger)
            if response is None:
                if trigger:
                    response = await suspend.enter(self._trigger(request))
                elif self._assets is None:
                    response = await self._answer(request, path)
                else:
                    response = await self._static(self._assets, request, path) or await self._answer(
                        request, path
                    )
        except ConnectionError:
            self._log.info(f"{request.method} {path}: the client went away")
            raise
        except Exception as error:
            response = self._failed(request, error)
        finally:
            self._open_requests -= 1
            if not self._open_requests and self._idle is not None:
                self._idle.set()
        status = response.status
        if status != 101:
            self._tell(request, path, status, started, response.reason or "")
        return response

    def _tell(self, request: AnyRequest, path: str, status: int, started: float, reason: str = "") -> None:
        """Log an answer."""
        if not path.startswith("/cdn-cgi/"):
            ms = (time.perf_counter() - started) * 1000
            self._log.request(request.method, path, status, reason or phrase(status), ms)

    def _refuse(self, request: AnyRequest, path: str, trigger: bool) -> Answer | None:
        host = request.host_header
        if not path.startswith("/"):
            return text(request, 400, "Bad Request: the request target must be a path")
        if host is not None and not self._hosts.allows_host(host):
            if path.startswith("/cdn-cgi/"):
                return text(request, 403, "Invalid Host header")
            return text(
                request,
                403,
                f"sshim dev does not serve the host {host!r}. If that name is yours, start it with "
                f"--allowed-host {host}",
            )
        if trigger or path.startswith("/cdn-cgi/"):
            # An image or a link on a page of another site brings no Origin, but says where it is.
            foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
            if foreign or not self._hosts.allows_origin(request.headers.get("Origin")):
                return text(request, 403, "Invalid Host header")
        return None

    async def _static(self, assets: Assets, request: AnyRequest, path: str) -> Answer | None:
        """The static asset that comes before the Worker; without a Worker, for every path."""
        alone = self.config.main is None
        if request.method not in ("GET", "HEAD"):
            return text(request, 405 if assets.match(path) else 404, "") if alone else None
        if not alone and not assets.before_worker(path):
            return None
        page = assets.answer(request.raw_path, request.headers.get("If-None-Match"), missing=alone)
        if page is None and alone:
            page = Page(404, [], b"")
        if page is None:
            return None
        return await message.answer(request, page.status, phrase(page.status), page.headers, page.body)

    async def _answer(self, request: AnyRequest, path: str) -> Reply:
        started = time.perf_counter()
        try:
            js_request = message.to_js_request(
                request, scheme=self._options.scheme, default_host=self._default_host
            )
            js_response = await suspend.enter(self.dispatcher.fetch(js_request))
            if js_response.status == 101:
                return await self._upgrades.run(
                    request, js_response, lambda: self._tell(request, path, 101, started)
                )
            source = js_response.body_source
            if source is None or source.__class__ is bytes:
                status, reason, pairs = js_response.status, js_response.statusText, js_response.header_pairs()
                if source is None or len(source) < encoding.SHORTEST:
                    return make_answer(request, status, reason, pairs, source or b"")
                return await message.answer(request, status, reason, pairs, source, js_response)
        except ConnectionError:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Not this request was cancelled, but something that its handler waited for.
            return self._failed(request, error)
        except (Exception, SystemExit) as error:
            return self._failed(request, error)
        return await message.stream(request, js_response, source, self._reporter.uncaught)

    def _failed(self, request: AnyRequest, error: BaseException) -> Answer:
        said = self._reporter.uncaught(error)
        if self._options.error_page and "text/html" in request.headers.get("Accept", ""):
            return text(request, 500, self._options.error_page(said), "text/html; charset=utf-8")
        return text(request, 500, said)

    # -- triggers ----------------------------------------------------------------------------------------

    def _is_trigger(self, path: str) -> bool:
        return path in triggers.SCHEDULED_PATHS or (
            self._options.test_scheduled and path == triggers.TEST_SCHEDULED_PATH
        )

    async def _trigger(self, request: AnyRequest) -> Answer:
        query = request.raw_path.partition("?")[2]
        if not triggers.is_meant(query, self.config.mark):
            return text(request, 421, "another Worker is served here")
        controller = triggers.controller_from_query(query)
        try:
            outcome = await triggers.fire_scheduled(self.dispatcher, controller)
        except Exception as error:
            self._reporter.uncaught(error)
            outcome = triggers.failed(error, controller, self._options.redact)
        as_json = "format=json" in request.raw_path
        status, content_type, body = outcome.answer(as_json=as_json)
        return text(request, status, body, content_type)

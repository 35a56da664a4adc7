"""The client of a test: sends events to a Worker in this process, through the dispatcher that serves it in
development.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from sshim.config.settings import Var, WorkerConfig
from sshim.errors import ExpectationFailed, UsageError
from sshim.testing.background import Background
from sshim.testing.binding import Calls, watched
from sshim.testing.diagnosis import Diagnosis, explained
from sshim.testing.env import TestEnv
from sshim.testing.event import Event, ScheduledResult, current_event
from sshim.testing.frames import without_ours
from sshim.testing.log import TestLog
from sshim.testing.options import Options
from sshim.testing.outbound import Outbound, unanswered
from sshim.testing.project import Process, active
from sshim.testing.request import ABSENT, Body, Described, FileSpec, Headers, Query, describe
from sshim.testing.secrets import Secrets
from sshim.testing.websocket import WebSocketSession
from sshim.worker import triggers
from sshim.worker.assets import Assets
from sshim.worker.context import BackgroundWork, ExecutionContext, current
from sshim.worker.dispatch import Dispatcher
from sshim.worker.env import build_env
from sshim.worker.service import own_bindings, to_js_response

if TYPE_CHECKING:
    from workers import Request, Response

T = TypeVar("T")


class WorkerClient:
    """One Worker for one test.

    `secrets`, `outbound` and `env` are what its handler meets; `events` what was sent so far, each with the
    bindings that its handler read.
    """

    def __init__(self, process: Process, config: WorkerConfig, options: Options, secrets: Secrets) -> None:
        self.config = config
        self.options = options
        self.secrets = secrets
        self.outbound = Outbound()
        self.events: list[Event] = []
        self.calls = Calls()
        self.log = TestLog()
        self.diagnosis = Diagnosis(self.log)
        self._process = process
        self._background = Background(config.project_root)
        self._work = BackgroundWork(self._background.failed)
        self._dispatcher: Dispatcher | None = None
        self._runner: asyncio.Runner | None = None
        folder = config.config_path.parent if config.config_path else config.project_root
        self._assets = Assets.from_config(config.assets, folder) if config.assets else None
        own = own_bindings(config, self._assets, lambda: self._started)
        given = {
            name: Var("plain_text" if isinstance(v, str) else "json", v) for name, v in options.vars.items()
        }
        self.js_env = build_env(
            config._replace(vars={**config.vars, **given}),
            secrets,
            self.diagnosis.unread,
            supplied={**own, **watched(config, process.client), **options.bindings},
        )

    # -- life --------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """From here on this is the client whose secrets and `env` count."""
        self._process.adopt(self)

    def open(self) -> WorkerClient:
        """Import the Worker, unless another test has; raises `SourceError`."""
        module = self._process.load(self.config)
        assert self.config.main is not None
        self._dispatcher = Dispatcher(
            module,
            main_name=self.config.main.name,
            env=self.js_env,
            sdk=self._process.kit,
            work=self._work,
            on_hint=self.diagnosis.hint,
        )
        return self

    def close(self) -> None:
        """The test is over: nothing of it stays behind."""
        if self in self._process.clients:
            self._process.clients.remove(self)
        if self._runner is not None:
            self._runner.close()
            self._runner = None
        self._background.leave()
        self.calls.unawaited()

    async def settle(self, timeout: float = 5.0) -> None:
        """Wait until all `waitUntil` work is done, also what that work adds; raises `ExpectationFailed` when
        it takes longer than `timeout` seconds."""
        __tracebackhide__ = True
        late = await self._work.finish(timeout)
        await asyncio.sleep(0)
        await self._process.network.close()
        if late:
            raise ExpectationFailed(
                f"{late} waitUntil task{'s were' if late > 1 else ' was'} still running after {timeout:g} s",
                hint="await worker.settle(timeout=…) waits longer",
            )

    def verify(self) -> None:
        """Raises `ExpectationFailed` for what went wrong out of the test's sight; call it after `settle`."""
        __tracebackhide__ = True
        for sentence in self.calls.unawaited():
            raise ExpectationFailed(sentence)
        self._background.verify()
        for call in self.outbound.unmatched:
            raise unanswered(call)
        if not self.options.strict:
            return
        said = self.secrets.violations()
        said += [f"the route {route} was never called" for route in self.outbound.unused()]
        if said:
            raise ExpectationFailed("; ".join(said))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine from a test that is not async: `worker.run(worker.fetch("/"))`."""
        __tracebackhide__ = True
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(work)
        work.close()
        raise UsageError("worker.run() is for tests that are not async", hint="await worker.fetch(…)")

    def finish(self) -> None:
        """`settle` after a test, in the event loop that it used, unless that is closed by now."""
        __tracebackhide__ = True
        loop = self._background.loop
        if loop is not None and not loop.is_closed() and not loop.is_running():
            loop.run_until_complete(self.settle())

    # -- events ------------------------------------------------------------------------------------------

    async def fetch(
        self,
        path: str = "/",
        *,
        method: str | None = None,
        headers: Headers | None = None,
        query: Query | None = None,
        json: Any = ABSENT,
        body: Body | None = None,
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, FileSpec] | None = None,
    ) -> Response:
        """Send a request and return the handler's `workers.Response`; redirects are not followed.

        `path` may be an absolute URL. Of `json`, `body` (text, bytes, or an iterable of bytes to stream) and
        `form`/`files` one is given; the method is then POST unless it is named. An exception of the handler
        is raised here.
        """
        __tracebackhide__ = True
        described = self._describe(
            path, method=method, headers=headers, query=query, json=json, body=body, form=form, files=files
        )
        js_response = await self._fetch(described)
        return self._process.kit.Response(js_response)

    async def websocket(self, path: str = "/", *, headers: Headers | None = None) -> WebSocketSession:
        """Open a WebSocket to the Worker; raises `ExpectationFailed` when it answers with anything else.

        Use the result as `async with await worker.websocket("/") as socket:`, or close it.
        """
        __tracebackhide__ = True
        described = self._describe(path, headers=headers)
        described.headers.extend((("upgrade", "websocket"), ("connection", "Upgrade")))
        js_response = await self._fetch(described)
        if js_response.status != 101 or not js_response.webSocket:
            raise ExpectationFailed(
                f"GET {described.url} was answered with status {js_response.status}, not with a WebSocket",
                hint="Response(None, status=101, web_socket=client)",
            )
        return WebSocketSession(js_response.webSocket, self._background)

    async def scheduled(self, cron: str = "", *, time: int | None = None) -> ScheduledResult:
        """Fire the scheduled event; `time` is in milliseconds since 1970, now by default."""
        __tracebackhide__ = True
        controller = triggers.ScheduledController._make(cron, time)
        await self._handle(Event("scheduled", cron), triggers.fire_scheduled(self._started, controller))
        return ScheduledResult(controller.no_retry)

    def request(
        self,
        path: str = "/",
        *,
        method: str | None = None,
        headers: Headers | None = None,
        query: Query | None = None,
        json: Any = ABSENT,
        body: Body | None = None,
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, FileSpec] | None = None,
    ) -> Request:
        """A `workers.Request` as `fetch` sends it, for calling handler methods directly."""
        __tracebackhide__ = True
        described = self._describe(
            path, method=method, headers=headers, query=query, json=json, body=body, form=form, files=files
        )
        return self._process.kit.Request(described.js_request())

    def instance(self, name: str = "Default") -> Any:
        """A new instance of an entrypoint class, with `env` and `ctx`: `await worker.instance().method()`."""
        __tracebackhide__ = True
        self.events.append(Event("call", name))
        current_event.set(self.events[-1])
        active.set(self)
        # Stays set, so that workers.wait_until() works in what the test calls next.
        current.set(ExecutionContext(self._work))
        return self._started.instance(name)

    # -- what the test looks at --------------------------------------------------------------------------

    @property
    def env(self) -> TestEnv:
        """`env` as the handler sees it; attributes set on it are what the next event finds."""
        return TestEnv(self.js_env, self._process)

    @property
    def background_errors(self) -> list[BaseException]:
        """Exceptions of `waitUntil` work and of WebSocket listeners. What the test has looked at here does
        not fail it."""
        return self._background.taken()

    def shown(self, where: str) -> str:
        """A `file:line` relative to the project."""
        return where.removeprefix(f"{self.config.project_root}/")

    # -- parts -------------------------------------------------------------------------------------------

    @property
    def _started(self) -> Dispatcher:
        if self._dispatcher is None:
            raise UsageError("the Worker is not open", hint="async with sshim.testing.worker(…) as worker:")
        return self._dispatcher

    def _describe(self, path: str, **given: Any) -> Described:
        __tracebackhide__ = True
        return describe(self.options.base_url, path, **given)

    async def _fetch(self, described: Described) -> Any:
        __tracebackhide__ = True
        started = time.perf_counter()
        js_response = self._static(described)
        if js_response is None:
            event = Event("fetch", f"{described.method} {described.url}")
            js_response = await self._handle(event, self._started.fetch(described.js_request()))
        ms = (time.perf_counter() - started) * 1000
        self.log.request(described.method, described.url, js_response.status, js_response.statusText, ms)
        return js_response

    def _static(self, described: Described) -> Any:
        """The static asset that is served without asking the Worker, as the server does; None if there is
        none."""
        if self._assets is None or described.method not in ("GET", "HEAD"):
            return None
        url = urlsplit(described.url)
        if not self._assets.before_worker(url.path):
            return None
        target = f"{url.path}?{url.query}" if url.query else url.path
        page = self._assets.answer(target, dict(described.headers).get("if-none-match"))
        return None if page is None else to_js_response(page, head=described.method == "HEAD")

    async def _handle(self, event: Event, work: Coroutine[Any, Any, T]) -> T:
        """Run one event as this client's; an exception leaves with what is known about its cause."""
        __tracebackhide__ = True
        self.events.append(event)
        self._background.listen(asyncio.get_running_loop())
        self._process.resume(self)
        tokens = active.set(self), current_event.set(event)
        try:
            return await work
        except Exception as error:
            await asyncio.sleep(0)
            for sentence in self.calls.unawaited():
                raise ExpectationFailed(sentence) from without_ours(error)
            explained(error, event.notes)
            raise
        finally:
            active.reset(tokens[0])
            current_event.reset(tokens[1])

"""Bindings that somebody in this process answers: static assets, and services that are this same Worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sshim.config.settings import WorkerConfig
from sshim.platform.fetcher import Fetcher, ServiceBinding
from sshim.platform.headers import Headers
from sshim.platform.response import Response
from sshim.worker.assets import Assets, Page
from sshim.worker.dispatch import Dispatcher
from sshim.worker.peer import Peer, PeerTransport


def assets_binding(assets: Assets) -> Fetcher:
    """`env.ASSETS`: `fetch(request)` answers with the asset, or with what stands for a missing one."""

    async def handle(request: Any) -> Any:
        url = urlsplit(request.url)
        target = f"{url.path}?{url.query}" if url.query else url.path
        page = assets.answer(target, request.headers.get("if-none-match") or None, missing=True)
        return to_js_response(page or Page(404, [], b""), head=request.method == "HEAD")

    fetcher: Fetcher = Fetcher._make(handle)
    return fetcher


def to_js_response(page: Page, *, head: bool = False) -> Response:
    """A page of static assets as a `js.Response`."""
    body = None if head or page.status in (304, 307) else page.body
    response: Response = Response._make(body, page.status, Headers.from_pairs(page.headers))
    return response


class SelfBinding(ServiceBinding):
    """A service binding to the Worker's own entrypoint."""

    js_name = "Fetcher"
    __slots__ = ("_dispatcher", "_entrypoint")

    def __init__(self, dispatcher: Callable[[], Dispatcher], entrypoint: str) -> None:
        async def handle(request: Any) -> Any:
            return await dispatcher().fetch(request, entrypoint=entrypoint)

        super().__init__(handle)
        self._dispatcher = dispatcher
        self._entrypoint = entrypoint

    async def _call(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        dispatcher = self._dispatcher()
        return await dispatcher.call(self._entrypoint, name, args, options)


def own_bindings(
    config: WorkerConfig,
    assets: Assets | None,
    dispatcher: Callable[[], Dispatcher],
    peers: Mapping[str, PeerTransport] | None = None,
) -> dict[str, Any]:
    """The bindings of `config` that this process answers itself, and those to `peers`, by name."""
    made: dict[str, Any] = {}
    if assets is not None and config.assets and isinstance(config.assets.get("binding"), str):
        made[config.assets["binding"]] = assets_binding(assets)
    for other in config.other_bindings:
        if other.kind != "services":
            continue
        service = other.entry.get("service")
        entrypoint = other.entry.get("entrypoint") or "Default"
        if service == config.name:
            made[other.name] = SelfBinding._make(dispatcher, entrypoint)
        elif peers and service in peers:
            made[other.name] = Peer._make(service, peers[service], entrypoint)
    return made

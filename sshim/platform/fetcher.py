"""Fetcher: what ASSETS or a service binding is to a Worker, an object whose `fetch` somebody here answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sshim.platform.exceptions import JsException, js_error
from sshim.platform.options import positional
from sshim.platform.promise import Promise, rejected, start
from sshim.platform.proxy import JsObject
from sshim.platform.request import Request
from sshim.platform.response import Response

_ASKED_FOR = frozenset({"then", "length", "to_py", "js_object", "unwrap"})
"""Names that are looked for on any JavaScript object, and are no method of a Worker."""


class Fetcher(JsObject):
    """`await binding.fetch(request)`: `_handle(js_request)` gives the `js.Response`, or raises."""

    js_name = "Fetcher"
    __slots__ = ("_handle",)

    def __init__(self, handle: Callable[[Request], Awaitable[Response]]) -> None:
        self._handle = handle

    def fetch(self, *args: Any, **options: Any) -> Promise:
        """`fetch(request | url, init)`, answered without a network."""
        try:
            request = Request.new(*positional(args, options))
        except JsException as reason:
            return rejected(reason)
        return start(self._answer(request))

    async def _answer(self, request: Request) -> Response:
        response = await self._handle(request)
        if not isinstance(response, Response):
            raise js_error(
                "TypeError", "Incorrect type for Promise: the Promise did not resolve to 'Response'."
            )
        return response


class ServiceBinding(Fetcher):
    """A binding to the entrypoint of a Worker: `fetch`, and by RPC any public method, answered by `_call`."""

    js_name = "Fetcher"
    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _ASKED_FOR:
            return super().__getattr__(name)

        def call(*args: Any, **options: Any) -> Promise:
            return start(self._call(name, args, options))

        return call

    async def _call(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        raise NotImplementedError

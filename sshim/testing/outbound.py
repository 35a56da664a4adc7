"""What a Worker's own `fetch` meets in a test: routes that the test answers, and nothing else by default."""

from __future__ import annotations

import inspect
import json as json_module
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sshim.errors import ExpectationFailed
from sshim.testing.request import ABSENT

Reply = Callable[["OutboundCall"], Any]
"""A route's own function: takes the call, returns (or awaits) a `workers.Response`."""


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """One request that the Worker sent: header names in lower case, the body whole."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body parsed as JSON."""
        return json_module.loads(self.body)


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A fixed answer: status, header pairs and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = field(repr=False)


@dataclass(slots=True)
class Route:
    """Answers calls of one method (None: any) and URL. `calls` are those it has answered."""

    method: str | None
    url: str | re.Pattern[str]
    reply: CannedReply | BaseException | Reply = field(repr=False)
    left: int | None = None
    calls: list[OutboundCall] = field(default_factory=list, repr=False)

    def matches(self, method: str, url: str) -> bool:
        """Whether the route answers this call. A text without `?` disregards the query, `*` in it stands
        for anything; a compiled pattern must match the whole URL."""
        if self.left == 0 or (self.method is not None and self.method != method):
            return False
        if isinstance(self.url, re.Pattern):
            return self.url.fullmatch(url) is not None
        if "?" not in self.url:
            url = url.partition("?")[0]
        wanted = re.escape(self.url).replace(r"\*", ".*")
        return re.fullmatch(wanted, url) is not None or re.fullmatch(wanted + "/", url) is not None

    async def answer(self, call: OutboundCall) -> Any:
        """The reply to a call: a `CannedReply`, or what the route's function returned."""
        self.calls.append(call)
        if self.left is not None:
            self.left -= 1
        if isinstance(self.reply, BaseException):
            raise self.reply
        if isinstance(self.reply, CannedReply):
            return self.reply
        result = self.reply(call)
        return await result if inspect.isawaitable(result) else result

    def __str__(self) -> str:
        url = self.url.pattern if isinstance(self.url, re.Pattern) else self.url
        return f"{self.method or 'any method'} {url}"


class Outbound:
    """The routes of one test. The route added last is asked first; a call that none answers fails in the
    Worker as a network error does, and fails the test at its end."""

    def __init__(self) -> None:
        self._routes: list[Route] = []
        self._allowed: list[Route] = []
        self.calls: list[OutboundCall] = []
        self.unmatched: list[OutboundCall] = []

    def add(
        self,
        method: str | None,
        url: str | re.Pattern[str],
        reply: Reply | BaseException | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        json: Any = ABSENT,
        body: str | bytes | None = None,
        times: int | None = None,
    ) -> Route:
        """Answer calls of `method` (None: any) to `url`, `times` times (None: always).

        `reply` is an exception to fail with, or a function of the `OutboundCall` that returns a
        `workers.Response`; without it the answer is made of `status`, `headers` and `json` or `body`.
        """
        given = reply if reply is not None else _canned(status, headers or {}, json, body)
        route = Route(method.upper() if method else None, url, given, times)
        self._routes.append(route)
        return route

    def get(self, url: str | re.Pattern[str], reply: Any = None, **options: Any) -> Route:
        """`add` for GET."""
        return self.add("GET", url, reply, **options)

    def post(self, url: str | re.Pattern[str], reply: Any = None, **options: Any) -> Route:
        """`add` for POST."""
        return self.add("POST", url, reply, **options)

    def put(self, url: str | re.Pattern[str], reply: Any = None, **options: Any) -> Route:
        """`add` for PUT."""
        return self.add("PUT", url, reply, **options)

    def patch(self, url: str | re.Pattern[str], reply: Any = None, **options: Any) -> Route:
        """`add` for PATCH."""
        return self.add("PATCH", url, reply, **options)

    def delete(self, url: str | re.Pattern[str], reply: Any = None, **options: Any) -> Route:
        """`add` for DELETE."""
        return self.add("DELETE", url, reply, **options)

    def allow(self, url: str | re.Pattern[str]) -> None:
        """Let calls to this URL (`http://127.0.0.1:8080/*`) go out to the network, such as to a server that
        the test runs itself."""
        self._allowed.append(Route(None, url, _canned(200, {}, ABSENT, None)))

    def allows(self, method: str, url: str) -> bool:
        """Whether a call goes out to the network."""
        return any(route.matches(method, url) for route in self._allowed)

    def route_for(self, call: OutboundCall) -> Route:
        """The route that answers a call; raises `ExpectationFailed`, and remembers the call, if there is
        none."""
        self.calls.append(call)
        for route in reversed(self._routes):
            if route.matches(call.method, call.url):
                return route
        self.unmatched.append(call)
        raise unanswered(call)

    def unused(self) -> list[Route]:
        """Routes that never answered a call."""
        return [route for route in self._routes if not route.calls]


def unanswered(call: OutboundCall) -> ExpectationFailed:
    """What to raise for a call that no route answers."""
    url = call.url.partition("?")[0]
    return ExpectationFailed(
        f"the Worker called {call.method} {call.url}, which this test does not answer",
        hint=f'worker.outbound.add("{call.method}", "{url}", json=…)',
    )


def _canned(status: int, headers: Mapping[str, str], json: Any, body: str | bytes | None) -> CannedReply:
    pairs = [(name.lower(), value) for name, value in headers.items()]
    names = {name for name, _ in pairs}
    if json is not ABSENT:
        data: bytes | None = json_module.dumps(json).encode()
        if "content-type" not in names:
            pairs.append(("content-type", "application/json"))
    elif isinstance(body, str):
        data = body.encode()
        if "content-type" not in names:
            pairs.append(("content-type", "text/plain;charset=UTF-8"))
    else:
        data = body
    return CannedReply(status, tuple(pairs), data)

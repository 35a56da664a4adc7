"""The dashboard beside the API on one listener: its files, its session, its own operations.

What the published API can do, the page does through it. Only what that has no words for (tokens, where
secrets are used, the state of the audit chain, changes as they happen) is here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sshim.api.app import Api
from sshim.api.body import read_json
from sshim.api.envelope import Reply, failure, invalid_body, success
from sshim.api.fields import Field, checked
from sshim.api.refusals import NOBODY, record
from sshim.api.routes import Route
from sshim.dashboard import account, audit, first, gateways, secrets, stores, tokens, usages
from sshim.dashboard.files import serve_file
from sshim.dashboard.live import Live
from sshim.dashboard.sessions import SESSION_SECONDS, Offer, Sessions
from sshim.errors import RequestRefused, SshimError
from sshim.model import Actor

ROUTES = (
    Route("GET", "/dashboard/first", first.get_first, "read"),
    Route("GET", "/dashboard/account", account.get_account, "read"),
    Route("GET", "/dashboard/secrets", secrets.list_secrets, "read"),
    Route("GET", "/dashboard/stores", stores.list_stores, "read"),
    Route("GET", "/dashboard/gateways", gateways.list_gateways, "read"),
    Route("GET", "/dashboard/tokens", tokens.list_tokens, "read"),
    Route("POST", "/dashboard/tokens", tokens.create_token, "write"),
    Route("DELETE", "/dashboard/tokens/{token_id}", tokens.revoke_token, "write"),
    Route("GET", "/dashboard/usages", usages.list_usages, "read"),
    Route("GET", "/dashboard/audit", audit.list_audit, "read"),
    Route("GET", "/dashboard/audit/export", audit.export_audit, "read"),
)
"""The page's own operations, in the API's envelope."""

_JSON = frozenset({"application/json"})
_WATCHER = Actor(role="reporter", id="dashboard", interface="dashboard")


class Dashboard:
    """Answers every path of the API's listener that is not the API's own. `key` proves that a code comes
    from somebody who may read this program's files."""

    def __init__(self, api: Api, key: bytes) -> None:
        self.sessions = Sessions(key)
        self._api = api
        self._own = Api(
            api.door, api.settings, authenticator=api.authenticator, routes=ROUTES, clock=api.clock
        )
        self._live = Live(self._look)
        api.authenticator.sessions = self.sessions.identity

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request that the guard let through. Raises only what ends the connection."""
        target = request.raw_path.partition("?")[0]
        self._own.gateway_origin = self._api.gateway_origin
        try:
            if not target.startswith("/dashboard/"):
                return serve_file(request.method, target, request.headers.get("Accept-Encoding", ""))
            if target == "/dashboard/events" and request.method == "GET":
                return await self._events(request)
            special = _SPECIAL.get((request.method, target))
            if special is not None:
                return await special(self, request)
        except SshimError as error:
            return failure(error)
        return await self._own.handle(request)

    def end(self) -> None:
        """Ends the streams of all pages."""
        self._live.end()

    async def _offer(self, request: web.BaseRequest) -> web.Response:
        """A code from `sshim dashboard` on this machine."""
        body = await _body(request, "code", "role", "proof")
        return success(Reply({"proof": self.sessions.accept(Offer(**body))}))

    async def _exchange(self, request: web.BaseRequest) -> web.Response:
        """A code for a bearer, and what its page shows first: an answer less to wait for."""
        body = await _body(request, "code")
        bearer = self.sessions.exchange(body["code"])
        identity = None if bearer is None else self._api.authenticator.session(bearer, request)
        if identity is None:
            refusal = self._api.authenticator.refused(
                RequestRefused(401, 10000, "this link was used already, or is older than a minute")
            )
            if refusal.status != 429:
                await record(self._api.door, request, NOBODY._replace(ip=request.remote), refusal)
            raise refusal
        shown = None
        with contextlib.suppress(SshimError):  # the code is used up: its bearer asks again, and is told why
            shown = (await first.get_first(self._own.call(request, identity))).result
        return success(Reply({"bearer": bearer, "seconds": int(SESSION_SECONDS), "first": shown}))

    async def _end(self, request: web.BaseRequest) -> web.Response:
        """Signs the page out."""
        await self._api.authenticator.identify(request)
        self.sessions.end(_bearer(request))
        return success(Reply(None))

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._api.authenticator.identify(request)

        async def still() -> bool:
            try:
                await self._api.authenticator.identify(request)
            except SshimError:
                return False
            return True

        return await self._live.stream(request, still)

    async def _look(self) -> dict[str, int]:
        generation, records = await self._api.door.run(_WATCHER, lambda control: control.changes())
        return {"generation": generation, "records": records}


_SPECIAL: Mapping[tuple[str, str], Callable[[Dashboard, web.BaseRequest], Awaitable[web.Response]]] = {
    ("POST", "/dashboard/codes"): Dashboard._offer,
    ("POST", "/dashboard/session"): Dashboard._exchange,
    ("DELETE", "/dashboard/session"): Dashboard._end,
}


async def _body(request: web.BaseRequest, *names: str) -> dict[str, str]:
    """An object of just these texts. Raises `RequestRefused` 400."""
    body = checked(
        await read_json(request, limit=4096, content_types=_JSON),
        {name: Field(str, required=True) for name in names},
    )
    if not all(text.isascii() for text in body.values()):
        raise invalid_body()
    return body


def _bearer(request: web.BaseRequest) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2].strip()

"""The API: its table of operations, and one request from its head to its answer.

Order of the checks: where it comes from, the route, the credential, the account, the permission, the
operation. Nothing is read of a body, and nothing asked of the store, before the permission is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from aiohttp import web

from sshim.api import account as accounts
from sshim.api import audit, gateways, provider_configs, quota, secrets, stores
from sshim.api.auth import Authenticator, Identity
from sshim.api.call import AccountSettings, Call
from sshim.api.door import Door
from sshim.api.envelope import answer, failure, not_permitted, success
from sshim.api.query import parse_query
from sshim.api.refusals import NOBODY, record
from sshim.api.routes import BASE, Route, Router
from sshim.errors import RequestRefused, SshimError
from sshim.permissions import allowed

_STORES = "/accounts/{account_id}/secrets_store/stores"
_STORE = _STORES + "/{store_id}"
_SECRETS = _STORE + "/secrets"
_SECRET = _SECRETS + "/{secret_id}"
_GATEWAYS = "/accounts/{account_id}/ai-gateway/gateways"
_GATEWAY = _GATEWAYS + "/{gateway_id}"
_CONFIGS = _GATEWAY + "/provider_configs"
_CONFIG = _CONFIGS + "/{config_id}"

ROUTES = (
    Route("GET", "/accounts/{account_id}/secrets_store/quota", quota.get_quota, "read"),
    Route("GET", _STORES, stores.list_stores, "read"),
    Route("POST", _STORES, stores.create_store, "write"),
    Route("GET", _STORE, stores.get_store, "read"),
    Route("DELETE", _STORE, stores.delete_store, "write"),
    Route("GET", _SECRETS, secrets.list_secrets, "read"),
    Route("POST", _SECRETS, secrets.create_secrets, "write"),
    Route("DELETE", _SECRETS, secrets.delete_secrets, "write"),
    Route("GET", _SECRET, secrets.get_secret, "read"),
    Route("PATCH", _SECRET, secrets.update_secret, "write"),
    Route("DELETE", _SECRET, secrets.delete_secret, "write"),
    Route("POST", _SECRET + "/duplicate", secrets.duplicate_secret, "write"),
    Route("GET", "/accounts/{account_id}/audit_logs", audit.list_audit_logs, "read"),
    Route("GET", "/accounts/{account_id}/logs/audit", audit.list_account_logs, "read"),
    Route("GET", _GATEWAYS, gateways.list_gateways, "read"),
    Route("POST", _GATEWAYS, gateways.create_gateway, "link_gateway"),
    Route("GET", _GATEWAY, gateways.get_gateway, "read"),
    Route("PUT", _GATEWAY, gateways.update_gateway, "link_gateway"),
    Route("DELETE", _GATEWAY, gateways.delete_gateway, "link_gateway"),
    Route("GET", _GATEWAY + "/url/{provider}", gateways.get_gateway_url, "read"),
    Route("GET", _CONFIGS, provider_configs.list_provider_configs, "read"),
    Route("POST", _CONFIGS, provider_configs.create_provider_config, "link_gateway"),
    Route("PUT", _CONFIG, provider_configs.update_provider_config, "link_gateway"),
    Route("DELETE", _CONFIG, provider_configs.delete_provider_config, "link_gateway"),
    Route("GET", "/accounts", accounts.list_accounts, None),
    Route("GET", "/accounts/{account_id}", accounts.get_account, None),
    Route("GET", "/memberships", accounts.list_memberships, None),
    Route("GET", "/user", accounts.get_user, None),
    Route("GET", "/user/tokens/verify", accounts.verify_token, None),
)
"""Every operation; `openapi.yaml` describes exactly these."""

VERIFY = "/user/tokens/verify"


class Api:
    """Answers requests under the base path. `routes` are the published operations unless others are given;
    `clock` gives aware times."""

    def __init__(
        self,
        door: Door,
        settings: AccountSettings,
        *,
        authenticator: Authenticator | None = None,
        routes: Iterable[Route] = ROUTES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.door, self.settings = door, settings
        self.authenticator = authenticator or Authenticator(door)
        self.gateway_origin: str | None = None
        """Where the AI Gateway is served, once that is known."""
        self.clock = clock
        self._router = Router(routes)

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path is the API's to answer."""
        return path == BASE or path.startswith(f"{BASE}/") or path in ("/openapi.json", "/health")

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request, whatever it is. Raises only what ends the connection."""
        try:
            target, _, query = request.raw_path.partition("?")
            if target in ("/openapi.json", "/health"):
                return _document(request.method, target)
            return success(await self._operate(request, target, query))
        except SshimError as error:
            return failure(error)

    async def _operate(self, request: web.BaseRequest, target: str, query: str) -> Any:
        route, parameters = self._router.find(request.method, target)
        identity = await self._identify(request, route)
        account = parameters.get("account_id", self.settings.account_id).lower()
        if account != self.settings.account_id or not _may(identity, route):
            await record(self.door, request, identity.actor, not_permitted())
            raise not_permitted()
        return await route.operation(self.call(request, identity, parameters, query))

    def call(
        self,
        request: web.BaseRequest,
        identity: Identity,
        parameters: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Call:
        """A request on its way through an operation, once it is known who asks."""
        return Call(
            request,
            identity,
            parameters or {},
            parse_query(query),
            self.door,
            self.settings,
            self.clock,
            self.gateway_origin,
        )

    async def _identify(self, request: web.BaseRequest, route: Route) -> Identity:
        try:
            return await self.authenticator.identify(request, verifying=route.path == VERIFY)
        except RequestRefused as refusal:
            # One attempt too many is not worth a record each: the ones before it are there.
            if refusal.status != 429:
                await record(self.door, request, NOBODY._replace(ip=request.remote), refusal)
            raise


def _may(identity: Identity, route: Route) -> bool:
    return route.action is None or allowed(identity.actor.role, route.action)


def _document(method: str, target: str) -> web.Response:
    if method != "GET":
        raise RequestRefused(
            405, 7001, f"Method {method} not available for that URI.", headers=(("Allow", "GET"),)
        )
    return answer(200, {"status": "ok"} if target == "/health" else openapi())


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the API."""
    text = files("sshim.api").joinpath("openapi.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    json.dumps(loaded)
    return loaded

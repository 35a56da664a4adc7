"""The gateway's listener: one request from its head to the end of the provider's answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple, Protocol

from aiohttp import ClientResponse, web
from multidict import CIMultiDict

from sshim.errors import PermissionDenied, SshimError
from sshim.gateway.account import Account, GatewaySettings
from sshim.gateway.credentials import GATEWAY_CREDENTIAL, admit, bare, choose, presented, require_admission
from sshim.gateway.failures import (
    GatewayFailure,
    bad_request,
    rate_limited,
    unauthorized,
    unknown_gateway,
)
from sshim.gateway.network import Network
from sshim.gateway.providers import SIGNING, Provider, credential_headers
from sshim.gateway.rates import Rates
from sshim.gateway.relay import fetch, relay
from sshim.gateway.request import Headers, Outgoing, patience, upstream_headers
from sshim.gateway.steps import Step, compatible_step, universal_steps
from sshim.gateway.target import Target, parse_target

_CURE = "sshim token create --role deployer"
"""Makes the token with the least rights that the gateway asks for."""
MAX_BODY = 64 * 1024 * 1024
MAX_STEPS_BODY = 8 * 1024 * 1024


class Log(Protocol):
    """Where failures are said; texts hold no value, header or query."""

    def error(self, text: str, *, hint: str | None = None) -> None: ...


class Call(NamedTuple):
    """A request that was let in. `headers` are its own without tokens of ours, `extra` what goes into the
    answer's beside the provider's."""

    request: web.BaseRequest
    target: Target
    headers: Headers
    gateway: GatewaySettings
    extra: Headers


class Gateway:
    """Answers requests. `may_fail` is asked at each bad gateway token whether it was within the limit."""

    def __init__(
        self,
        account: Account,
        providers: dict[str, Provider],
        network: Network,
        log: Log,
        *,
        may_fail: Callable[[], bool] = lambda: True,
    ) -> None:
        self._account, self._providers, self._network, self._log = account, providers, network, log
        self._may_fail = may_fail
        self._rates = Rates()
        self._credentials = credential_headers(providers)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request. Raises only what ends the connection."""
        log_id = os.urandom(16).hex()
        try:
            return await self._answer(request, log_id)
        except GatewayFailure as failure:
            response = failure.response()
        except PermissionDenied as error:
            response = bad_request(error.message, 403).response()
        except SshimError as error:
            self._log.error(error.message, hint=error.hint)
            response = GatewayFailure(503, 2002, "the store of the keys cannot be used").response()
        response.headers["cf-aig-log-id"] = log_id
        if not request.content.is_eof():
            response.force_close()  # what is left of the body is nobody's to read
        return response

    async def close(self) -> None:
        """Closes the connections to providers."""
        await self._network.close()

    async def _answer(self, request: web.BaseRequest, log_id: str) -> web.StreamResponse:
        target = parse_target(request.raw_path)
        if request.headers.get("Upgrade"):
            raise bad_request("the gateway takes no WebSockets here", 501)
        headers: Headers = CIMultiDict(request.headers)
        gateway = await self._admitted(target, headers)
        extra: Headers = CIMultiDict()
        extra["cf-aig-log-id"] = log_id
        extra["cf-aig-event-id"] = _echoed(headers.get("cf-aig-event-id", "")) or os.urandom(16).hex()
        extra["cf-aig-cache-status"] = "MISS"  # nothing is kept, and the header says so
        call = Call(request, target, headers, gateway, extra)
        if not target.provider:
            return await self._universal(call)
        if target.provider == "compat":
            return await self._compatible(call)
        return await self._native(call)

    async def _admitted(self, target: Target, headers: Headers) -> GatewaySettings:
        token = presented(headers, self._credentials)  # before those of ours are taken out
        try:
            return await self._admit(target, headers)
        except GatewayFailure as failure:
            # one attempt too many is not worth a record each: the ones before it are there
            if failure.status == 401:
                gateway, provider = _echoed(target.gateway), _echoed(target.provider)
                why = await self._account.refused(gateway, provider, failure.status, failure.code, token)
                expected = self._account.account_id
                if expected is not None and target.account.lower() != expected:
                    self._log.error(f"gateway {gateway}: the path names another account than {expected}")
                else:
                    self._log.error(f"gateway {gateway}: {why}", hint=_CURE)
            raise

    async def _admit(self, target: Target, headers: Headers) -> GatewaySettings:
        expected = self._account.account_id
        if expected is not None and target.account.lower() != expected:
            raise unauthorized()
        # two questions to the store at one time: each waits for its turn
        token, gateway = await asyncio.gather(
            admit(headers, self._account, self._credentials),
            self._account.gateway(target.gateway, make_default=False),
        )
        if not token and bare(headers.get(GATEWAY_CREDENTIAL, "")) and not self._may_fail():
            raise rate_limited()
        if gateway is None and token:
            gateway = await self._account.gateway(target.gateway, make_default=True)
        if gateway is None:
            raise unknown_gateway() if token else unauthorized()
        require_admission(gateway, token)
        if not self._rates.allows(gateway):
            raise rate_limited()
        return gateway

    async def _native(self, call: Call) -> web.StreamResponse:
        body: bytes | AsyncIterator[bytes] | None = None
        tries = patience(call.headers, call.gateway)
        if call.request.body_exists:
            _check_length(call.request, MAX_BODY)
            # a body that may have to be sent again has to be kept
            body = await _whole(call.request, MAX_BODY) if tries.attempts > 1 else _chunks(call.request)
        target = call.target
        step = Step(target.provider, target.rest, target.query, call.headers, body)
        return await relay(call.request, *await self._exchange(call, step), call.extra)

    async def _compatible(self, call: Call) -> web.StreamResponse:
        if call.request.method != "POST" or call.target.rest.removeprefix("v1/") != "chat/completions":
            raise bad_request("the compatible endpoint is POST …/compat/chat/completions", 404)
        body = await _whole(call.request, MAX_STEPS_BODY)
        step = compatible_step(body, call.headers, self._providers)
        call.extra["cf-aig-model"] = _echoed(step.model)
        return await relay(call.request, *await self._exchange(call, step), call.extra)

    async def _universal(self, call: Call) -> web.StreamResponse:
        if call.request.method != "POST":
            raise bad_request("the universal endpoint takes POST", 405)
        steps = universal_steps(await _whole(call.request, MAX_STEPS_BODY), call.headers)
        for number, step in enumerate(steps):
            last = number == len(steps) - 1
            try:
                await admit(step.headers, self._account, self._credentials)  # a step may name the token again
                found, outgoing = await self._exchange(call, step)
            except GatewayFailure:
                if last:
                    raise
                continue
            if found.status >= 400 and not last:
                found.close()
                continue
            call.extra["cf-aig-step"] = str(number)
            if step.model:
                call.extra["cf-aig-model"] = _echoed(step.model)
            return await relay(call.request, found, outgoing, call.extra)
        raise AssertionError("not reached")

    async def _exchange(self, call: Call, step: Step) -> tuple[ClientResponse, Outgoing]:
        """The provider's answer, its body not yet read, and what was sent for it. Raises `GatewayFailure`."""
        tries = patience(step.headers, call.gateway)
        outgoing = await self._outgoing(call, step)

        def report(text: str) -> None:
            self._log.error(f"gateway, {_echoed(step.provider)}: {text}")

        return await fetch(self._network, outgoing, tries, report), outgoing

    async def _outgoing(self, call: Call, step: Step) -> Outgoing:
        provider = self._providers.get(step.provider)
        if provider is None:
            why = "no local gateway signs requests for it" if step.provider in SIGNING else "nobody knows it"
            raise bad_request(f"no provider is named {_echoed(step.provider)!r} here: {why}", 404)
        try:
            url = provider.url(step.rest)
        except ValueError as error:
            raise bad_request(str(error)) from None
        if step.query:
            url = f"{url}?{step.query}"
        secret = await choose(step.headers, step.query, provider, call.gateway, self._account)
        sent = upstream_headers(step.headers, provider.compatible() if step.compatible else provider, secret)
        if not isinstance(step.body, AsyncIterator):
            sent.popall("Content-Length", None)
        return Outgoing(call.request.method, url, sent, step.body, secret)


def _check_length(request: web.BaseRequest, most: int) -> None:
    if (request.content_length or 0) > most:
        raise bad_request(f"the body has more than {most:,} bytes", 413)


async def _whole(request: web.BaseRequest, most: int) -> bytes:
    _check_length(request, most)
    return b"".join([chunk async for chunk in _chunks(request, most)])


async def _chunks(request: web.BaseRequest, most: int = MAX_BODY) -> AsyncIterator[bytes]:
    seen = 0
    if request.headers.get("Expect", "").strip().lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")  # it waits before it sends its body
    async for chunk in request.content.iter_any():
        seen += len(chunk)
        if seen > most:
            raise bad_request(f"the body has more than {most:,} bytes", 413)
        yield chunk


def _echoed(text: str) -> str:
    """A text of the request as a header or a message may repeat it."""
    return "".join(c if " " < c <= "~" else "?" for c in text[:128])

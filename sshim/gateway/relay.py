"""One exchange with a provider: tries as often as asked, and passes the answer on chunk by chunk."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable

import aiohttp
from aiohttp import web

from sshim.gateway.failures import GatewayFailure, no_response
from sshim.gateway.mask import Mask, Plain
from sshim.gateway.network import Network
from sshim.gateway.request import Headers, Outgoing, Patience, answer_headers

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Answers that another try may turn into a good one."""

Report = Callable[[str], None]


async def fetch(
    network: Network, outgoing: Outgoing, patience: Patience, report: Report
) -> aiohttp.ClientResponse:
    """The provider's answer, its body not yet read; the last one when all tries fail. Raises `GatewayFailure`
    when the last try brought none."""
    failure: GatewayFailure | None = None
    for attempt in range(1, patience.attempts + 1):
        if attempt > 1:
            await asyncio.sleep(patience.pause(attempt - 1))
        try:
            answer = await network.send(
                outgoing.method, outgoing.url, outgoing.headers, outgoing.body, seconds=patience.timeout
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            own = _own_cause(error)
            if own is not None:
                raise own from None
            failure = no_response(_why(error))
            report(failure.message)
            continue
        if answer.status not in RETRIED or attempt == patience.attempts:
            return answer
        answer.close()
    assert failure is not None
    raise failure


def _own_cause(error: BaseException | None) -> GatewayFailure | None:
    """What ended the request's body, where that is why the exchange failed."""
    while error is not None and not isinstance(error, GatewayFailure):
        error = error.__cause__ or error.__context__
    return error


def _why(error: Exception) -> str:
    """The cause in words of ours: those of the library may quote headers or the URL."""
    if isinstance(error, TimeoutError):
        return "it took too long to answer"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate is not good"
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientConnectorDNSError):
        return "it cannot be connected to"
    if isinstance(error, ValueError):
        return "the request cannot be sent"
    return "the connection was lost"


async def relay(
    request: web.BaseRequest, answer: aiohttp.ClientResponse, outgoing: Outgoing, extra: Headers
) -> web.StreamResponse:
    """Pass an answer on as it comes. Whatever ends this, the provider's connection is not left reading."""
    try:
        return await _relay(request, answer, outgoing, extra)
    finally:
        answer.close()


async def _relay(
    request: web.BaseRequest, answer: aiohttp.ClientResponse, outgoing: Outgoing, extra: Headers
) -> web.StreamResponse:
    headers = answer_headers(answer.headers.copy())
    mask, plain = Mask(outgoing.secret), Plain("")
    if outgoing.secret is not None:
        plain = Plain(headers.get("Content-Encoding", ""))
        if not plain.known and answer.status >= 400:
            raise no_response(f"it answered {answer.status} in an encoding that was not asked for")
        if plain.changes:
            headers.popall("Content-Encoding", None)
        # the length is that of an answer in which the key may yet have to be masked
        headers.popall("Content-Length", None)
        for name, value in list(headers.items()):
            if mask.text(value) != value:
                headers[name] = mask.text(value)
    headers.update(extra)
    reason = mask.text(answer.reason or "")
    response = web.StreamResponse(status=answer.status, reason=reason, headers=headers)
    await response.prepare(request)
    if request.method == "HEAD" or answer.status in (204, 304):
        return response
    try:
        async for chunk in answer.content.iter_any():
            if shown := mask.feed(plain.feed(chunk)):
                await response.write(shown)
        if held := mask.end():
            await response.write(held)
    except (aiohttp.ClientError, OSError, zlib.error):
        # The answer had begun: cut it off, so that the client does not take it for whole.
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the provider's answer broke off") from None
    await response.write_eof()
    return response

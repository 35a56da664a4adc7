"""What the gateway itself answers when it does not pass an answer on: its own shape, not the API's envelope.

Codes, messages and statuses are those seen on the live service; a client tells them from a provider's errors
by `name`.
"""

from __future__ import annotations

import json

from aiohttp import web

from sshim.errors import RequestRefused, SshimError


class GatewayFailure(Exception):
    """Ends a request with an error of the gateway: `status` of HTTP, `code` and `message` as production."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> web.Response:
        """The answer in the gateway's shape."""
        body = {
            "success": False,
            "result": [],
            "messages": [],
            "error": [{"code": self.code, "message": self.message}],
            "name": "AiGatewayError",
            "httpCode": self.status,
            "internalCode": self.code,
            "message": self.message,
        }
        headers = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
        return web.Response(status=self.status, body=json.dumps(body).encode(), headers=headers)


def unknown_gateway() -> GatewayFailure:
    """No gateway of that id, and it is not `default`."""
    return GatewayFailure(400, 2001, "Please configure AI Gateway in the Cloudflare dashboard")


def rate_limited() -> GatewayFailure:
    """More requests than the gateway's settings let in, or too many bad credentials in a minute."""
    return GatewayFailure(429, 2003, "Rate limited")


def no_response(why: str) -> GatewayFailure:
    """No provider answered; `why` is ours to word and quotes nothing of the request."""
    return GatewayFailure(400, 2005, f"Failed to get response from provider: {why}")


def unauthorized() -> GatewayFailure:
    """`cf-aig-authorization` is missing or not good on a gateway that asks for it."""
    return GatewayFailure(401, 2009, "Unauthorized")


def bad_format(what: str) -> GatewayFailure:
    """A body of another shape than the endpoint takes."""
    return GatewayFailure(400, 2019, what)


def unknown_alias(provider: str, alias: str, configured: list[str]) -> GatewayFailure:
    """The alias that was asked for by name has no key; there is no fall-back to `default`."""
    said = ", ".join(f"'{each}'" for each in configured)
    message = f"Provider '{provider}' has no BYOK credential named '{alias}'. Configured aliases: {said}"
    return GatewayFailure(400, 2040, message)


def key_unavailable() -> GatewayFailure:
    """A provider key is configured, but its secret is gone or not for the gateway."""
    return GatewayFailure(400, 2041, "Configured BYOK credentials are unavailable")


def bad_request(what: str, status: int = 400) -> GatewayFailure:
    """A target, header or body that is not passed on to anybody."""
    return GatewayFailure(status, 2002, what)


def refusal(error: SshimError) -> web.Response:
    """A request that was not let in, in the gateway's shape."""
    status = error.status if isinstance(error, RequestRefused) else 500
    response = bad_request(error.message, status).response()
    if isinstance(error, RequestRefused) and ("Connection", "close") in error.headers:
        response.force_close()
    return response

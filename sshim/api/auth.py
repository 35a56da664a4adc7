"""Who asks: a bearer token, or an e-mail address with a global key, told from the request's headers.

Unknown, expired and revoked credentials get one and the same answer. Requests without any credential are
refused too, but only presented credentials count towards the limit of failures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from sshim.api.attempts import Attempts
from sshim.api.door import Door
from sshim.api.refusals import NOBODY
from sshim.errors import RequestRefused
from sshim.model import Actor

if TYPE_CHECKING:
    from sshim.control import ControlPlane

Kind = Literal["api_token", "api_key", "dash"]
FAILURES_PER_MINUTE = 20

_TOKEN = re.compile(r"[A-Za-z0-9_-]{30,256}")
_KEY = re.compile(r"[0-9a-f]{32,45}")
"""Forms that a token and a global key can have at all; production's and ours have 40 and 37 characters."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A credential that was found good."""

    actor: Actor
    kind: Kind


class Authenticator:
    """Tells who asks on one listener. `sessions` looks up bearers that are no stored tokens, such as those
    of a dashboard in a browser."""

    def __init__(self, door: Door, *, failures: Attempts | None = None) -> None:
        self._door = door
        self._failures = failures or Attempts(FAILURES_PER_MINUTE)
        self.sessions: Callable[[str], Identity | None] = _no_session

    async def identify(self, request: web.BaseRequest, *, verifying: bool = False) -> Identity:
        """The identity behind the request's credential. Raises `RequestRefused`: 400 for a missing or
        malformed credential, 401 or 403 for an unknown one, 429 after too many failures. `verifying`: the
        token itself is the question, which has an answer of its own."""
        headers = request.headers
        if "Authorization" in headers:
            given = headers.getall("Authorization")
            scheme, _, token = given[0].strip().partition(" ")
            token = token.strip()
            if len(given) > 1 or scheme.lower() != "bearer" or not _TOKEN.fullmatch(token):
                raise self.refused(_malformed((6111, "Invalid format for Authorization header")))
            return await self._by_token(token, request, verifying=verifying)
        email, key = headers.get("X-Auth-Email"), headers.get("X-Auth-Key")
        if email is None or key is None:
            raise RequestRefused(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        wrong = []
        if not _EMAIL.fullmatch(email):
            wrong.append((6102, "Invalid format for X-Auth-Email header"))
        if not _KEY.fullmatch(key):
            wrong.append((6103, "Invalid format for X-Auth-Key header"))
        if wrong:
            raise self.refused(_malformed(*wrong))
        return await self._by_key(email, key, request)

    def session(self, bearer: str, request: web.BaseRequest) -> Identity | None:
        """The identity behind a bearer that is no stored token, None where it is not known."""
        session = self.sessions(bearer)
        return session and replace(session, actor=session.actor._replace(ip=request.remote))

    async def _by_token(self, token: str, request: web.BaseRequest, *, verifying: bool) -> Identity:
        return self.session(token, request) or await self._look_up(
            "api_token", request, lambda control: control.authenticate(token), _bad_token(verifying)
        )

    async def _by_key(self, email: str, key: str, request: web.BaseRequest) -> Identity:
        unknown = RequestRefused(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
        return await self._look_up(
            "api_key", request, lambda control: control.authenticate_key(email, key), unknown
        )

    async def _look_up(
        self,
        kind: Kind,
        request: web.BaseRequest,
        look_up: Callable[[ControlPlane], Actor | None],
        refusal: RequestRefused,
    ) -> Identity:
        found = await self._door.run(NOBODY, look_up)
        if found is None:
            raise self.refused(refusal)
        return Identity(found._replace(ip=request.remote), kind)

    def refused(self, refusal: RequestRefused) -> RequestRefused:
        """One more failure: the refusal itself, or another one when there have been too many. A good
        credential is never held up by the bad ones of others."""
        if self._failures.add():
            return refusal
        return RequestRefused(
            429,
            971,
            "Please wait and consider throttling your request speed",
            headers=(("Retry-After", str(self._failures.wait())),),
        )


def _no_session(token: str) -> Identity | None:
    return None


def _bad_token(verifying: bool) -> RequestRefused:
    if verifying:
        return RequestRefused(401, 1000, "Invalid API Token")
    return RequestRefused(401, 10000, "Authentication error")


def _malformed(*causes: tuple[int, str]) -> RequestRefused:
    return RequestRefused(400, 6003, "Invalid request headers", chain=causes)

"""Who has the dashboard open: one-time codes, and the bearers they are exchanged for.

`sshim dashboard` makes a code and offers it to the running program, proving that it knows the program's key;
the browser carries the code in the fragment of an address and exchanges it. All of it is in memory: what ends
the program ends every session.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from sshim.api.auth import Identity
from sshim.errors import RequestRefused
from sshim.model import Actor
from sshim.permissions import ROLES

CODE_SECONDS = 60.0
SESSION_SECONDS = 12 * 3600.0
MAX_CODES = 16
MAX_SESSIONS = 64

_CODE = re.compile(r"[A-Za-z0-9_-]{22,64}")


class Offer(NamedTuple):
    """A code that a process on this machine made for its browser, the role its bearer shall have, and the
    proof that both come from somebody who knows the key."""

    code: str
    role: str
    proof: str


def new_code() -> str:
    """128 random bits."""
    return token_urlsafe(16)


def proof(key: bytes, asks: bool, code: str, role: str) -> str:
    """What shows that its maker knows the key: one for the side that asks, another for the one that
    answers, so that neither can be given back as the other."""
    said = f"{'offer' if asks else 'taken'}\0{code}\0{role}"
    return hmac.new(key, said.encode(), sha256).hexdigest()


class _Code(NamedTuple):
    role: str
    until: float
    bearer: bytes | None = None


class _Session(NamedTuple):
    identity: Identity
    until: float


class Sessions:
    """Codes and bearers of one program. `key` is known to whoever may read the program's files; `clock`
    gives seconds that only go up."""

    def __init__(self, key: bytes, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._key, self._clock = key, clock
        self._codes: dict[bytes, _Code] = {}
        self._sessions: dict[bytes, _Session] = {}

    def accept(self, offer: Offer) -> str:
        """Remembers an offered code for a minute; returns our own proof. Raises `RequestRefused` 403 when
        the offer is not from somebody who knows the key, 429 when too many codes wait."""
        expected = proof(self._key, True, offer.code, offer.role)
        known = _CODE.fullmatch(offer.code) and offer.role in ROLES
        if not known or not hmac.compare_digest(expected, offer.proof):
            raise RequestRefused(403, 403, "this code is not from sshim dashboard")
        self._forget_old()
        if len(self._codes) >= MAX_CODES:
            raise RequestRefused(429, 971, "too many codes wait to be used")
        self._codes.setdefault(_digest(offer.code), _Code(offer.role, self._clock() + CODE_SECONDS))
        return proof(self._key, False, offer.code, offer.role)

    def exchange(self, code: str) -> str | None:
        """The bearer for a code, None for one that is unknown, old or used. A code that comes twice was seen
        by somebody it was not meant for: what the first one got for it ends too."""
        self._forget_old()
        digest = _digest(code)
        found = self._codes.get(digest)
        if found is None:
            return None
        if found.bearer is not None:
            self._sessions.pop(found.bearer, None)
            return None
        if len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        bearer = f"dash_{token_urlsafe(32)}"
        self._codes[digest] = found._replace(bearer=_digest(bearer))
        identity = Identity(Actor(found.role, "local", "dashboard"), "dash")
        self._sessions[_digest(bearer)] = _Session(identity, self._clock() + SESSION_SECONDS)
        return bearer

    def identity(self, bearer: str) -> Identity | None:
        """Who holds this bearer, None when nobody does any more."""
        found = self._sessions.get(_digest(bearer))
        return found.identity if found is not None and self._clock() < found.until else None

    def end(self, bearer: str) -> None:
        """Ends a session; nothing happens when there is none."""
        self._sessions.pop(_digest(bearer), None)

    def _forget_old(self) -> None:
        now = self._clock()
        self._codes = {key: code for key, code in self._codes.items() if now < code.until}
        self._sessions = {key: each for key, each in self._sessions.items() if now < each.until}


def _digest(text: str) -> bytes:
    """What a code or bearer is looked up by: a comparison of these tells nothing about the text."""
    return sha256(text.encode()).digest()

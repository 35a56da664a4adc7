"""Credentials for the REST API: kept as keyed digests, shown once, never more powerful than their maker."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from os import urandom

from sshim.control.desk import UNWRITABLE, Desk, new_id
from sshim.errors import PermissionDenied, TokenNotFound, UsageError
from sshim.model import Actor, ApiToken, SecretValue
from sshim.permissions import ROLE_TITLES, ROLES, TOKEN_PERMISSIONS, actions_of
from sshim.store.crypto import same, sha256
from sshim.store.draft import Draft
from sshim.store.keys import term_keys
from sshim.store.rows import is_spent, token_of, token_row
from sshim.store.schema import TOKENS, Row

# Patterns are compiled when first used.
_BEARER = r"sshim_[A-Za-z0-9_-]{34}"
_GLOBAL_KEY = r"[0-9a-f]{37}"
_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,190}"
USED_EVERY = timedelta(minutes=1)


def new_token() -> str:
    """A bearer token in the 40 characters that strict clients expect: prefix, 168 random bits, check."""
    body = _base64(urandom(21))
    return f"sshim_{body}{_check(body)}"


def new_global_key() -> str:
    """A key for X-Auth-Key in the 37 hex digits that strict clients expect: 128 random bits, check."""
    body = urandom(16).hex()
    return body + _key_check(body)


def is_token(text: str) -> bool:
    """Whether the text has the form of a bearer token, its check included; not whether it is one."""
    return re.fullmatch(_BEARER, text) is not None and text[34:] == _check(text[6:34])


def is_global_key(text: str) -> bool:
    """Whether the text has the form of a key for X-Auth-Key."""
    return re.fullmatch(_GLOBAL_KEY, text) is not None and text[32:] == _key_check(text[:32])


class Tokens(Desk):
    """Create, list, revoke, authenticate."""

    __slots__ = ()

    def create_token(
        self, *, role: str, name: str = "", expires: datetime | None = None
    ) -> tuple[ApiToken, SecretValue]:
        """A bearer token with a role or token permission; the second part is the token itself, shown this
        once. Raises `UsageError`, and `PermissionDenied` when the role allows more than the actor's own."""
        return self._create_token(ApiToken(new_id(), "bearer", name, role, None, self.clock(), expires, None))

    def create_global_key(
        self,
        email: str,
        *,
        role: str = "super-administrator",
        name: str = "",
        expires: datetime | None = None,
    ) -> tuple[ApiToken, SecretValue]:
        """A key for X-Auth-Key beside this X-Auth-Email. Raises as `create_token` does."""
        if not re.fullmatch(_EMAIL, email):
            raise UsageError("that is not an e-mail address", hint="--email you@example.com")
        now = self.clock()
        return self._create_token(ApiToken(new_id(), "global_key", name, role, email, now, expires, None))

    def _create_token(self, token: ApiToken) -> tuple[ApiToken, SecretValue]:
        if token.role not in ROLES and token.role not in TOKEN_PERMISSIONS:
            known = ", ".join([*ROLES, *TOKEN_PERMISSIONS])
            raise UsageError(f"there is no role {token.role!r}", hint=f"use one of {known}")
        if token.expires is not None and token.expires <= token.created:
            raise UsageError("the token would be expired from the start", hint="give a later time")
        with self._writing("create", "token", token.id, name=token.name, role=token.role) as draft:
            self._no_more_than_own(token.role)
            text = new_token() if token.kind == "bearer" else new_global_key()
            digest = draft.keys.token_digest(draft.keys.token, text)
            draft.put(TOKENS, token_row(token, draft.keys.term, digest))
            self._note(draft, "create", "token", token.id, name=token.name, role=token.role)
        return token, SecretValue(text)

    def list_tokens(self) -> list[ApiToken]:
        """All tokens, the oldest first, without what they are."""
        with self._reading("token"):
            return sorted(
                (token_of(row) for row in self._rows(TOKENS).values()), key=lambda t: (t.created, t.id)
            )

    def revoke_token(self, token_id: str) -> str:
        """Ends a token at once; its id. The token itself may stand for that, and is neither recorded nor
        repeated. Raises `TokenNotFound`, and `PermissionDenied` for one that may do more than the actor."""
        kind = "bearer" if is_token(token_id) else "global_key" if is_global_key(token_id) else None
        if kind is not None:
            row = self._row_of(kind, token_id)
            token_id = str(row[0]) if row is not None else "given here"
        with self._writing("delete", "token", token_id) as draft:
            row = draft.tables[TOKENS.name].get(token_id)
            if row is None:
                raise TokenNotFound(token_id)
            self._no_more_than_own(row[3])
            draft.delete(TOKENS, token_id)
            self._note(draft, "delete", "token", token_id, name=row[2])
            return token_id

    def authenticate(self, token: str) -> Actor | None:
        """Who holds this bearer token, None when nobody does (unknown, revoked, expired: not told apart)."""
        return self._authenticate("bearer", token, None) if is_token(token) else None

    def authenticate_key(self, email: str, key: str) -> Actor | None:
        """Who holds this e-mail address and global key, None when nobody does."""
        return self._authenticate("global_key", key, email) if is_global_key(key) else None

    def _authenticate(self, kind: str, text: str, email: str | None) -> Actor | None:
        row = self._row_of(kind, text)
        if row is None:
            return None
        token, now = token_of(row), self.clock()
        if email is not None and (token.email or "").casefold() != email.casefold():
            return None
        if is_spent(row):
            return None
        # a clock that was set back gives no token its time again: what was seen of it counts
        first, at = self._sighted.setdefault(token.id, (now, self.monotonic()))
        latest = max(now, first + timedelta(seconds=self.monotonic() - at), token.last_used or now)
        if token.expires is not None and latest >= token.expires:
            self._write_token(row, token, spent=True)
            return None
        if token.last_used is None or latest - token.last_used >= USED_EVERY:
            self._write_token(row, token._replace(last_used=latest), spent=False)
        return Actor(token.role, token.id, "api", token.email)

    def _row_of(self, kind: str, text: str) -> Row | None:
        state = self.store.state()
        if state is None or not state.tables[TOKENS.name]:
            return None
        keys = self.store.opened().keys
        found: Row | None = None
        for term, pair in term_keys(state.header, keys).items():
            digest = keys.token_digest(pair.token, text)
            for row in state.tables[TOKENS.name].values():
                if row[1] == kind and row[5] == term and same(row[6], digest):
                    found = row
        return found

    def _write_token(self, row: Row, token: ApiToken, *, spent: bool) -> None:
        # whether it may be used does not hang on whether this can be written
        with contextlib.suppress(*UNWRITABLE), self.store.change() as draft:
            self._replace_token(draft, row, token_row(token, row[5], row[6], spent=spent))

    @staticmethod
    def _replace_token(draft: Draft, old: Row, new: Row) -> None:
        if draft.tables[TOKENS.name].get(old[0]) == old:
            draft.put(TOKENS, new)

    def _no_more_than_own(self, role: str) -> None:
        if not actions_of(role) <= actions_of(self.actor.role):
            title = ROLE_TITLES.get(self.actor.role, self.actor.role)
            raise PermissionDenied(title, f"handle a token of the role {ROLE_TITLES.get(role, role)}")


def _check(body: str) -> str:
    return _base64(sha256(b"sshim/token" + body.encode()))[:6]


def _base64(data: bytes) -> str:
    from base64 import urlsafe_b64encode  # few commands have to do with tokens

    return urlsafe_b64encode(data).decode()


def _key_check(body: str) -> str:
    return sha256(b"sshim/global-key" + body.encode()).hex()[:5]

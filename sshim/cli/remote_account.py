"""The account at the configured API, asked for names and scopes only. Nothing there is changed.

What is asked: CLOUDFLARE_API_BASE_URL (the official API by default) with the token of CLOUDFLARE_API_TOKEN,
for the account of CLOUDFLARE_ACCOUNT_ID, of the configuration, or the only one that the token sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from sshim.errors import AccessError, SshimError, UsageError
from sshim.model import Secret

OFFICIAL = "https://api.cloudflare.com/client/v4"
_SECONDS = 30.0
_PAGE = 100
_MOST_PAGES = 100
_MOST_BYTES = 8 << 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """Where to ask. Never prints its token."""

    base: str
    account_id: str
    _token: str

    def __repr__(self) -> str:
        return f"RemoteAccount({self.base!r}, {self.account_id!r})"

    def listing(self) -> dict[str, list[Secret]]:
        """The secrets of each store, by the store's id. Raises `AccessError` for a token that is refused,
        `SshimError` when the API cannot be reached or answers something else."""
        stores = self._all(f"/accounts/{self.account_id}/secrets_store/stores")
        return {
            store: [
                _secret(each, store)
                for each in self._all(
                    f"/accounts/{self.account_id}/secrets_store/stores/{quote(store)}/secrets"
                )
                if each.get("status") != "deleted"
            ]
            for store in (str(each.get("id")) for each in stores)
        }

    def _all(self, path: str) -> list[dict[str, Any]]:
        return list(_pages(self.base, self._token, path))


def remote_account(environ: Mapping[str, str], configured: str | None) -> RemoteAccount:
    """The account that the environ names; `configured` is the `account_id` of the configuration. Raises
    `UsageError` for what is not set or of no use, and as `RemoteAccount.listing` does."""
    token = environ.get("CLOUDFLARE_API_TOKEN", "").strip()
    if not token:
        raise UsageError("CLOUDFLARE_API_TOKEN is not set", hint="export CLOUDFLARE_API_TOKEN=…")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("CLOUDFLARE_API_TOKEN holds no token", hint="export CLOUDFLARE_API_TOKEN=…")
    base = (environ.get("CLOUDFLARE_API_BASE_URL") or OFFICIAL).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("CLOUDFLARE_API_BASE_URL is not an http address", hint=f"for instance {OFFICIAL}")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            "CLOUDFLARE_API_BASE_URL would carry the token over the network unencrypted",
            hint="an https address, or one on this machine",
        )
    account = environ.get("CLOUDFLARE_ACCOUNT_ID") or configured or _only_account(base, token)
    if not account.isalnum():
        raise UsageError("the account's id is not 32 hex digits", hint="export CLOUDFLARE_ACCOUNT_ID=…")
    return RemoteAccount(base, account, token)


def _only_account(base: str, token: str) -> str:
    hint = "export CLOUDFLARE_ACCOUNT_ID=…, or account_id in the configuration"
    found = [str(each.get("id")) for each in _pages(base, token, "/accounts")]
    if len(found) != 1:
        raise UsageError(f"no account is named, and the token sees {len(found)}", hint=hint)
    return found[0]


def _secret(found: dict[str, Any], store_id: str) -> Secret:
    scopes = found.get("scopes")
    return Secret(
        str(found.get("id")), store_id, str(found.get("name")), str(found.get("comment") or ""),
        tuple(sorted(str(each) for each in scopes)) if isinstance(scopes, list) else (),
        "active", _LONG_AGO, _LONG_AGO,
    )  # fmt: skip


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _pages(base: str, token: str, path: str) -> Iterator[dict[str, Any]]:
    """The items of a list, from all of its pages."""
    for page in range(1, _MOST_PAGES + 1):
        answer = _get(f"{base}{path}?page={page}&per_page={_PAGE}", token)
        items = answer.get("result")
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise _no_api(base)
        yield from items
        info = answer.get("result_info")
        pages = info.get("total_pages") if isinstance(info, dict) else None
        if not items or (isinstance(pages, int) and page >= pages):
            return


def _get(url: str, token: str) -> dict[str, Any]:
    """The envelope of one answer. Redirects are not followed: they would carry the token elsewhere."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **kwargs: Any) -> None:
            return None

    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    local = [ProxyHandler({})] if parts.hostname in _LOOPBACK else []
    request = Request(url, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})  # noqa: S310 - its scheme was looked at
    try:
        with build_opener(Stay, *local).open(request, timeout=_SECONDS) as answer:
            found = _json(answer.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            _refuse(host, error.code, _json(error.read(_MOST_BYTES)))
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        why = getattr(reason, "strerror", None) or type(reason).__name__
        raise SshimError(f"{host} cannot be asked: {why}", hint="look at the network") from None
    if found is None or found.get("success") is not True:
        raise _no_api(host)
    return found


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse(host: str, status: int, envelope: dict[str, Any] | None) -> NoReturn:
    """The API's own words for what it refuses."""
    errors = envelope.get("errors") if envelope else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        raise _no_api(host, status)
    said = f"{str(errors[0].get('message'))[:200]} [code: {errors[0].get('code')}]"
    if status in _REFUSED:
        raise AccessError(
            f"{host} refuses the token: {said}",
            hint="a token with the permission Account Secrets Store Read, in CLOUDFLARE_API_TOKEN",
        )
    raise SshimError(f"{host} answers {status}: {said}", hint="look at CLOUDFLARE_ACCOUNT_ID, or try later")


def _no_api(host: str, status: int | None = None) -> SshimError:
    told = f" (status {status})" if status else ""
    return SshimError(
        f"what answers at {host} is not the API{told}", hint=f"CLOUDFLARE_API_BASE_URL, such as {OFFICIAL}"
    )

"""Request bodies as JSON, read by strict rules: UTF-8, no duplicate keys, no NaN, integers of 64 bits,
32 levels deep, a limit in bytes and in time. Whatever breaks one is refused before anything is done.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from sshim.api.envelope import invalid_body
from sshim.errors import RequestRefused

MAX_BODY = 8 * 1024 * 1024
"""Bytes: 100 secrets of 64 KiB fit, with their JSON escapes."""

MAX_DEPTH = 32
BODY_SECONDS = 30.0
CONTENT_TYPES = frozenset({"application/json", "text/plain"})
"""wrangler sends its JSON as text/plain; the credential header keeps simple cross-site requests out."""

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_IN_THREAD = 256 * 1024
"""Bytes from which parsing leaves the event loop to other requests."""


async def read_json(
    request: web.BaseRequest,
    *,
    limit: int = MAX_BODY,
    seconds: float = BODY_SECONDS,
    content_types: frozenset[str] = CONTENT_TYPES,
) -> Any:
    """The body as parsed JSON. Raises `RequestRefused`: 400 for what is no such JSON, 408, 413, 415."""
    raw = await read_body(request, limit=limit, seconds=seconds)
    if not raw:
        raise invalid_body()
    if request.content_type not in content_types or "Content-Type" not in request.headers:
        raise RequestRefused(415, 1001, "invalid_json_body")
    if len(raw) > _IN_THREAD:
        return await asyncio.to_thread(parse_json, raw)
    return parse_json(raw)


async def read_body(request: web.BaseRequest, *, limit: int = MAX_BODY, seconds: float) -> bytes:
    """All bytes of the body, at most `limit`. Raises `RequestRefused` 400, 408, 413, 415 or 417."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise RequestRefused(415, 1001, "invalid_json_body", headers=_CLOSE)
    if (request.content_length or 0) > limit:
        raise _too_large()
    await _answer_expectation(request)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise _too_large()
    except TimeoutError:
        raise RequestRefused(408, 408, "the body did not arrive in time", headers=_CLOSE) from None
    except (RequestPayloadError, web.PayloadAccessError):
        raise RequestRefused(400, 1001, "invalid_json_body", headers=_CLOSE) from None
    return bytes(body)


def parse_json(raw: bytes) -> Any:
    """One JSON document by the rules above. Raises `RequestRefused` 400; the text is never quoted."""
    try:
        _check_depth(raw)
        parsed = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_number,
        )
        if _SUSPECT.search(raw):
            _check_strings(parsed)
    except (ValueError, RecursionError):
        raise invalid_body() from None
    return parsed


def _check_depth(raw: bytes) -> None:
    depth = 0
    for token in _TOKEN.finditer(raw):
        first = token.group()[0]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError
        elif first in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise ValueError
    return int(digits)


def _number(digits: str) -> float:
    found = float(digits)
    if found in (float("inf"), float("-inf")):
        raise ValueError
    return found


def _check_strings(part: Any) -> None:
    """Raises `ValueError` for NUL and for surrogates without a partner: no store can keep them."""
    if isinstance(part, str):
        part.encode()
        if "\0" in part:
            raise ValueError
    elif isinstance(part, list):
        for each in part:
            _check_strings(each)
    elif isinstance(part, dict):
        for key, each in part.items():
            _check_strings(key)
            _check_strings(each)


async def _answer_expectation(request: web.BaseRequest) -> None:
    expectation = request.headers.get("Expect")
    if expectation is None:
        return
    if expectation.strip().lower() != "100-continue":
        raise RequestRefused(417, 417, "this expectation is not met here", headers=_CLOSE)
    transport = request.transport
    if transport is not None and not request.content.is_eof():
        transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _too_large() -> RequestRefused:
    return RequestRefused(413, 1001, "request_body_too_large", headers=_CLOSE)


_CLOSE = (("Connection", "close"),)
"""What is left of the body is not worth reading; the connection ends with the answer."""

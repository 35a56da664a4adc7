"""The endpoints that name providers in the body: the universal one with fallbacks, and the compatible one."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple, NoReturn

from multidict import CIMultiDict

from sshim.gateway.failures import bad_format, bad_request
from sshim.gateway.providers import COMPAT_PREFIXES, Provider
from sshim.gateway.request import Headers
from sshim.gateway.target import check_query, check_rest

_MOST_STEPS = 20
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_STEP_FIELDS = frozenset({"provider", "endpoint", "headers", "authorization", "query"})


class Step(NamedTuple):
    """One request to try: `model` is what it asks for, for the answer's header; `compatible`: by the
    provider's own copy of OpenAI's interface."""

    provider: str
    rest: str
    query: str
    headers: Headers
    body: bytes | AsyncIterator[bytes] | None
    model: str = ""
    compatible: bool = False


def universal_steps(body: bytes, headers: Headers) -> list[Step]:
    """The steps of a universal request; their own headers win over the request's. Raises `GatewayFailure`."""
    content = _json(body)
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list) or not 0 < len(content) <= _MOST_STEPS:
        raise bad_request(f"the body must be a list of 1 to {_MOST_STEPS} steps")
    return [_step(each, headers) for each in content]


def _step(content: Any, headers: Headers) -> Step:
    if not isinstance(content, dict) or not content.keys() <= _STEP_FIELDS:
        raise bad_request(f"a step is an object of {', '.join(sorted(_STEP_FIELDS))}")
    provider, endpoint = content.get("provider"), content.get("endpoint")
    if not isinstance(provider, str) or not isinstance(endpoint, str):
        raise bad_request("a step needs the texts provider and endpoint")
    own = content.get("headers", {})
    if not isinstance(own, dict) or not all(isinstance(value, str | int | float) for value in own.values()):
        raise bad_request("the headers of a step are an object of texts")
    own = {**own}
    if content.get("authorization"):
        if not isinstance(content["authorization"], str):
            raise bad_request("the authorization of a step is a text")
        own["Authorization"] = content["authorization"]
    merged: Headers = CIMultiDict(headers)
    for name in ("Content-Length", "Content-Type"):
        merged.popall(name, None)
    merged["Content-Type"] = "application/json"
    for name, value in own.items():
        if not _TOKEN.fullmatch(name):
            raise bad_request("a step names a header that is none")
        merged[name] = _header(value)
    rest, _, query = endpoint.removeprefix("/").partition("?")
    sent = content.get("query", {})
    model = sent.get("model") if isinstance(sent, dict) else None
    return Step(
        provider,
        check_rest(rest),
        check_query(query),
        merged,
        json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
        model if isinstance(model, str) else "",
    )


def compatible_step(body: bytes, headers: Headers, table: dict[str, Provider]) -> Step:
    """The request of `/compat/chat/completions`, as the provider that `model` begins with takes it. Raises
    `GatewayFailure`."""
    content = _json(body)
    named = content.get("model") if isinstance(content, dict) else None
    if not isinstance(named, str) or "/" not in named:
        raise bad_format("Chat completion bad format: model must be provider/model")
    prefix, _, model = named.partition("/")
    slug = COMPAT_PREFIXES.get(prefix, prefix)
    provider = table.get(slug)
    if provider is None or provider.chat is None or not model:
        raise bad_format(f"Chat completion bad format: no provider is named {prefix[:64]!r}")
    content["model"] = model
    kept: Headers = CIMultiDict(headers)
    kept.popall("Content-Length", None)
    sent = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Step(slug, provider.chat, "", kept, sent, named, compatible=True)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise bad_format("the body is not JSON") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError  # NaN and its like are no JSON, and no provider's to see


def _header(value: object) -> str:
    text = str(value)
    if not text.isascii() or any(not " " <= c <= "~" for c in text):
        raise bad_request("the headers of a step hold characters that a header cannot")
    return text

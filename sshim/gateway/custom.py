"""Providers of the user's own, as a TOML file tells of them: a table for each, named by its slug.

[custom-mine]
base_url = "https://models.example.com/v1"
header = "X-API-Key"
prefix = ""
"""

from __future__ import annotations

import re
import tomllib

from sshim.errors import UsageError
from sshim.gateway.providers import SLUG, Provider, check_root

_FIELDS = ("base_url", "header", "prefix", "chat")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_TAKEN = frozenset(
    {"connection", "content-length", "content-type", "cookie", "host", "te", "trailer", "transfer-encoding"}
    | {"accept-encoding", "expect", "upgrade"}
)
"""Headers that cannot carry a key, since they mean something to the connection."""


def read_custom(text: str) -> list[Provider]:
    """The providers of a file. `header` and `prefix` say how the key is carried (default: a bearer token),
    `chat` where the OpenAI-like endpoint is. Raises `UsageError`, which quotes no value."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise UsageError("the file of providers is not TOML", hint='[custom-mine]\\nbase_url = "…"') from None
    return [_provider(slug, fields) for slug, fields in content.items()]


def _provider(slug: str, fields: object) -> Provider:
    if not slug.startswith("custom-") or not SLUG.fullmatch(slug):
        raise UsageError(f"{slug[:64]!r} is no name of a provider of your own", hint="[custom-mine]")
    if not isinstance(fields, dict) or not fields.keys() <= set(_FIELDS) or "base_url" not in fields:
        raise UsageError(
            f"[{slug}] takes {', '.join(_FIELDS)}, and needs base_url", hint='base_url = "https://…"'
        )
    if not all(isinstance(value, str) for value in fields.values()):
        raise UsageError(f"every field of [{slug}] is a text", hint='base_url = "https://…"')
    header, prefix = fields.get("header", "Authorization"), fields.get("prefix")
    if not _HEADER.fullmatch(header) or header.lower() in _TAKEN or header.lower().startswith("cf-aig-"):
        raise UsageError(f"the header of [{slug}] cannot carry a key", hint='header = "X-API-Key"')
    if prefix is None:
        prefix = "Bearer " if header.lower() == "authorization" else ""
    if len(prefix) > 64 or any(not " " <= c <= "~" for c in prefix):
        raise UsageError(f"the prefix of [{slug}] cannot stand in a header", hint='prefix = "Token "')
    chat = fields.get("chat", "chat/completions").strip("/")
    return Provider(slug, check_root(fields["base_url"]), header, prefix, chat, given=True)

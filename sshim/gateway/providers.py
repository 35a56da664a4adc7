"""The providers: where each is reached, which header carries its key, and where its OpenAI-like chat is.

Roots replace `/v1/{account}/{gateway}/{provider}` of a request, as the providers' pages of Cloudflare's
documentation list them. Providers that sign requests (google-vertex-ai, aws-bedrock) and workers-ai are not
here: a stored key is no credential for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from sshim.errors import UsageError

_BEARER = ("Authorization", "Bearer ")
_RESOURCE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Provider(NamedTuple):
    """`root` is scheme, host and path without a final slash; `header` and `prefix` carry the key. `chat` is
    the path of the OpenAI-compatible endpoint, None where there is none. `given` by the user: its root may be
    any address, since a person chose it; else only public ones over https are connected to."""

    slug: str
    root: str
    header: str = _BEARER[0]
    prefix: str = _BEARER[1]
    chat: str | None = "chat/completions"
    given: bool = False

    def compatible(self) -> Provider:
        """The same as its OpenAI-like endpoint takes a key: OpenAI's way, whatever its own is."""
        return self._replace(header=_BEARER[0], prefix=_BEARER[1])

    def url(self, rest: str) -> str:
        """The upstream URL for the part of the path after the provider. Raises ValueError for a path that
        this provider cannot have."""
        if self.slug == "azure-openai" and not self.given:
            return _azure(rest)
        last = self.root.rpartition("/")[2]
        # some pages show the version in both places
        if re.fullmatch(r"v\d+", last) and (rest == last or rest.startswith(f"{last}/")):
            rest = rest[len(last) + 1 :]
        return f"{self.root}/{rest}" if rest else self.root


def _azure(rest: str) -> str:
    resource, _, rest = rest.partition("/")
    deployment, _, rest = rest.partition("/")
    if not _RESOURCE.fullmatch(resource) or not deployment:
        raise ValueError("azure-openai takes /{resource}/{deployment}/…")
    return f"https://{resource}.openai.azure.com/openai/deployments/{deployment}/{rest}"


PROVIDERS: dict[str, Provider] = {
    each.slug: each
    for each in (
        Provider("anthropic", "https://api.anthropic.com", "x-api-key", "", "v1/chat/completions"),
        Provider("azure-openai", "https://openai.azure.com", "api-key", "", None),
        Provider("baseten", "https://inference.baseten.co/v1"),
        Provider("cartesia", "https://api.cartesia.ai", "X-API-Key", "", None),
        Provider("cerebras", "https://api.cerebras.ai/v1"),
        Provider("cohere", "https://api.cohere.com", chat="compatibility/v1/chat/completions"),
        Provider("deepgram", "https://api.deepgram.com", "Authorization", "Token ", None),
        Provider("deepseek", "https://api.deepseek.com"),
        Provider("elevenlabs", "https://api.elevenlabs.io", "xi-api-key", "", None),
        Provider("fal", "https://fal.run", "Authorization", "Key ", None),
        Provider("fireworks", "https://api.fireworks.ai/inference/v1"),
        Provider(
            "google-ai-studio",
            "https://generativelanguage.googleapis.com",
            "x-goog-api-key",
            "",
            "v1beta/openai/chat/completions",
        ),
        Provider("grok", "https://api.x.ai/v1"),
        Provider("groq", "https://api.groq.com/openai/v1"),
        Provider("huggingface", "https://api-inference.huggingface.co/models", chat=None),
        Provider("ideogram", "https://api.ideogram.ai", "Api-Key", "", None),
        Provider("mistral", "https://api.mistral.ai", chat="v1/chat/completions"),
        Provider("openai", "https://api.openai.com/v1"),
        Provider("openrouter", "https://openrouter.ai/api/v1"),
        Provider("perplexity-ai", "https://api.perplexity.ai"),
        Provider("replicate", "https://api.replicate.com/v1", chat=None),
    )
}

SIGNING = frozenset({"aws-bedrock", "google-vertex-ai", "workers-ai"})
"""Providers of production that take no key but a signature or an account; they are not passed on to here."""

COMPAT_PREFIXES = {"perplexity": "perplexity-ai", "google": "google-ai-studio", "azure": "azure-openai"}
"""Model prefixes of the compatible endpoint that are not the provider's slug."""


def with_upstreams(upstreams: Iterable[tuple[str, str]], own: Iterable[Provider] = ()) -> dict[str, Provider]:
    """The table with `own` providers and with roots of the user's own: (provider slug or `custom-…`, URL).
    Raises `UsageError` for a URL that is not https, unless it leads to this machine, and for an unknown
    provider."""
    table = {**PROVIDERS, **{each.slug: each for each in own}}
    for slug, url in upstreams:
        known = table.get(check_slug(slug)) or Provider(slug, "")
        table[slug] = known._replace(root=check_root(url), given=True)
    return table


def check_root(url: str) -> str:
    """The URL as a root. Raises `UsageError`; the message holds no user name or password of it."""
    from sshim.sockets import is_loopback

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.query or parts.fragment or "@" in parts.netloc or "\\" in url:
        raise UsageError("an upstream is a URL with a host and at most a path", hint="https://HOST[:PORT]/v1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UsageError(
            f"{parts.scheme}://{host} would send the key in the clear",
            hint="https://…; http:// is only for 127.0.0.1, [::1] and localhost",
        )
    return url.rstrip("/")


def credential_headers(table: Mapping[str, Provider]) -> frozenset[str]:
    """Every header, in lower case, that can carry some provider's credential."""
    return frozenset({"authorization"} | {each.header.lower() for each in table.values()})


def check_slug(slug: str) -> str:
    """The slug of a provider of the table, or of one of the user's own. Raises `UsageError`."""
    if slug not in PROVIDERS and not (slug.startswith("custom-") and SLUG.fullmatch(slug)):
        raise UsageError(
            f"there is no provider {slug!r}",
            hint=f"one of {', '.join(PROVIDERS)}, or custom-NAME for one of your own",
        )
    return slug


def given_hosts(table: Mapping[str, Provider]) -> frozenset[str]:
    """The host names of roots that the user gave."""
    return frozenset(urlsplit(each.root).hostname or "" for each in table.values() if each.given)

"""No path or query leads anywhere but below the provider's own root."""

from __future__ import annotations

from itertools import product
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from sshim.gateway.failures import GatewayFailure
from sshim.gateway.providers import PROVIDERS
from sshim.gateway.target import parse_target

BASE = "/v1/acc/gw/openai"
ROOT = "https://api.openai.com/v1"

HOSTILE = [
    f"{BASE}/{before}{bad}{after}"
    for before, bad, after in product(
        ("", "chat/"),
        (
            "..", "../..", "%2e%2e", ".%2E", "%2e.", ".", "%2e", "..%2f", "%2f", "%2F..", "%5c", "%5C..",
            "\\", "..\\",
            "@evil.example", "user:pass@evil.example", "%40evil.example", "/evil.example", "//evil.example",
            "%2f%2fevil.example", "%00", "%0d%0aHost:evil", "%0a", "%09", "%20..%2f", "é", "\x7f",
        ),
        ("", "/x"),
    )
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
def test_what_could_lead_elsewhere_is_refused(raw: str) -> None:
    with pytest.raises(GatewayFailure):
        parse_target(raw)


def test_there_are_enough_hostile_paths() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("query", ["a=\x00", "a=b\r\nc", "a=é", "a= b"])
def test_a_query_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(GatewayFailure):
        parse_target(f"{BASE}/chat?{query}")


@pytest.mark.parametrize(
    "raw", ["/", "/v1", "/v1/a", "/v1//b/openai", "/v2/a/b/openai/x", "v1/a/b", "/v1/a/"]
)
def test_what_is_no_gateway_s_path_is_refused(raw: str) -> None:
    with pytest.raises(GatewayFailure) as caught:
        parse_target(raw)
    assert caught.value.status == 404


def test_an_honest_path_goes_on_as_it_came() -> None:
    found = parse_target(f"{BASE}/models/m:generate%20it?a=%2F..&b=//x@y")
    assert (found.account, found.gateway, found.provider) == ("acc", "gw", "openai")
    assert (found.rest, found.query) == ("models/m:generate%20it", "a=%2F..&b=//x@y")
    assert parse_target("/v1/a/b").provider == parse_target("/v1/a/b/").provider == ""


@given(
    st.text(alphabet=st.sampled_from(list("./\\@%2fe5c:?#[]ab01")), max_size=24),
    st.sampled_from(sorted(PROVIDERS)),
)
def test_whatever_passes_stays_below_the_provider_s_root(rest: str, slug: str) -> None:
    try:
        found = parse_target(f"/v1/a/b/{slug}/{rest}")
        url = PROVIDERS[slug].url(found.rest)
    except (GatewayFailure, ValueError):
        return
    sent = URL(url, encoded=True)
    root = urlsplit(PROVIDERS[slug].root)
    if slug == "azure-openai":
        assert (sent.host or "").endswith(".openai.azure.com")
    else:
        assert (sent.scheme, sent.host) == ("https", root.hostname)
    assert sent.user is None and sent.port == 443
    assert ".." not in unquote(sent.raw_path).split("/")
    assert sent.raw_path.startswith(root.path)

"""Each provider is reached at its own place, and the user's own places are safe for a key."""

from __future__ import annotations

import pytest

from sshim.errors import UsageError
from sshim.gateway.providers import PROVIDERS, check_root, check_slug, with_upstreams


@pytest.mark.parametrize(
    ("slug", "rest", "url"),
    [
        ("openai", "chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("openai", "v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("anthropic", "v1/messages", "https://api.anthropic.com/v1/messages"),
        ("cohere", "v1/chat", "https://api.cohere.com/v1/chat"),
        ("openrouter", "v1/chat/completions", "https://openrouter.ai/api/v1/chat/completions"),
        ("grok", "v1/chat/completions", "https://api.x.ai/v1/chat/completions"),
        ("grok", "chat/completions", "https://api.x.ai/v1/chat/completions"),
        ("groq", "chat/completions", "https://api.groq.com/openai/v1/chat/completions"),
        ("mistral", "v1/chat/completions", "https://api.mistral.ai/v1/chat/completions"),
        ("deepseek", "chat/completions", "https://api.deepseek.com/chat/completions"),
        (
            "google-ai-studio",
            "v1beta/models/gemini:streamGenerateContent",
            "https://generativelanguage.googleapis.com/v1beta/models/gemini:streamGenerateContent",
        ),
        (
            "azure-openai",
            "my-res/my-dep/chat/completions",
            "https://my-res.openai.azure.com/openai/deployments/my-dep/chat/completions",
        ),
        ("openai", "v1x/y", "https://api.openai.com/v1/v1x/y"),
        ("openai", "", "https://api.openai.com/v1"),
    ],
)
def test_a_path_becomes_the_provider_s(slug: str, rest: str, url: str) -> None:
    assert PROVIDERS[slug].url(rest) == url


@pytest.mark.parametrize("rest", ["a.evil.example/d/x", "-a/d/x", "a:80/d/x", "A/d/x", "a/", "", "a"])
def test_an_azure_resource_is_one_label_of_a_host(rest: str) -> None:
    with pytest.raises(ValueError, match="azure-openai takes"):
        PROVIDERS["azure-openai"].url(rest)


def test_every_provider_is_reached_over_https_alone() -> None:
    assert {each.root.partition(":")[0] for each in PROVIDERS.values()} == {"https"}
    assert len(PROVIDERS) >= 20


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com", "http://10.0.0.1", "ftp://127.0.0.1", "https://", "https://u:secret@h", "https://h?x=1",
        "https://h#x", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "//h", "h", "",
        "https://h\\x", "https://h:port",
    ],
)  # fmt: skip
def test_a_root_that_would_give_the_key_away_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_root(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://h", "https://h:8443/v1/", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost/v1"]
)
def test_a_root_of_the_user_s_own_is_taken(url: str) -> None:
    assert with_upstreams([("openai", url)])["openai"].root == url.rstrip("/")


def test_a_provider_nobody_knows_is_said() -> None:
    with pytest.raises(UsageError, match="there is no provider 'opnai'") as caught:
        with_upstreams([("opnai", "https://h")])
    assert "openai" in (caught.value.hint or "")
    assert check_slug("custom-mine") == "custom-mine"

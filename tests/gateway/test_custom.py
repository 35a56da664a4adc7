"""Providers of the user's own are read from a file, or refused with what is wrong with them."""

from __future__ import annotations

import pytest

from sshim.errors import UsageError
from sshim.gateway.custom import read_custom
from sshim.gateway.providers import with_upstreams

OWN = """
[custom-mine]
base_url = "https://models.example.com/v1/"

[custom-plain]
base_url = "http://127.0.0.1:11434"
header = "X-API-Key"
chat = "/v1/chat/completions"

[custom-odd]
base_url = "https://odd.example.com"
prefix = "Token "
"""


def test_a_provider_takes_a_bearer_token_unless_the_file_says_otherwise() -> None:
    found = {each.slug: each for each in read_custom(OWN)}
    assert found["custom-mine"].url("a/b") == "https://models.example.com/v1/a/b"
    carried = {slug: (each.header, each.prefix) for slug, each in found.items()}
    assert carried == {
        "custom-mine": ("Authorization", "Bearer "),
        "custom-plain": ("X-API-Key", ""),
        "custom-odd": ("Authorization", "Token "),
    }
    assert found["custom-plain"].chat == "v1/chat/completions"
    assert all(each.given for each in found.values())


def test_an_upstream_changes_where_one_is_and_not_how_its_key_is_carried() -> None:
    table = with_upstreams([("custom-plain", "http://localhost:9")], read_custom(OWN))
    assert (table["custom-plain"].root, table["custom-plain"].header) == ("http://localhost:9", "X-API-Key")
    assert "openai" in table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[custom-mine", "not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
        ('[mine]\nbase_url = "https://h"', "'mine' is no name"),
        ('[openai]\nbase_url = "https://h"', "'openai' is no name"),
        ('["custom-A b"]\nbase_url = "https://h"', "is no name"),
        ("[custom-mine]", "needs base_url"),
        ('custom-mine = "https://h"', "needs base_url"),
        ('[custom-mine]\nbase_url = "https://h"\nkey = "canary"', "takes base_url"),
        ("[custom-mine]\nbase_url = 3", "is a text"),
        ('[custom-mine]\nbase_url = "http://models.example.com"', "in the clear"),
        ('[custom-mine]\nbase_url = "https://user:canary@h"', "a URL with a host"),
        ('[custom-mine]\nbase_url = "https://h"\nheader = "Host"', "cannot carry a key"),
        ('[custom-mine]\nbase_url = "https://h"\nheader = "cf-aig-authorization"', "cannot carry a key"),
        ('[custom-mine]\nbase_url = "https://h"\nheader = "a:\\r\\nb"', "cannot carry a key"),
        ('[custom-mine]\nbase_url = "https://h"\nprefix = "a\\nb"', "cannot stand in a header"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_without_its_values(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_custom(text)
    assert "canary" not in caught.value.message and caught.value.hint

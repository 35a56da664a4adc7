"""The rules of names that every part shares."""

from __future__ import annotations

import pytest

from sshim.model import near_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [("api-key", ("API_KEY",)), ("API_KYE", ("API_KEY",)), ("nothing", ()), ("API_KEY", ())],
)
def test_near_names_are_other_spellings_and_small_slips(name: str, expected: tuple[str, ...]) -> None:
    assert near_names(name, ["API_KEY", "DATABASE"]) == expected

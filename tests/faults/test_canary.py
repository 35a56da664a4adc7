"""No value appears where it does not belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.model import SecretValue
from tests.faults import canary

DONE_WHEN_WELL = 16
"""The operations of the list that nothing refuses: a search of refusals alone would show little."""


def test_a_value_is_nowhere_to_be_found_after_any_operation_in_any_condition(root: Path) -> None:
    tally = canary.run(root)
    assert tally.failures == []
    assert tally.tries >= 200
    assert int(str(tally.notes["refused"])) > 80
    assert tally.notes["done when all is well"] == DONE_WHEN_WELL


def test_a_value_that_prints_is_caught(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretValue, "__repr__", SecretValue.reveal)
    tally = canary.run(root, frozenset({"read", "list", "salvage"}))
    assert {failure.split(",")[0] for failure in tally.failures} >= {"read", "salvage"}


def test_a_value_that_is_stored_plainly_is_caught(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshim.store.crypto.encrypt", lambda key, nonce, plain, bound: plain + bytes(16))
    tally = canary.run(root, frozenset({"create"}))
    assert any("store.db" in failure for failure in tally.failures)

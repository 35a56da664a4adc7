"""The list of mutants, which the long run tries, fits the source."""

from __future__ import annotations

from tests.faults import mutants


def test_every_text_that_a_mutant_changes_stands_once_in_its_module() -> None:
    tally = mutants.look()
    assert tally.failures == []
    assert tally.tries > 70

"""Many processes may use one store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import hammer


@pytest.mark.parametrize("writers", [2, 8])
def test_nothing_is_lost_or_mixed_between_processes(root: Path, writers: int) -> None:
    tally = hammer.run(root, writers=writers, seconds=2)
    assert tally.failures == []
    assert tally.tries > writers

"""Power may go at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import power
from tests.faults.vfs import WatchedDisk


def test_no_acknowledged_change_is_lost_and_none_is_seen_in_part(root: Path) -> None:
    tally = power.run(root, states=2000)
    assert tally.failures == []
    assert tally.tries >= 2000


class Lazy(WatchedDisk):
    """Syncs the journal only now and then."""

    def rewrite(self, sql: str) -> str:
        return sql.replace("synchronous=FULL", "synchronous=NORMAL")


class Unsynced(WatchedDisk):
    """Makes the file without a sync."""

    def rewrite(self, sql: str) -> str:
        return sql.replace("synchronous=EXTRA", "synchronous=OFF")

    def sync_file(self, path: Path) -> None:
        pass


class Nameless(WatchedDisk):
    """Never syncs a folder."""

    def sync_folder(self, path: Path) -> None:
        pass


@pytest.mark.parametrize("weak", [Lazy, Unsynced, Nameless])
def test_a_weaker_store_is_caught(root: Path, weak: type[WatchedDisk]) -> None:
    assert power.run(root, states=400, make_disk=weak, until_failed=True).failures

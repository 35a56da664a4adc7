"""Any call to the system may be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import refusal
from tests.faults.refusal import FailingDisk


def test_a_refused_call_leaves_the_old_state_or_the_new(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = refusal.run(root, monkeypatch, share=0.2)
    assert tally.failures == []
    assert tally.tries > 500


class InPlace(FailingDisk):
    """Writes small files where they stand."""

    def replace(self, path: Path, data: bytes) -> None:
        if not path.exists():
            self.create_empty(path)
        path.write_bytes(b"")
        self.patch(path, 0, data)


class Unsynced(FailingDisk):
    """Goes on when SQLite says that a commit failed."""

    def connect(self, path: Path):  # type: ignore[no-untyped-def]
        connection = super().connect(path)
        execute = connection.execute

        def careless(sql: str, parameters: object = ()) -> object:
            try:
                return execute(sql, parameters)
            except Exception:
                if sql == "COMMIT":
                    execute("ROLLBACK")
                    return None
                raise

        connection.execute = careless  # type: ignore[method-assign]
        return connection


@pytest.mark.parametrize("weak", [InPlace, Unsynced])
def test_a_weaker_store_is_caught(
    root: Path, monkeypatch: pytest.MonkeyPatch, weak: type[FailingDisk]
) -> None:
    assert refusal.run(root, monkeypatch, share=0.3, make_disk=weak, until_failed=True).failures

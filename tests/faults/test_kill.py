"""A process may be killed at any moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sshim.model import SecretValue
from tests.faults import kill
from tests.faults.scene import STORE, Scene
from tests.faults.vfs import Watch, WatchedDisk

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def test_what_was_acknowledged_survives_kill_9_at_every_named_point(root: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.kill", str(root), "150", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    tally = json.loads(done.stdout)
    assert tally["failures"] == []
    assert tally["tries"] == 150
    reached = {name.removeprefix("at ") for name in tally["notes"] if name.startswith("at ")}
    assert set(kill.POINTS) <= reached, f"not reached: {set(kill.POINTS) - reached}"


def test_every_named_point_is_known_to_the_test() -> None:
    assert len(kill.POINTS) >= 18
    assert all(re.fullmatch(r"[a-z]+\.[a-z-]+", name) for name in kill.POINTS)


class Piecemeal(WatchedDisk):
    """Every statement on its own, and the process killed at one of them."""

    def rewrite(self, sql: str) -> str:
        return "SELECT 1" if sql in ("BEGIN IMMEDIATE", "COMMIT") else sql


class KillAt(Watch):
    def __init__(self, statement: int) -> None:
        self.left = statement

    def op(self, kind: str, path: str, *details: object) -> None:
        if kind == "sql" and path in ("INSERT", "UPDATE", "DELETE"):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _mixed_after_kills(root: Path, disk: type[WatchedDisk]) -> int:
    """How many of the kills at each statement of an update leave a store that is neither old nor new."""
    mixed = 0
    for statement in range(1, 4):
        scene = Scene(root / f"{disk.__name__}-{statement}").filled(2)
        before = scene.look()
        pid = os.fork()
        if pid == 0:
            with disk(KillAt(statement)) as watched:
                plane = scene.plane(watched, create=False)
                found = plane.find_secret(STORE, "KEY_0")
                plane.update_secret(STORE, found.id, value=SecretValue("another value"))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status)
        try:
            mixed += scene.look() != before
        except Exception:
            mixed += 1
    return mixed


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork beside threads of other tests
def test_a_store_without_transactions_is_caught(root: Path) -> None:
    assert _mixed_after_kills(root, WatchedDisk) == 0
    assert _mixed_after_kills(root, Piecemeal) > 0

"""A change of the file by somebody who can write it, but has no key."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tests.faults.scene import Scene

Attack = Callable[[sqlite3.Connection], None]


def attack(scene: Scene, change: Attack, *, forget: bool = True) -> None:
    """Changes the file by SQL; `forget` takes the anchor away too, so that nothing else can notice."""
    connection = sqlite3.connect(scene.path)
    change(connection)
    connection.commit()
    connection.close()
    if forget:
        for path in (scene.root / "anchors").iterdir():
            path.unlink()


def sql(*statements: str) -> Attack:
    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return change

"""A Worker's folder, and starting `sshim dev` in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dev.asking import STOPS
from tests.dev.running import Dev, Project, Start
from tests.dev.stage import Stage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A Worker that answers `one`."""
    return Project(tmp_path)


@pytest.fixture
def start(project: Project) -> Iterator[Start]:
    """`start(*flags, **options)`: `sshim dev` in that folder, as `Dev` takes them, ended with the test."""
    running: list[Dev] = []

    def start(*arguments: str, **options: Any) -> Dev:
        dev = Dev(project, *arguments, **options)
        running.append(dev)
        return dev

    yield start
    for dev in running:
        dev.clean_up()


@pytest.fixture
def dev(start: Start, project: Project) -> Dev:
    """It serves `STOPS`, and has a terminal."""
    project.entry.write_text(STOPS)
    dev = start(terminal=True, NO_COLOR="1").ready()
    dev.until("press h for the keys")
    return dev


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(monkeypatch)
    yield stage
    for worker in stage.handover.all:
        worker.gone()
    stage.children.close()
    stage.loop.close()

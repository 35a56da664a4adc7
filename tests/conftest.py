"""No test touches what belongs to the developer: data, state and configuration folders are temporary."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.fixtures import cluster, fresh_url  # noqa: F401  for the tests of both backends

_OURS = ("SSHIM_", "CLOUDFLARE_", "CF_", "WRANGLER_", "XDG_")


@pytest.fixture(scope="session", autouse=True)
def _isolated_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every process that a test starts inherits folders of this run instead of the developer's."""
    kept = {"SSHIM_NODE_MODULES"}
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(_OURS) and name not in kept:
            patch.delenv(name)
    machine: Path = tmp_path_factory.mktemp("machine")
    for variable, folder in (
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ):
        patch.setenv(variable, str(machine / folder))
    yield
    patch.undo()

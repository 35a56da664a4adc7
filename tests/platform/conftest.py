"""The emulated version of Pyodide, put back after each test that changes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sshim.platform.runtime import runtime


@pytest.fixture
def old_pyodide() -> Iterator[None]:
    """Pyodide 0.26, which Workers of before 2025-09-29 run."""
    version = runtime.version
    runtime.emulate("0.26.0a2")
    yield
    runtime.emulate(version)

"""The emulated version of Pyodide, put back after each test that changes it, and a server to fetch from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from sshim.platform.runtime import Runtime, runtime
from tests.platform.site import serving

NEWEST = Runtime().version


@pytest.fixture(autouse=True)
def newest_pyodide() -> Iterator[None]:
    """The version that is there at first, whichever Worker the tests before this one have run."""
    version = runtime.version
    runtime.emulate(NEWEST)
    yield
    runtime.emulate(version)


@pytest.fixture
def old_pyodide(newest_pyodide: None) -> None:
    """Pyodide 0.26, which Workers of before 2025-09-29 run."""
    runtime.emulate("0.26.0a2")


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """The URL of a server whose answers `tests.platform.site` tells."""
    async with serving() as url:
        yield url

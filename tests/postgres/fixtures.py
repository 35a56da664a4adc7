"""What tests of the shared store ask for. Without a server they are skipped, and fail in CI."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from tests.postgres.cluster import Cluster, programs, running
from tests.postgres.proxy import Proxy

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One server for all tests that leave it as it was."""
    require_server()
    with running() as found:
        yield found


def require_server() -> None:
    """Skips the test when no server is installed; fails it in CI."""
    if programs() is None:
        reason = "no PostgreSQL server is installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
def fresh_url(cluster: Cluster) -> Callable[[], str]:
    """URLs of places that hold nothing yet."""
    return lambda: cluster.url(f"s{next(_numbers)}")


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that a test may kill or change."""
    require_server()
    with running() as found:
        yield found


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    """A network before the server that can be cut."""
    found = Proxy(cluster.port)
    yield found
    found.close()

"""What only the tests of the shared store ask for."""

from tests.postgres.fixtures import own_cluster, proxy  # noqa: F401

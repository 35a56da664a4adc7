"""The shared store, against a PostgreSQL server that the tests start and stop themselves."""

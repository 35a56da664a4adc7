"""The encrypted store: format 1, its keys and its backends."""

"""AI Gateway with keys from the store: requests come without a credential and leave with one."""

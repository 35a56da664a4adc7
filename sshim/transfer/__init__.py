"""Bringing secrets in and out of the store."""

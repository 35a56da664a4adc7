"""Handlers and secrets under pytest, and outside it."""

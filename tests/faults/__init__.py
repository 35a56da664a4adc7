"""Tests of the store against what goes wrong below it and around it.

Each module has a `run` that does its worst for as long as asked and returns a `Tally`; pytest calls it for a
short while, `python -m tests.faults --long` for as long as a release is worth.
"""

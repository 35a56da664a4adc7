"""Figures against peers, side by side in one run: `python -m tests.benchmarks`. Never timed tests."""

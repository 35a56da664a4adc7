"""One Worker: its entrypoint, its `env`, one event in and one answer out."""

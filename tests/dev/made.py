"""Values that tests of the dev server start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sshim.config.settings import WorkerConfig


def worker_config(root: Path = Path("/project"), **fields: Any) -> WorkerConfig:
    """A configuration with a main module and nothing else, but for `fields`."""
    given: dict[str, Any] = {
        "name": "w",
        "main": root / "src" / "entry.py",
        "compatibility_date": "2026-08-01",
        "compatibility_flags": ("python_workers",),
        "environment": None,
        "config_path": root / "wrangler.toml",
        "user_config_path": root / "wrangler.toml",
        "project_root": root,
        "vars": {},
        "secrets": (),
        "watched_files": (root / "wrangler.toml", root / ".dev.vars"),
    }
    return WorkerConfig(**(given | fields))

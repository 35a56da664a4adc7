"""Which configuration file is read: upward search once per name, and generated redirects."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a configuration: the one to read, the user's own, and a redirect between them."""

    config: Path | None
    user: Path | None
    deploy: Path | None = None

    @property
    def redirected(self) -> bool:
        """Whether a build tool's configuration is read in place of the user's."""
        return self.config != self.user


def find_up(name: str, start: Path) -> Path | None:
    """The nearest file of that (relative) name at or above `start`; folders of the name do not count."""
    folder = Path(os.path.abspath(start))
    for place in (folder, *folder.parents):
        candidate = place / name
        try:
            if candidate.is_file():
                return candidate
        except OSError:
            continue
    return None


def find(start: Path) -> Found:
    """The user's file: the whole way up for each name in turn, so a far `.json` beats a near `.toml`."""
    for name in NAMES:
        if path := find_up(name, start):
            return Found(path, path)
    return Found(None, None)

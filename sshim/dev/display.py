"""Text as a terminal shows it: nothing that acts on it, short paths, and places with the line and a caret."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from sshim.errors import Place

_WIDEST = 96
"""Characters of a source line shown at the most; a longer one is cut to a window round the caret."""


def plain(text: str) -> str:
    """The text with control and direction-changing characters escaped, so that a terminal only shows it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def message_lines(text: str) -> list[str]:
    """The lines of a message, at least one; wrangler puts one word of one message in bold, told here
    without."""
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines() or [""]


def shown_path(path: Path, cwd: Path) -> str:
    """The path as seen from `cwd` if it lies below it, else whole."""
    try:
        return str(path.relative_to(cwd))
    except ValueError:
        return str(path)


def excerpt(place: Place) -> list[str]:
    """Two lines: the source and a caret under the place. None when the source is unknown, or stands in a
    file that holds values."""
    source = place.source_line
    if source is None or place.path.name.startswith((".dev.vars", ".env")):
        return []
    at = min(max(place.column - 1, 0), len(source))
    start = max(0, min(at - _WIDEST // 2, len(source) - _WIDEST))
    line = "".join(c if c.isprintable() else " " for c in source[start : start + _WIDEST])
    before, under = line[: at - start], line[at - start : at - start + max(place.length, 1)]
    number = str(place.line)
    return [
        f"  {number} | {line.rstrip()}",
        f"  {' ' * len(number)} | {' ' * columns(before)}{'^' * max(columns(under.rstrip()), 1)}",
    ]


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )

"""An error of ours as the text of a failed test: the cause in the first line."""

from __future__ import annotations

import os
from pathlib import Path

from sshim.errors import ConfigError, Place, Problem, SourceError, SshimError


def text_of(error: SshimError) -> str:
    """The error with its place, the Worker's own frames, and the next step; no frames of ours."""
    prefix = "the Worker cannot be imported: " if isinstance(error, SourceError) else ""
    problems = error.problems if isinstance(error, ConfigError) else (Problem(error.message, error.place),)
    lines = [prefix + problem.message + _where(problem.place) for problem in problems]
    detail = getattr(error, "detail", "")
    if detail:
        lines += ["", detail]
    if error.hint:
        lines += ["", f"Try: {error.hint}"] if detail else [f"Try: {error.hint}"]
    return "\n".join(lines)


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    path: Path | str = place.path
    shown = os.path.relpath(path)
    return f" ({path if shown.startswith('..') else shown}:{place.line}:{place.column})"

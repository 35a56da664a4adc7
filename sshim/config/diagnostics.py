"""Errors and warnings found in a configuration, in wrangler's words and order, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sshim.config.document import Document
from sshim.errors import Place, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["errors", "warnings"]

_ADVISED = 50
"""Problems of one part that get advice: thousands of them are of one kind, and reading has to end."""


class Diagnostics:
    """Problems under one heading, and below them those of parts (an environment, a binding)."""

    __slots__ = ("children", "document", "errors", "heading", "warnings")

    def __init__(self, heading: str, document: Document | None) -> None:
        self.heading, self.document = heading, document
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.children: list[Diagnostics] = []

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place | None:
        """Where the value (or key) at `path` stands in the file."""
        return self.document.place(path, key=key) if self.document is not None else None

    def error(
        self, message: str, path: Sequence[str | int] = (), *, key: bool = False, hint: str | None = None
    ) -> None:
        """Adds an error about the value (or key) at `path`."""
        self.errors.append(Problem(message, self.place(path, key=key), hint or self._advice(message, True)))

    def warn(
        self, message: str, path: Sequence[str | int] = (), *, key: bool = False, hint: str | None = None
    ) -> None:
        """Adds a warning about the value (or key) at `path`."""
        self.warnings.append(Problem(message, self.place(path, key=key), hint or self._advice(message)))

    def _advice(self, message: str, is_error: bool = False) -> str | None:
        from sshim.config.advice import REFERENCE, advice  # a file without problems does not pay for it

        if len(self.errors) + len(self.warnings) >= _ADVISED:
            return None
        toml = self.document is not None and self.document.path.suffix == ".toml"
        return advice(message, toml=toml) or (REFERENCE if is_error else None)

    def child(self, heading: str) -> Diagnostics:
        """A part with a heading of its own; it shows only once it has problems."""
        part = Diagnostics(heading, self.document)
        self.children.append(part)
        return part

    def all(self, level: Level) -> Iterator[Problem]:
        """The problems of that level, own ones first, then part by part."""
        yield from self.errors if level == "errors" else self.warnings
        for part in self.children:
            yield from part.all(level)

    def render(self, level: Level) -> str:
        """The problems as wrangler prints them: heading, `- ` items, parts indented below."""
        own = self.errors if level == "errors" else self.warnings
        items = "\n".join(f"- {_indent(problem.message)}" for problem in own)
        parts = [f"\n- {part.render(level)}" for part in self.children if any(part.all(level))]
        return _indent(f"{self.heading}\n{items}" + "\n".join(parts))


def _indent(text: str) -> str:
    first, *rest = text.split("\n")
    lines = [first, *(f"  {line}" for line in rest)]
    return "\n".join(line if line.strip() else "" for line in lines)

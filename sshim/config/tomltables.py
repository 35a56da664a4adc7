"""Which tables of a TOML document may still be opened or added to: its rules against defining twice."""

from __future__ import annotations

from sshim.config.document import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["dotted", "header", "array", "array path"]


class Table(Node):
    """A table being filled. `kind` is how it came to be, `done` whether it was defined itself (and not
    only as a step of a longer key), `last` the newest element of an array of tables."""

    __slots__ = ("count", "done", "kind", "last", "steps")

    def __init__(self, kind: Kind) -> None:
        self.start = self.end = self.key_start = self.key_end = -1
        self._children = None
        self.kind: Kind = kind
        self.done = False
        self.steps: dict[str, Table] = {}
        self.last: Table | None = None
        self.count = 0

    def step(self, name: str, kind: Kind) -> Table:
        """The table or value of that name, made if it is new."""
        found = self.steps.get(name)
        if found is None:
            found = self.steps[name] = Table(kind)
            self.children[name] = found
        return found


LEAF = Table("dotted")
"""Stands among `steps` for a value that nothing can be added to."""
LEAF.done = True


class Tables:
    """All tables of a document, from `root` on."""

    def __init__(self) -> None:
        self.root = Table("header")

    def open(self, path: tuple[str, ...], *, array: bool) -> Table | None:
        """The table a header begins, None if it was defined before."""
        kind: Kind = "array" if array else "header"
        table = self.root
        for index, name in enumerate(path):
            last = index == len(path) - 1
            known = table.steps.get(name)
            if known is not None and known.kind == "dotted" and known.done:
                return None
            made: Kind = "array path" if array and not last else kind
            found = table.step(name, made)
            if not last:
                table = found.last if found.kind == "array" and found.last is not None else found
                continue
            if found.kind != kind and not (kind == "header" and found.kind == "array path"):
                return None
            if array:
                element = Table("header")
                element.done = found.done = True
                found.children[found.count] = element
                found.count += 1
                found.last = element
                return element
            if found.done:
                return None
            found.done = True
            return found
        return None

    def define(self, table: Table, key: list[str]) -> Table | None:
        """The table that gets the key's value, None if the key was defined before."""
        for index, name in enumerate(key):
            known = table.steps.get(name)
            if known is not None and known.kind == "dotted" and known.done:
                return None
            last = index == len(key) - 1
            if last and known is not None:
                return None
            found = table.step(name, "dotted")
            if last:
                found.done = True
                return table
            if found.kind in ("header", "array"):
                return None
            table = found
        return None

"""A configuration file's text with its values and where each of them stands.

Values are plain Python (dict, list, str, int, float, bool, None, `TomlDate`); beside them runs a tree of
`Node` with offsets into the text, so that a message about a value can point at it.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

from sshim.errors import ConfigError, Place, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_BYTES = 1 << 20
"""Larger files are refused: no configuration is that long, and hostile ones cost time."""

MAX_DEPTH = 200
"""Nesting beyond this is refused. wrangler gives up as well, only later (TOML: 1000)."""


MAX_VALUES = 20_000
"""More keys and values than this are refused."""


class Node:
    """Offsets of a value in the text, and of its key (-1 where unknown). `children` by key or index."""

    __slots__ = ("_children", "end", "key_end", "key_start", "start")

    def __init__(self, start: int = -1, end: int = -1, key_start: int = -1, key_end: int = -1) -> None:
        self.start, self.end, self.key_start, self.key_end = start, end, key_start, key_end
        self._children: dict[str | int, Node] | None = None

    @property
    def children(self) -> dict[str | int, Node]:
        """The nodes of an object's or list's values."""
        if self._children is None:
            self._children = {}
        return self._children


class Text:
    """A file's text after decoding, with its path; turns offsets into `Place`."""

    __slots__ = ("_begin", "_last", "_line", "path", "text")

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self._line, self._begin = 1, 0  # a line and where it begins: the next place is often near
        self._last: tuple[int, int | None, Place] | None = None

    def place(self, start: int, end: int | None = None) -> Place:
        """The place of `text[start:end]`; a length over several lines is cut at the end of the first."""
        if self._last is not None and self._last[:2] == (start, end):
            return self._last[2]
        asked = start
        start = max(0, min(start, len(self.text)))
        begin = self.text.rfind("\n", 0, start) + 1
        if begin >= self._begin:
            line = self._line + self.text.count("\n", self._begin, begin)
        else:
            line = self._line - self.text.count("\n", begin, self._begin)
        self._line, self._begin = line, begin
        stop = self.text.find("\n", start)
        stop = stop if stop >= 0 else len(self.text)
        shown = self.text[begin:stop].rstrip("\r")
        length = max(0, min(end, begin + len(shown)) - start) if end is not None else 1
        place = Place(self.path, line, start - begin + 1, length, shown)
        self._last = (asked, end, place)
        return place


class Document:
    """A parsed file: `value` is its root, `text` its source, `root` the tree of offsets.

    `inherits`: its tables have the properties every JavaScript object has, as JSON's do; TOML's do not.
    """

    __slots__ = ("inherits", "root", "text", "value")

    def __init__(self, text: Text, value: Any, root: Node, *, inherits: bool = True) -> None:
        self.text, self.value, self.root, self.inherits = text, value, root, inherits

    @property
    def path(self) -> Path:
        """The file that was read."""
        return self.text.path

    def node(self, path: Sequence[str | int]) -> Node | None:
        """The node at that path, or None where the file has none."""
        node = self.root
        for step in path:
            found = node.children.get(step)
            if found is None:
                return None
            node = found
        return node

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place | None:
        """Where the value (or its key) at `path` stands, else the nearest enclosing value that is known."""
        known = self.root
        for step in path:
            found = known.children.get(step)
            if found is None:
                break
            known = found
        if known is self.root:
            return None
        if (key or known.start < 0) and known.key_start >= 0:
            return self.text.place(known.key_start, known.key_end)
        if known.start < 0:
            return None
        return self.text.place(known.start, known.end)


def refuse(
    text: Text, message: str, start: int, end: int | None = None, *, hint: str | None = None
) -> ConfigError:
    """A `ConfigError` of one problem at an offset."""
    place = text.place(start, end)
    return ConfigError((Problem(message, place, hint),), path=text.path)


_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32 LE"),
    (codecs.BOM_UTF32_BE, "UTF-32 BE"),
    (codecs.BOM_UTF16_LE, "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "UTF-16 BE"),
)


def decode(path: Path, data: bytes) -> Text:
    """Bytes as wrangler decodes them: UTF-8, bad bytes replaced, one BOM dropped; other BOMs are refused."""
    if len(data) > MAX_BYTES:
        problem = Problem(
            f"Configuration file is larger than {MAX_BYTES:,} bytes", Place(path, 1, 1, 0), "make it smaller"
        )
        raise ConfigError((problem,), path=path)
    for mark, name in _MARKS:
        if data.startswith(mark):
            message = f"Configuration file contains {name} byte order marker"
            problem = Problem(message, Place(path, 1, 1, 0), "save the file as UTF-8 without BOM")
            raise ConfigError((problem,), path=path)
    return Text(path, data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace"))

"""A seed manifest of plain lines, as most are, read without YAML: loading a parser of that takes 15 ms.

Only what means the same to every YAML parser is taken: block lists and mappings indented by two, texts that
are words or stand in double quotes without escapes, lists of words in brackets, comments. `lines` gives None
for everything else, right or wrong, and leaves it to YAML.
"""

from __future__ import annotations

import re

from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_LINES = 5_000
"""A longer manifest is left to YAML, which tells what is too long."""

_OTHER_LINE_ENDS = frozenset("\r\x85\u2028\u2029")
_LINE = re.compile(
    r"(?P<start>  - |    |)(?P<key>[a-z]+):"
    r'(?: +(?P<value>"[^"\\]*"|\[[a-z][a-z-]*(?:, ?[a-z][a-z-]*)*\]'
    r"|[A-Za-z0-9/.](?:[\w/.@+=-]|:(?=[^ ])| (?=[^ #]))*))?"
    r" *(?:(?<= )#.*)?",
    re.ASCII,
)


class Node(NamedTuple):
    """`kind` is scalar, list or map; `value` a text, a list of nodes, or keys and values in turn; line and
    column count from 0."""

    kind: str
    value: Any
    line: int
    column: int


def lines(text: str) -> Node | None:
    """The root of a manifest's text, None where it is not plain."""
    rows = text.split("\n")
    root = Node("map", [], 0, 0)
    items: list[Node] | None = None
    if len(rows) > MAX_LINES or text.count(",") > MAX_LINES or not _OTHER_LINE_ENDS.isdisjoint(text):
        return None
    for number, row in enumerate(rows):
        if not row.strip(" ") or row.lstrip(" ").startswith("#"):
            continue
        found = _LINE.fullmatch(row)
        if found is None:
            return None
        start, value = found["start"], found["value"]
        key = Node("scalar", found["key"], number, len(start))
        if not start and value is None and key.value == "secrets" and items is None:
            items = []
            root.value.extend((key, items))
        elif value is None or (start and items is None):
            return None
        elif not start:
            if items is not None:
                return None
            root.value.extend((key, _value(value, number, found.start("value"))))
        elif start == "    " and not items:
            return None
        else:
            assert items is not None
            if start != "    ":
                items.append(Node("map", [], number, len(start)))
            items[-1].value.extend((key, _value(value, number, found.start("value"))))
    if not items:
        return None
    first = root.value[0]
    listed = Node("list", items, items[0].line, 2)
    return Node("map", [*root.value[:-1], listed], first.line, first.column)


def _value(text: str, line: int, column: int) -> Node:
    if text.startswith('"'):
        return Node("scalar", text[1:-1], line, column)
    if not text.startswith("["):
        return Node("scalar", text, line, column)
    words = [Node("scalar", found[0], line, column + found.start()) for found in re.finditer("[a-z-]+", text)]
    return Node("list", words, line, column)

"""Putting one more item into a list or object that is written out, keeping every other character.

Works for JSONC and for TOML's inline arrays and tables: both close with a bracket, separate by commas, and
may end in one. The new item follows the way the items before it are laid out.
"""

from __future__ import annotations

import re

from sshim.config.document import Node
from sshim.record import NamedTuple

JSON_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.S)
TOML_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_JSON_REST = re.compile(r"[ \t]*(?:/\*[^\r\n]*?\*/[ \t]*)*(?://[^\r\n]*)?")
_TOML_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_INDENT = re.compile(r"[ \t]*")


class Layout(NamedTuple):
    """How a file is written: its line ends, one step of indentation, and its comments."""

    line_end: str
    step: str
    toml: bool

    @classmethod
    def of(cls, text: str, *, toml: bool) -> Layout:
        """The layout a text shows; two blanks and LF where it shows none."""
        found = re.search(r"\n([ \t]+)[^ \t\r\n]", text)
        return cls("\r\n" if "\r\n" in text else "\n", found[1] if found and not toml else "  ", toml)

    @property
    def blank(self) -> re.Pattern[str]:
        """Blanks and comments."""
        return TOML_BLANK if self.toml else JSON_BLANK


def indent_at(text: str, offset: int) -> str:
    """The indentation of the line that `offset` is in."""
    line = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    found = _INDENT.match(text, line)
    return found[0] if found else ""


def append(text: str, container: Node, item: str, layout: Layout, *, spread: bool) -> str:
    """The text with one more item at the end of `container`, which spans its brackets.

    `item` is written with line ends and indentation as if it stood at the margin. `spread`: an empty
    container is opened up over several lines.
    """
    items = sorted(container.children.values(), key=lambda node: node.end)
    if not items:
        return _fill(text, container, item, layout, spread=spread)
    last = items[-1]
    begin = last.key_start if last.key_start >= 0 else last.start
    own_line = text[:begin].rstrip(" \t").endswith(("\n", "\r"))
    follow = layout.blank.match(text, last.end)
    after = follow.end() if follow else last.end
    comma = text.startswith(",", after)
    place = after + 1 if comma else last.end
    if not own_line:
        new = f" {_margin(item, indent_at(text, begin), layout)}"
        return (
            text[: last.end] + "," + new + text[last.end :] if not comma else _insert(text, place, new + ",")
        )
    rest = (_TOML_REST if layout.toml else _JSON_REST).match(text, place)
    line = rest.end() if rest and text[rest.end() : rest.end() + 1] in ("\n", "\r") else place
    indent = indent_at(text, begin)
    new = layout.line_end + indent + _margin(item, indent, layout)
    if comma:
        return _insert(text, line, new + ",")
    return text[: last.end] + "," + text[last.end : line] + new + text[line:]


def _fill(text: str, container: Node, item: str, layout: Layout, *, spread: bool) -> str:
    """The text with the first item of an empty container."""
    start = container.start + 1
    outer = indent_at(text, container.start)
    inner = outer + layout.step
    inside = text[start : container.end - 1]
    if not spread and "\n" not in inside:
        pad = " " if text[container.start] == "{" and not inside.strip() else ""
        return _insert(text, start, pad + _margin(item, outer, layout) + pad)
    new = layout.line_end + inner + _margin(item, inner, layout)
    return _insert(text, start, new if "\n" in inside else new + layout.line_end + outer)


def _margin(item: str, indent: str, layout: Layout) -> str:
    return item.replace("\n", layout.line_end + indent)


def _insert(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at:]

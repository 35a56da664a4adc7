"""Where everything in a TOML text stands, and the first thing wrong with it in wrangler's words.

A light reading beside tomli's: it follows keys, tables and brackets and keeps offsets. It makes no values,
except of the line ends inside multi-line texts, which tomli unifies and wrangler keeps; but it tells whether
every value is so plain that it can be taken from the text as it stands.
"""

from __future__ import annotations

import re

from sshim.config.document import MAX_DEPTH, MAX_VALUES, Node, Text, refuse
from sshim.config.tomlscalar import Wrong, end_of_scalar
from sshim.config.tomltables import LEAF, Table, Tables
from sshim.config.tomltext import read_text
from sshim.errors import ConfigError

MAX_KEY_PARTS = 40
"""A dotted key with more parts is refused: reading one takes time with the square of their number."""

_BLANK = re.compile(r"[ \t]*")
_VOID = re.compile(r"(?:[ \t\n]|\r\n|#(?:[^\n\r]|\r(?!\n))*)*")
_COMMENT = re.compile(r"(?:[ \t]*#(?:[^\n\r]|\r(?!\n))*|[ \t]+)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SIMPLE = re.compile(
    r'([A-Za-z0-9_-]+)[ \t]*=[ \t]*("[^"\\\x00-\x1f\x7f]*"|true|false|[1-9][0-9]{0,14})[ \t]*(?=\r?\n)'
)
"""Most lines: a key and a text without escapes, a constant or a short number, and nothing behind."""

HINTS = {
    "invalid value": 'write text in quotes, such as name = "worker"',
    "illegal character in key": 'a key has letters, digits, - and _; put others in quotes, as in "a b" = 1',
    "control characters are not allowed in strings": "close the text with a quote on the same line",
    "trying to redefine an already defined table or value": "give each table and key once",
    "trying to redefine an already defined value": "give each key once",
    "integer value cannot be represented losslessly": "put the number in quotes",
    "each key-value declaration must be followed by an end-of-line": "begin a new line here",
    "incomplete key-value: cannot find end of key": "write key = value",
}


class Scan:
    """One pass over a text. `root` is the tree of nodes; `texts` holds, by offset, multi-line texts with
    CRLF in them; `dates` the offsets of dates; `statements` the path of the table each statement belongs to,
    with its offsets; `plain` whether there are only texts without escapes on one line, true, false and whole
    numbers in digits. Raises `ConfigError` at the first error."""

    def __init__(self, source: Text) -> None:
        self.source, self.text = source, source.text
        self.at = 0
        self.count = 0
        self.texts: dict[int, str] = {}
        self.dates: list[int] = []
        self.plain = True
        self.statements: list[tuple[tuple[str, ...], int, int]] = []
        self.tables = Tables()
        self.root = self.tables.root
        self.root.start, self.root.end = 0, len(self.text)
        self._document()

    def error(self, message: str, start: int, end: int | None = None) -> ConfigError:
        """The error at an offset, as wrangler words it."""
        hint = HINTS.get(message)
        return refuse(self.source, f"Invalid TOML document: {message}", start, end, hint=hint)

    def _document(self) -> None:
        self._skip_void()
        table = self.tables.root
        path: tuple[str, ...] = ()
        while self.at < len(self.text):
            start = self.at
            if self.text[start] == "[":
                table, path = self._header()
            elif not self._simple_pair(table):
                self._pair(table)
            self.statements.append((path, start, self.at))
            if not self.text.startswith("\n", self.at):
                self._skip_comment()
            if self.at < len(self.text) and not self.text.startswith(("\n", "\r\n"), self.at):
                raise self.error("each key-value declaration must be followed by an end-of-line", self.at)
            self._skip_void()

    def _header(self) -> tuple[Table, tuple[str, ...]]:
        start = self.at
        double = self.text.startswith("[[", start)
        self.at = key_start = start + 1 + double
        key = self._key("]")
        if double:
            if not self.text.startswith("]", self.at):
                raise self.error("expected end of table array declaration", self.at)
            self.at += 1
        path = tuple(part for part, _, _ in key)
        table = self.tables.open(path, array=double)
        if table is None:
            message = "trying to redefine an already defined table or value"
            raise self.error(message, key_start, key[-1][2])
        _mark(self.tables.root, key)
        table.key_start, table.key_end = key[-1][1], key[-1][2]
        table.start, table.end = start, self.at
        return table, path

    def _simple_pair(self, table: Table) -> bool:
        """Reads a line that is simple, in one step; where it returns False nothing has happened."""
        found = _SIMPLE.match(self.text, self.at)
        if found is None or self.count + 2 > MAX_VALUES or found[1] in table.steps:
            return False
        self.count += 2
        (key_start, key_end), (start, self.at) = found.span(1), found.span(2)
        table.steps[found[1]] = LEAF
        table.children[found[1]] = Node(start, self.at, key_start, key_end)
        return True

    def _pair(self, table: Table) -> None:
        start = self.at
        key = self._key("=")
        holder = self.tables.define(table, [part for part, _, _ in key])
        if holder is None:
            message = "trying to redefine an already defined table or value"
            raise self.error(message, start, key[-1][2])
        _mark(table, key[:-1])
        self._skip_blank()
        node = self._value(0, None)
        name, node.key_start, node.key_end = key[-1]
        holder.children[name] = node

    def _key(self, closing: str) -> list[tuple[str, int, int]]:
        """The parts of a key with their offsets; reading stops behind `closing`."""
        text, start = self.text, self.at
        parts: list[tuple[str, int, int]] = []
        wanted = True
        while True:
            self._skip_blank()
            here = self.at
            sign = text[here : here + 1]
            if sign in ("", "\0") and (here > start or not sign):
                raise self.error("incomplete key-value: cannot find end of key", start)
            if sign == closing:
                if wanted:
                    raise self.error("unexpected end of key", here)
                self.at += 1
                return parts
            if sign == ".":
                if wanted:
                    raise self.error("illegal empty bare key", here)
                self.at, wanted = here + 1, True
            elif wanted and sign in "\"'":
                if text.startswith(sign * 3, here):
                    raise self.error("illegal quoted key: multiline strings are not allowed", here)
                parts.append((self._string(), here, self.at))
                wanted = False
            elif wanted and (bare := _BARE.match(text, here)):
                self.at = bare.end()
                parts.append((bare[0], here, self.at))
                wanted = False
            else:
                raise self.error("illegal character in key", here)
            self._count(here)
            if len(parts) > MAX_KEY_PARTS:
                raise self.error(f"a key has more than {MAX_KEY_PARTS} parts", start, here)

    def _count(self, here: int) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.error(f"the file holds more than {MAX_VALUES:,} keys and values", here)

    # -- values --

    def _value(self, depth: int, closing: str | None) -> Node:
        text, start = self.text, self.at
        self._count(start)
        sign = text[start : start + 1]
        if sign and sign in "\"'":
            value = self._string()
            if "\r\n" in value:
                self.texts[start] = value
        elif sign and sign in "[{":
            if depth >= MAX_DEPTH:
                raise self.error("document contains excessively nested structures. aborting.", start)
            node = Node(start)
            self.at += 1
            (self._array if sign == "[" else self._inline)(node, depth + 1)
            node.end = self.at
            return node
        else:
            try:
                self.at = end_of_scalar(text, start, closing)
            except Wrong as error:
                raise self.error(error.message, error.at) from None
            word = text[start : self.at]
            if word not in ("true", "false") and not (word.isascii() and word.isdigit()):
                self.plain = False
                if len(word) >= 10 and word[4] == "-":
                    self.dates.append(start)
        return Node(start, self.at)

    def _array(self, node: Node, depth: int) -> None:
        index = 0
        while self.at < len(self.text):
            self._skip_void()
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            node.children[index] = self._value(depth, "]")
            index += 1
            if self._separator("]"):
                return
        raise self.error("unfinished array", node.start)

    def _inline(self, node: Node, depth: int) -> None:
        assigned: set[int] = set()
        while self.at < len(self.text):
            self._skip_void()
            if self.text.startswith("}", self.at):
                self.at += 1
                return
            start = self.at
            key = self._key("=")
            holder = node
            for name, _, _ in key[:-1]:
                inner = holder.children.setdefault(name, Node())
                if id(inner) in assigned:
                    raise self.error("trying to redefine an already defined value", start, key[-1][2])
                holder = inner
            name = key[-1][0]
            if name in holder.children:
                raise self.error("trying to redefine an already defined value", start, key[-1][2])
            self._skip_blank()
            value = self._value(depth + len(key) - 1, "}")
            value.key_start, value.key_end = key[-1][1:]
            holder.children[name] = value
            assigned.add(id(value))
            if self._separator("}"):
                return
        raise self.error("unfinished table", node.start)

    def _separator(self, closing: str) -> bool:
        """Steps over a comma (False) or the closing bracket (True)."""
        self._skip_void()
        sign = self.text[self.at : self.at + 1]
        if sign not in (",", closing):
            raise self.error("expected comma or end of structure", self.at)
        self.at += 1
        return sign == closing

    def _string(self) -> str:
        start = self.at
        try:
            value, self.at = read_text(self.text, start)
        except Wrong as error:
            raise self.error(error.message, error.at) from None
        if self.at - start != len(value) + 2:  # an escape, or three quotes
            self.plain = False
        return value

    # -- blanks --

    def _skip_blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _skip_void(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following > "#" and self.text[self.at] == "\n":  # neither blank nor comment behind a line end
            self.at += 1
        else:
            self._skip(_VOID)

    def _skip_comment(self) -> None:
        self._skip(_COMMENT)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        """Steps over blanks and comments; a comment holds no control characters but TAB."""
        found = pattern.match(self.text, self.at)
        assert found is not None
        if "#" in found[0]:
            for comment in re.finditer(r"#(?:[^\n\r]|\r(?!\n))*", found[0]):
                if comment[0].isprintable():
                    continue
                wrong = re.search(r"[\x00-\x08\x0a-\x1f\x7f]", comment[0])
                if wrong:
                    at = self.at + comment.start() + wrong.start()
                    raise self.error("control characters are not allowed in comments", at)
        self.at = found.end()


def _mark(table: Table, key: list[tuple[str, int, int]]) -> None:
    """Gives the tables that a key names, and that have no place yet, the place of their part of the key."""
    for name, start, end in key:
        found = table.steps[name]
        if found.key_start < 0:
            found.start = found.key_start = start
            found.end = found.key_end = end
        table = found.last or found

"""JSON with comments and trailing commas, in the dialect wrangler reads, with offsets for every value.

One pass, no recursion. The first error ends it; its text is the name wrangler's parser gives that error
(`CommaExpected`, `InvalidSymbol`, …), its place the offending token.
"""

from __future__ import annotations

import re

from sshim.config.document import MAX_DEPTH, MAX_VALUES, Document, Node, Text, refuse
from sshim.config.javascript import number, order_keys
from sshim.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.S)
_COMMON = re.compile(r'[ \t\r\n]*(?:([{}\[\]:,])|"([^"\\\x00-\x1f]*)")')
"""Most tokens: a sign, or a text without escapes, behind nothing but blanks."""
_MEMBER = re.compile(
    r'[ \t\r\n]*("[^"\\\x00-\x1f]*")[ \t\r\n]*:[ \t\r\n]*'
    r'("[^"\\\x00-\x1f]*"|true|false|null|0|[1-9][0-9]{0,14})[ \t\r\n]*(?:(,)|(?=\}))'
)
"""Most members of an object: texts without escapes, words, whole numbers, and no comments between."""
# The others are compiled when first used: many files need few of them.
_PLAIN = r'[^"\\\x00-\x1f]*'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:(\.)([0-9]*))?(?:([eE][+-]?)([0-9]*))?"
_WORD = r'[^ \t\r\n}\]{\["\:,/]+'
_HEX = r"[0-9a-fA-F]{0,4}"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}
_PAIR = "[\ud800-\udbff][\udc00-\udfff]"

HINTS = {
    "InvalidSymbol": "JSON has text in double quotes, numbers such as 1.5, true, false and null",
    "PropertyNameExpected": 'a key in double quotes belongs here, such as "name"',
    "ValueExpected": "a value belongs here: text in double quotes, a number, true, false, null, [ or {",
    "ColonExpected": "put a colon between the key and its value",
    "CommaExpected": "put a comma before this",
    "CloseBraceExpected": "close the object with }",
    "CloseBracketExpected": "close the list with ]",
    "EndOfFileExpected": "remove what follows the closing brace",
    "UnexpectedEndOfComment": "close the comment with */",
    "UnexpectedEndOfString": "close the text with a double quote on the same line",
    "UnexpectedEndOfNumber": "complete the number, such as 1.0 or 1e3",
    "InvalidUnicode": "write four hex digits after \\u",
    "InvalidEscapeCharacter": 'use one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX',
    "InvalidCharacter": "write control characters as escapes, such as \\t for TAB",
}


class _Token:
    """`kind` is one of `{ } [ ] : ,` or string, number, word, end."""

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: str, value: Any, start: int, end: int) -> None:
        self.kind, self.value, self.start, self.end = kind, value, start, end


class _Scanner:
    """Tokens of a text; raises `ConfigError` at the first malformed one."""

    __slots__ = ("at", "source", "text")

    def __init__(self, source: Text) -> None:
        self.source, self.text, self.at = source, source.text, 0

    def error(self, name: str, start: int, end: int) -> ConfigError:
        return refuse(self.source, name, start, end, hint=HINTS.get(name))

    def next(self) -> _Token:
        text = self.text
        found = _COMMON.match(text, self.at)
        if found is not None:
            self.at = end = found.end()
            kind = found[1]
            if kind is not None:
                return _Token(kind, None, end - 1, end)
            return _Token("string", found[2], found.start(2) - 1, end)
        found = _BLANK.match(text, self.at)
        start = found.end() if found else self.at
        if start >= len(text):
            self.at = start
            return _Token("end", None, len(text), len(text))
        sign = text[start]
        if sign in "{}[]:,":
            self.at = start + 1
            return _Token(sign, None, start, self.at)
        if sign == '"':
            return self._string(start)
        if sign == "-" or "0" <= sign <= "9":
            return self._number(start)
        if text.startswith("/*", start):
            raise self.error("UnexpectedEndOfComment", start, len(text))
        word = re.compile(_WORD).match(text, start)
        end = word.end() if word else start + 1
        if text[start:end] in _WORDS:
            self.at = end
            return _Token("word", _WORDS[text[start:end]], start, end)
        raise self.error("InvalidSymbol", start, end)

    def _string(self, start: int) -> _Token:
        text, at = self.text, start + 1
        pattern = re.compile(_PLAIN)
        parts: list[str] = []
        problem = ""
        while True:
            plain = pattern.match(text, at)
            assert plain is not None
            parts.append(plain[0])
            at = plain.end()
            sign = text[at : at + 1]
            if sign == '"':
                at += 1
                break
            if sign == "" or sign in "\r\n":
                problem = "UnexpectedEndOfString"
                break
            if sign != "\\":
                problem = "InvalidCharacter"
                at += 1
                continue
            letter = text[at + 1 : at + 2]
            at += 2
            if letter == "u":
                digits = re.compile(_HEX).match(text, at)
                assert digits is not None
                at = digits.end()
                if len(digits[0]) == 4:
                    parts.append(chr(int(digits[0], 16)))
                else:
                    problem = "InvalidUnicode"
            elif letter in _ESCAPES and letter:
                parts.append(_ESCAPES[letter])
            elif letter == "":
                at -= 1
                problem = "UnexpectedEndOfString"
                break
            else:
                problem = "InvalidEscapeCharacter"
        if problem:
            raise self.error(problem, start, at)
        self.at = at
        value = "".join(parts)
        if not value.isascii():
            value = re.sub(_PAIR, _join_pair, value)
        return _Token("string", value, start, at)

    def _number(self, start: int) -> _Token:
        found = re.compile(_NUMBER).match(self.text, start)
        if found is None:  # a minus without a digit
            raise self.error("InvalidSymbol", start, start + 1)
        point, part, power, digits = found.groups()
        if point and not part:
            raise self.error("UnexpectedEndOfNumber", start, found.end(1))
        if power and not digits:
            raise self.error("UnexpectedEndOfNumber", start, found.end())
        self.at = found.end()
        return _Token("number", number(float(found[0])), start, self.at)


def _join_pair(found: re.Match[str]) -> str:
    high, low = found[0][0], found[0][1]
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(low) - 0xDC00)


class _Open:
    """A container being read: its value, its node, and for an object the key whose value comes next."""

    __slots__ = ("closing", "key", "node", "value")

    def __init__(self, value: dict[str, Any] | list[Any], node: Node) -> None:
        self.value, self.node = value, node
        self.closing = "}" if isinstance(value, dict) else "]"
        self.key: _Token | None = None

    def close(self, end: int) -> tuple[Any, Node]:
        """The finished container, its keys in JavaScript's order, and its node up to `end`."""
        self.node.end = end
        if isinstance(self.value, dict):
            order_keys(self.value)
        return self.value, self.node

    def put(self, value: Any, node: Node) -> None:
        if isinstance(self.value, list):
            self.node.children[len(self.value)] = node
            self.value.append(value)
            return
        key = self.key
        assert key is not None
        node.key_start, node.key_end = key.start, key.end
        self.key = None
        if key.value == "__proto__":  # JavaScript's assignment to it leaves no key behind
            return
        self.value[key.value] = value
        self.node.children[key.value] = node


_STARTS = frozenset({"{", "[", "string", "number", "word"})


def parse(source: Text) -> Document:
    """The document; raises `ConfigError` with one problem named as wrangler names it."""
    scanner = _Scanner(source)
    stack: list[_Open] = []
    token = scanner.next()
    count = 0
    while True:
        count += 1
        if count > MAX_VALUES:
            raise refuse(source, f"The file holds more than {MAX_VALUES:,} values", token.start, token.end)
        if token.kind not in _STARTS:
            raise _wrong(scanner, "ValueExpected", token)
        node = Node(token.start, token.end)
        if token.kind in "{[":
            if len(stack) >= MAX_DEPTH:
                raise refuse(source, f"Values are nested more than {MAX_DEPTH} deep", token.start, token.end)
            top = _Open({} if token.kind == "{" else [], node)
            stack.append(top)
            last, count = _members(scanner, top, count) if token.kind == "{" else ("", count)
            token = scanner.next()
            if (not last and token.kind not in (top.closing, "end")) or (
                last == "," and token.kind != top.closing
            ):
                token = _to_value(scanner, top, token, first=not last)
                continue
            value: Any = None
        else:
            value, token = token.value, scanner.next()
            if not stack:
                break
            stack[-1].put(value, node)
        # A value (or an opening bracket) is behind, and `token` should be a comma or close its container.
        while stack:
            top = stack[-1]
            if token.kind == ",":
                last, count = _members(scanner, top, count) if top.closing == "}" else ("", count)
                token = scanner.next()
                if last == "value":
                    continue
                if token.kind != top.closing:
                    token = _to_value(scanner, top, token, first=False)
                    break
            if token.kind == "end":
                name = "CloseBraceExpected" if top.closing == "}" else "CloseBracketExpected"
                raise _wrong(scanner, name, token)
            if token.kind != top.closing:
                raise _wrong(scanner, "CommaExpected", token)
            stack.pop()
            value, node = top.close(token.end)
            if stack:
                stack[-1].put(value, node)
            token = scanner.next()
        else:
            break
    if token.kind != "end":
        raise _wrong(scanner, "EndOfFileExpected", token)
    return Document(source, value, node)


def _members(scanner: _Scanner, top: _Open, count: int) -> tuple[str, int]:
    """Reads the simple members that come next in an object; `count` is that of values, to be returned.

    What came last: a "value", a comma, or nothing ("").
    """
    last, text, table = "", scanner.text, top.value
    assert isinstance(table, dict)
    while count < MAX_VALUES and (found := _MEMBER.match(text, scanner.at)):
        scanner.at = found.end()
        count += 1
        (key_start, key_end), (start, end) = found.span(1), found.span(2)
        name, word = text[key_start + 1 : key_end - 1], found[2]
        if name != "__proto__":
            value = word[1:-1] if word[0] == '"' else _WORDS[word] if word in _WORDS else int(word)
            table[name] = value
            top.node.children[name] = Node(start, end, key_start, key_end)
        last = found[3] or "value"
    return last, count


def _to_value(scanner: _Scanner, top: _Open, token: _Token, *, first: bool) -> _Token:
    """The token that starts the container's next value: in an object the one behind key and colon."""
    if first and token.kind == ",":
        raise _wrong(scanner, "ValueExpected", token)
    if top.closing == "]":
        return token
    if token.kind != "string":
        raise _wrong(scanner, "PropertyNameExpected", token)
    top.key = token
    token = scanner.next()
    if token.kind != ":":
        raise _wrong(scanner, "ColonExpected", token)
    return scanner.next()


def _wrong(scanner: _Scanner, name: str, token: _Token) -> ConfigError:
    return scanner.error(name, token.start, token.end)

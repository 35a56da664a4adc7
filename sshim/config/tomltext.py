"""Texts of TOML: what one holds, where it ends, or what is wrong with it in wrangler's words."""

from __future__ import annotations

import re

from sshim.config.tomlscalar import Wrong

# Patterns are compiled when first used: most texts are short and plain, and need none.
_STOP = {'"': r'["\\\x00-\x08\x0a-\x1f\x7f]', "'": r"['\x00-\x08\x0a-\x1f\x7f]"}
_ESCAPE = r"\\(?:[btnfre\"\\]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
_FOLD = r"\\[ \t]*\r?\n(?:[ \t\n]|\r\n)*"
_SIMPLE = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}


def read_text(text: str, start: int) -> tuple[str, int]:
    """The content of the text that begins at `start`, and where it ends. Raises `Wrong`."""
    quote = text[start]
    if text.startswith(quote * 3, start):
        at = start + 3
        for line_end in ("\n", "\r\n"):
            if text.startswith(line_end, at):
                return _read(text, start, at + len(line_end), quote, long=True)
        return _read(text, start, at, quote, long=True)
    end = text.find(quote, start + 1)
    plain = text[start + 1 : end]
    if end > 0 and plain.isprintable() and (quote == "'" or "\\" not in plain):
        return plain, end + 1
    return _read(text, start, start + 1, quote, long=False)


def _read(text: str, start: int, at: int, quote: str, *, long: bool) -> tuple[str, int]:
    parts: list[str] = []
    stop = re.compile(_STOP[quote])
    while True:
        found = stop.search(text, at)
        if found is None:
            raise Wrong("unfinished string", start)
        parts.append(text[at : found.start()])
        at, sign = found.start(), found[0]
        if sign == quote:
            run = _run(text, at, quote) if long else 1
            at += run
            if not long or run >= 3:
                parts.append(quote * (run - 3 if long else 0))
                return "".join(parts), at
            parts.append(quote * run)
        elif sign == "\\":
            part, at = _escape(text, start, at, long=long)
            parts.append(part)
        elif long and text.startswith(("\n", "\r\n"), at):
            parts.append("\n" if sign == "\n" else "\r\n")
            at += len(parts[-1])
        else:
            raise Wrong("control characters are not allowed in strings", at)


def _escape(text: str, start: int, at: int, *, long: bool) -> tuple[str, int]:
    if long and (fold := re.compile(_FOLD).match(text, at)):
        return "", fold.end()
    found = re.compile(_ESCAPE).match(text, at)
    if found is None:
        raise _wrong_escape(text, start, at, long=long)
    letter = found[0][1]
    if letter in _SIMPLE:
        return _SIMPLE[letter], found.end()
    code = int(found[0][2:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Wrong("invalid unicode escape", at)
    return chr(code), found.end()


def _wrong_escape(text: str, start: int, at: int, *, long: bool) -> Wrong:
    letter = text[at + 1 : at + 2]
    if not letter:
        return Wrong("unfinished string", start)
    if letter in "xuU":
        digits = re.compile("[0-9a-fA-F]*").match(text, at + 2)
        return Wrong("invalid non-hex character in unicode escape", digits.end() if digits else at)
    if long and letter in " \t":
        return Wrong("invalid escape: only line-ending whitespace may be escaped", at)
    if (letter < " " and letter != "\t") or letter == "\x7f":
        return Wrong("control characters are not allowed in strings", at + 1)
    return Wrong("unrecognised escape sequence", at + 1)


def _run(text: str, at: int, quote: str) -> int:
    """How many of the quote stand in a row, five at most (three that close, two that belong to the text)."""
    run = 1
    while run < 5 and text.startswith(quote, at + run):
        run += 1
    return run

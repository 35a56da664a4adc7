"""TOML 1.1 as wrangler reads it: tomli's values, narrowed to what JavaScript holds, with offsets.

Loading tomli takes 3 ms, a fifth of what reading a file may take. A file that has only plain values, as most
do, is done without: `Scan` has found it right and knows where each value stands.
"""

from __future__ import annotations

import re

from sshim.config.document import Document, Node, Text, refuse
from sshim.config.javascript import TomlDate, number, order_keys
from sshim.config.tomlscan import Scan
from sshim.config.tomltables import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def parse(source: Text) -> Document:
    """The document; raises `ConfigError`, its text beginning with `Invalid TOML document:`."""
    scan = Scan(source)
    if scan.plain:
        return Document(source, _plain(source.text, scan.root), scan.root, inherits=False)
    import tomli

    try:
        value = tomli.loads(_with_real_days(source.text, scan.dates))
    except tomli.TOMLDecodeError as error:
        why = error.msg[:1].lower() + error.msg[1:]
        raise refuse(source, f"Invalid TOML document: {why}", error.pos) from None
    except (RecursionError, ValueError):
        raise refuse(source, "Invalid TOML document: invalid value", 0) from None
    return Document(
        source, _Conversion(source.text, scan).convert(value, scan.root), scan.root, inherits=False
    )


def _plain(text: str, node: Node) -> Any:
    """The value at a node of a text that is plain: what stands there needs no more than taking over."""
    sign = "" if isinstance(node, Table) or node.start < 0 else text[node.start]
    if sign == "[" or (isinstance(node, Table) and node.kind == "array"):
        return [_plain(text, child) for child in node.children.values()]
    if sign in ("", "{"):
        table = {str(key): _plain(text, child) for key, child in node.children.items()}
        order_keys(table)
        return table
    word = text[node.start : node.end]
    if sign in ("'", '"'):
        return word[1:-1]
    return word == "true" if sign in "tf" else int(word)


class _Conversion:
    """tomli's values made into those of `javascript`, by help of the scan."""

    def __init__(self, text: str, scan: Scan) -> None:
        self.text, self.texts = text, scan.texts

        self._same = (bool, int) if self.texts else (bool, int, str)

    def convert(self, value: Any, node: Node | None) -> Any:
        """The value that stands at `node`, tables and lists changed in place; None where a table has no place
        of its own."""
        if isinstance(value, dict | list):
            children = node.children if node is not None else {}
            for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
                if not isinstance(entry, self._same):
                    value[key] = self.convert(entry, children.get(key))
            if isinstance(value, dict):
                order_keys(value)
            return value
        if isinstance(value, float):
            return number(value)
        if isinstance(value, str):
            kept = self.texts.get(node.start) if node is not None else None
            return kept if kept is not None and kept.replace("\r\n", "\n") == value else value
        assert node is not None
        return _date(self.text[node.start : node.end])


def _with_real_days(text: str, dates: list[int]) -> str:
    """The text with another day in place of one that is in no calendar: JavaScript takes 30 February for
    1 March, and only the offsets of a date count for `_date`."""
    parts, at = [], 0
    for start in dates:
        day = text[start : start + 10]
        if _rolled(day) != day or day[:4] == "0000":
            parts += [text[at:start], "2000-01-01"]
            at = start + 10
    return "".join((*parts, text[at:]))


def _rolled(day: str) -> str:
    """The day as JavaScript has it, which counts on into the next month."""
    from datetime import date, timedelta  # few files hold dates

    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:])
    same = date(year + 400, month, 1) if year < 9000 else date(year - 400, month, 1)  # as long, and in range
    rolled = same + timedelta(days=number - 1)
    return f"{year:04}{rolled.isoformat()[4:]}"


_PARTS = r"(\d{4}-\d\d-[\d ]\d)?[Tt ]?(?:(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?)?([Zz]|[+-]\d\d:\d\d)?"


def _date(text: str) -> TomlDate:
    """The form `toISOString` gives a TOML date: seconds and three digits of milliseconds always."""
    found = re.fullmatch(_PARTS, text)
    if found is None:
        return TomlDate(text)
    day, clock, seconds, part, zone = found.groups()
    pieces = [_rolled(day)] if day else []
    if clock:
        pieces.append(f"{clock}{seconds or ':00'}.{(part or '')[:3].ljust(3, '0')}")
    return TomlDate("T".join(pieces) + (zone or "").upper())

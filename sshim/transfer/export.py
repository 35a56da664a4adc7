"""Secrets of a store as text that can be read in again: JSON, dotenv, or a seed manifest in YAML.

Pure. Without values the text holds names, scopes and comments only; the manifest then asks for each value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sshim.errors import TransferError
from sshim.model import Secret, SecretValue
from sshim.record import NamedTuple

Format = Literal["json", "dotenv", "yaml"]


class Exported(NamedTuple):
    """One secret on its way out; the value is None where none is to be shown."""

    secret: Secret
    value: SecretValue | None


def result(store_id: str, exported: Iterable[Exported]) -> dict[str, Any]:
    """The object that `--json` prints; `value` is there only where a value is to be shown."""
    return {"store_id": store_id, "secrets": [_item(each) for each in exported]}


def _item(each: Exported) -> dict[str, Any]:
    secret = each.secret
    item = {"name": secret.name, "scopes": list(secret.scopes), "comment": secret.comment}
    return item if each.value is None else {**item, "value": each.value.reveal()}


def render(store_id: str, exported: Sequence[Exported], form: Format) -> str:
    """The whole text. Raises `TransferError` for secrets that dotenv has no way to write."""
    if form == "json":
        return json.dumps(result(store_id, exported), indent=2, ensure_ascii=False) + "\n"
    return _dotenv(exported) if form == "dotenv" else _manifest(store_id, exported)


# -- YAML --------------------------------------------------------------------------------------------------


def _manifest(store_id: str, exported: Iterable[Exported]) -> str:
    lines = ["version: 1", "secrets:"]
    for secret, value in exported:
        lines.append(f"  - name: {_quoted(secret.name)}")
        lines.append(f"    store: {_quoted(store_id)}")
        lines.append(f"    scopes: [{', '.join(map(_quoted, secret.scopes))}]")
        if secret.comment:
            lines.append(f"    comment: {_quoted(secret.comment)}")
        lines.append('    from: "prompt:"' if value is None else f"    plain: {_quoted(value.reveal())}")
    if len(lines) == 2:
        lines[1] = "secrets: []"
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar. All that is not plainly printable is escaped: YAML folds some line ends,
    and has no place for others."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char == "\n":
        return "\\n"
    return char if char.isprintable() and char != "\ufeff" else f"\\U{ord(char):08x}"


# -- dotenv ------------------------------------------------------------------------------------------------

_QUOTES = "\"'`"


def _dotenv(exported: Sequence[Exported]) -> str:
    from sshim.config.dotenv import parse  # the other forms do without

    if any(each.value is None for each in exported):
        return "".join(f"# {each.secret.name}=\n" for each in exported)
    values = {each.secret.name: each.value.reveal() for each in exported if each.value is not None}
    ways = {
        name: [way for way in _ways(value) if _reads_back(name, way, value)] for name, value in values.items()
    }
    _refuse(name for name, possible in ways.items() if not possible)
    # A value that ends in a backslash may run on to a later quote of its kind: such lines come last.
    order = sorted(values, key=lambda name: values[name].endswith("\\"))
    text = "".join(f"{name}={ways[name][0]}\n" for name in order)
    read = parse(text)
    _refuse(name for name in order if read.get(name) != values[name])
    return text


def _ways(value: str) -> Iterable[str]:
    """The value bare, then in each kind of quotes; only double ones know an escape, for line ends."""
    if value[:1] not in _QUOTES and "#" not in value:
        yield value
    yield f"'{value}'"
    yield '"' + value.replace("\r", "\\r").replace("\n", "\\n") + '"'
    yield f"`{value}`"


def _reads_back(name: str, way: str, value: str) -> bool:
    """Whether the reader finds the value, and the line after it."""
    from sshim.config.dotenv import parse

    after = "_" if name != "_" else "__"
    return parse(f"{name}={way}\n{after}=1\n") == {name: value, after: "1"}


def _refuse(names: Iterable[str]) -> None:
    if said := ", ".join(sorted(names)):
        raise TransferError(
            f"dotenv has no way to write {said}: its mix of quotes, line ends and backslashes",
            hint="--format json or --format yaml hold every value",
        )

"""Adding an entry to `secrets_store_secrets` of a configuration file, keeping every other byte of it."""

from __future__ import annotations

import codecs
import copy
import difflib
import os
import re
import tempfile
from pathlib import Path

from sshim.config import jsonc, toml
from sshim.config.discovery import read_bytes
from sshim.config.document import Document, Node, Text, decode
from sshim.config.javascript import show, show_string
from sshim.config.splice import Layout, append
from sshim.config.tomlscan import Scan
from sshim.errors import ConfigError, Problem
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEY = "secrets_store_secrets"


class Edit(NamedTuple):
    """A change of a file: its bytes before and after, and a unified diff to show."""

    path: Path
    before: bytes
    after: bytes
    diff: str

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


class Entry(NamedTuple):
    """The entry to add, and the environment it goes to (None: the top level)."""

    binding: str
    store_id: str
    secret_name: str
    env: str | None = None

    def fields(self) -> dict[str, str]:
        """The entry as wrangler names its parts."""
        return {"binding": self.binding, "store_id": self.store_id, "secret_name": self.secret_name}

    def path(self) -> tuple[str, ...]:
        """Where its table stands."""
        return ("env", self.env) if self.env else ()


def add_secret_binding(
    path: Path, binding: str, store_id: str, secret_name: str, env: str | None = None
) -> Edit:
    """The edit that adds the entry; without a change if the very same entry is there. Nothing is written.

    Raises `ConfigError` where the file cannot be read or edited, the environment is not in it, or the name
    is bound to another secret.
    """
    before = read_bytes(path, str(path))
    after = insert(path, before, Entry(binding, store_id, secret_name, env or None))
    return Edit(path, before, after, _diff(path, before, after))


def insert(path: Path, data: bytes, entry: Entry) -> bytes:
    """The file's bytes with the entry added, checked by reading them again. Pure; raises `ConfigError`."""
    if path.suffix not in (".toml", ".json", ".jsonc"):
        raise _refusal(path, f"{path.name} is neither TOML nor JSON")
    decode(path, data)  # refuses what the reader refuses
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    source = Text(path, data[len(mark) :].decode("utf-8", "surrogateescape"))
    document = _parse(source)
    table = _table(document, entry)
    present = table.get(KEY)
    if KEY in table and not isinstance(present, list):
        raise _refusal(
            path,
            f'The field "{KEY}" should be an array but got {show(present)}.',
            document,
            (*entry.path(), KEY),
            "make it a list of entries",
        )
    for index, item in enumerate(present or []):
        if isinstance(item, dict) and item.get("binding") == entry.binding:
            if all(item.get(key) == value for key, value in entry.fields().items()):
                return data
            message = f"{entry.binding} is bound to secret {item.get('secret_name')!r} already"
            raise _refusal(
                path, message, document, (*entry.path(), KEY, index), "choose another binding name"
            )
    wanted = _with_entry(document.value, entry)
    candidates = (
        _toml_candidates(document, entry) if path.suffix == ".toml" else [_json_candidate(document, entry)]
    )
    for text in candidates:
        if _reads_as(Text(path, text), wanted):
            return mark + text.encode("utf-8", "surrogateescape")
    raise _refusal(
        path, f"there is no safe place for the entry in {path.name}", hint=f"add it by hand: {_inline(entry)}"
    )


def write(edit: Edit) -> None:
    """Writes the edit in one step, keeping the file's mode and, if it is one, its symbolic link.

    Raises `ConfigError` where the file has changed since, or cannot be written.
    """
    target = Path(os.path.realpath(edit.path))
    if read_bytes(target, str(edit.path)) != edit.before:
        raise _refusal(
            edit.path, f"{edit.path.name} has changed in the meantime", hint="run the command again"
        )
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(edit.after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise _refusal(
            edit.path,
            f"{edit.path.name} cannot be written: {error.strerror}",
            hint="the diff shows what to add by hand",
        ) from None


# -- where it goes -----------------------------------------------------------------------------------------


def _parse(source: Text) -> Document:
    return toml.parse(source) if source.path.suffix == ".toml" else jsonc.parse(source)


def _table(document: Document, entry: Entry) -> dict[str, Any]:
    """The table the entry belongs to."""
    table = document.value
    for step in entry.path():
        table = table.get(step) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        message = (
            f'No environment found in configuration with name "{entry.env}".'
            if entry.env
            else "The configuration should be an object."
        )
        hint = "add the environment, or leave -e out" if entry.env else "start it with { and end it with }"
        raise _refusal(document.path, message, document, entry.path(), hint)
    return table


def _with_entry(value: Any, entry: Entry) -> Any:
    changed = copy.deepcopy(value)
    table = changed
    for step in entry.path():
        table = table[step]
    table.setdefault(KEY, []).append(entry.fields())
    return changed


def _reads_as(source: Text, wanted: Any) -> bool:
    try:
        return _same(_parse(source).value, wanted)
    except ConfigError:
        return False


def _same(one: Any, other: Any) -> bool:
    """Whether two values hold the same; keys of tables in any order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and show(one) == show(other)


def _json_candidate(document: Document, entry: Entry) -> str:
    text = document.text.text
    layout = Layout.of(text, toml=False)
    holder = document.node(entry.path()) or document.root
    listed = holder.children.get(KEY)
    spread = "\n" in text
    step = layout.step
    pairs = [f"{show_string(key)}: {show_string(value)}" for key, value in entry.fields().items()]
    if not spread:
        item = "{" + ", ".join(pairs) + "}"
    elif listed is not None and _is_flat(text, listed):
        item = "{ " + ", ".join(pairs) + " }"
    else:
        item = "{\n" + ",\n".join(step + pair for pair in pairs) + "\n}"
    if listed is not None:
        return append(text, listed, item, layout, spread=spread)
    inner = item.replace("\n", "\n" + step)
    block = f'"{KEY}": [\n{step}{inner}\n]' if spread else f'"{KEY}": [{item}]'
    return append(text, holder, block, layout, spread=spread)


def _is_flat(text: str, listed: Node) -> bool:
    """Whether the last entry of a list stands on one line."""
    entries = list(listed.children.values())
    return bool(entries) and "\n" not in text[entries[-1].start : entries[-1].end]


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def _inline(entry: Entry) -> str:
    return "{ " + ", ".join(f"{key} = {_quote(value)}" for key, value in entry.fields().items()) + " }"


def _quote(value: str) -> str:
    return show_string(value).replace("\x7f", "\\u007f")


def _toml_candidates(document: Document, entry: Entry) -> list[str]:
    """Ways to write the entry, the best first; not all are valid for every document."""
    text = document.text.text
    layout = Layout.of(text, toml=True)
    scan = Scan(document.text)
    here, path = entry.path(), (*entry.path(), KEY)
    holder = document.node(here)
    listed = document.node(path)
    if listed is not None and text.startswith("[", listed.start) and not text.startswith("[[", listed.start):
        return [append(text, listed, _inline(entry), layout, spread="\n" in text[listed.start : listed.end])]
    if (
        listed is None
        and holder is not None
        and text.startswith("{", max(holder.start, 0))
        and holder.start > 0
    ):
        return [append(text, holder, f"{KEY} = [{_inline(entry)}]", layout, spread=False)]
    keys = ".".join(key if _BARE.fullmatch(key) else _quote(key) for key in path)
    block = [f"[[{keys}]]", *(f"{key} = {_quote(value)}" for key, value in entry.fields().items())]
    ends = [end for table, _, end in scan.statements if table[: len(path)] == path]
    ends = ends or [end for table, _, end in scan.statements if here and table[: len(here)] == here]
    ends = ends or [end for table, _, end in scan.statements if not here and table[:1] != ("env",)]
    return [_with_block(text, end, block, layout) for end in (*ends[-1:], len(text))]


def _with_block(text: str, end: int, block: list[str], layout: Layout) -> str:
    """The text with a block of lines behind the line `end` is in, set off by blank lines."""
    line = text.find("\n", end)
    at = len(text) if line < 0 else line + 1
    before, after = text[:at], text[at:]
    lead = "" if not before or before.endswith("\n") else layout.line_end
    gap = layout.line_end if before.strip() else ""
    tail = layout.line_end if after.strip() and not after.startswith(("\n", "\r\n")) else ""
    body = layout.line_end.join(block) + layout.line_end
    return before + lead + gap + body + tail + after


def _diff(path: Path, before: bytes, after: bytes) -> str:
    """A unified diff with the file's name, line ends left out."""
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    name = path.name
    return "\n".join(difflib.unified_diff(old, new, name, name, lineterm=""))


def _refusal(
    path: Path,
    message: str,
    document: Document | None = None,
    where: tuple[str | int, ...] = (),
    hint: str | None = None,
) -> ConfigError:
    place = document.place(where) if document is not None and where else None
    return ConfigError((Problem(message, place, hint),), path=path)

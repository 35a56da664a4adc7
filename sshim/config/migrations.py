"""`migrations`: the tagged steps by which Durable Object classes came and went."""

from __future__ import annotations

from sshim.config.checks import Section, known_only, property_of, typed_list
from sshim.config.javascript import MISSING, keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEW, _DELETED = ("new_classes", "new_sqlite_classes"), ("deleted_classes",)
_MOVED = {"renamed_classes": ("from", "to"), "transferred_classes": ("from", "from_script", "to")}
_KNOWN = ("tag", *_NEW, *_DELETED, *_MOVED)


def migrations(section: Section, key: str, value: Any) -> None:
    """A list of steps, each with a tag and lists of classes; null counts as absent."""
    if value is MISSING or value is None:
        return
    if not isinstance(value, list):
        section.error(f'The optional "{key}" field should be an array, but got {show(value)}', (key,))
        return
    for index, step in enumerate(value):
        here: tuple[str | int, ...] = (key, index)
        label = f"migrations[{index}]"
        if step is None:  # wrangler breaks on it
            section.error(f'"{label}" should be an object but got null.', here)
            continue
        known_only(section, "migrations", keys(step), _KNOWN, here)
        property_of(section, f"{label}.tag", read(step, "tag"), "string", (*here, "tag"), required=True)
        _names(section, label, here, step, _NEW)
        for part, parts in _MOVED.items():
            moved = read(step, part)
            if moved is not MISSING and not _all_moves(moved, parts):
                shape = ", ".join(f"{name}: string" for name in parts)
                section.error(
                    f'Expected "{label}.{part}" to be an array of "{{{shape}}}" objects but got '
                    f"{show(moved)}.",
                    (*here, part),
                )
        _names(section, label, here, step, _DELETED)


def _names(
    section: Section, label: str, here: tuple[str | int, ...], step: Any, parts: tuple[str, ...]
) -> None:
    for part in parts:
        if read(step, part) is not MISSING:
            typed_list(section, f"{label}.{part}", read(step, part), "string", (*here, part))


def _all_moves(value: Any, parts: tuple[str, ...]) -> bool:
    """Whether it is a list of objects that have these texts."""
    return isinstance(value, list) and all(
        kind(item) == "object" and all(isinstance(read(item, part), str) for part in parts) for item in value
    )

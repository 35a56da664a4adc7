"""`exports`: the Durable Objects, entrypoints and workflows that a Worker declares by class name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sshim.config import workflows
from sshim.config.checks import Path, Section, is_object, known_only, property_of
from sshim.config.javascript import MISSING, entries, keys, read, show, show_or_undefined, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STORAGES = ("sqlite", "legacy-kv")
_IDENTIFIER = r"[A-Za-z_$][A-Za-z0-9_$]*"
_STATES: dict[Any, tuple[str, ...]] = {
    MISSING: ("type", "state", "storage", "container"),
    "created": ("type", "state", "storage", "container"),
    "deleted": ("type", "state"),
    "renamed": ("type", "state", "renamed_to"),
    "transferred": ("type", "state", "transferred_to"),
    "expecting-transfer": ("type", "state", "storage", "transfer_from", "container"),
}
"""The keys an exported Durable Object may have, by its state."""


def exports(section: Section, key: str, value: Any) -> None:
    """Every declared class."""
    if value is MISSING or value is None:
        return
    if not is_object(value):
        section.error(
            f'The optional "{key}" field should be an object keyed by class name, but got {show(value)}',
            (key,),
        )
        return
    for name, entry in entries(value):
        here: Path = (key, name)
        if not is_object(entry) and not isinstance(entry, list):
            section.error(f'"exports.{name}" should be an object but got {show(entry)}.', here)
            continue
        check = {"durable-object": _durable_object, "worker": _worker, "workflow": _workflow}.get(
            text(read(entry, "type"))
        )
        if check is not None:
            check(section, name, here, entry)
        else:
            section.error(
                f'"exports.{name}.type" must be "durable-object", "worker", or "workflow", but got '
                f"{show_or_undefined(read(entry, 'type'))}.",
                here,
            )


def check_workflow_names(section: Section, value: Any) -> None:
    """Refuses two exported workflows of one name."""
    seen: dict[str, str] = {}
    for name, entry in entries(value):
        given = read(entry, "name") if read(entry, "type") == "workflow" else None
        if isinstance(given, str) and seen.setdefault(given, name) != name:
            section.error(
                f'"exports.{seen[given]}" and "exports.{name}" both declare the Workflow "{given}". Workflow '
                "names must be unique.",
                ("exports", name),
            )


def _worker(section: Section, name: str, path: Path, entry: Any) -> None:
    known_only(section, f"exports.{name}", keys(entry), ("type", "cache"), path)
    cache, label, here = read(entry, "cache"), f"exports.{name}.cache", (*path, "cache")
    if cache is MISSING:
        return
    if not is_object(cache):
        section.error(f'"{label}" should be an object but got {show(cache)}.', here)
        return
    enabled = read(cache, "enabled")
    property_of(section, f"{label}.enabled", enabled, "boolean", (*here, "enabled"), required=True)
    known_only(section, label, keys(cache), ("enabled",), here)


def _workflow(section: Section, name: str, path: Path, entry: Any) -> None:
    field, given = f"exports.{name}", read(entry, "name")
    property_of(section, f"{field}.name", given, "string", (*path, "name"), required=True)
    if isinstance(given, str) and not re.fullmatch(workflows.NAME, given):
        section.error(f'"{field}.name" is invalid. {workflows.NAME_TEXT}', (*path, "name"))
    workflows.settings(section, field, "export", path, entry)
    known_only(section, field, keys(entry), ("type", "name", *workflows.SETTINGS), path)


def _durable_object(section: Section, name: str, path: Path, entry: Any) -> None:
    if name == "":
        section.error('"export" keys cannot be the empty string.', path)
    state = read(entry, "state")
    if state is not MISSING and (not isinstance(state, str) or state not in _STATES):
        section.error(
            f'"exports.{name}.state" must be one of "created", "deleted", "renamed", "transferred", or '
            f'"expecting-transfer" but got {show(state)}.',
            (*path, "state"),
        )
        return
    known, shown = _STATES[state], state if isinstance(state, str) else "created"
    if "storage" in known and read(entry, "storage") not in _STORAGES:
        section.error(
            f'"exports.{name}.storage" is required for state "{shown}" and must be one of sqlite and '
            f"legacy-kv, but got {show_or_undefined(read(entry, 'storage'))}",
            path,
        )
    for key in ("renamed_to", "transferred_to", "transfer_from"):
        if key in known:
            _reference(section, name, path, entry, key, shown)
    if "container" in known:
        _container(section, name, path, entry)
    _allowed(section, name, path, entry, known, shown)


def _reference(section: Section, name: str, path: Path, entry: Any, key: str, state: str) -> None:
    value = read(entry, key)
    if not isinstance(value, str) or not value:
        section.error(
            f'"exports.{name}.{key}" is required for state "{state}" and must be a non-empty string.', path
        )
    elif key == "renamed_to":
        if not re.fullmatch(_IDENTIFIER, value):
            section.error(
                f'"exports.{name}.{key}" must be a valid JavaScript identifier (got "{value}").', (*path, key)
            )
        if value == name:
            section.error(
                f'"exports.{name}.{key}" cannot equal the source class name "{name}".', (*path, key)
            )


def _container(section: Section, name: str, path: Path, entry: Any) -> None:
    value, here = read(entry, "container"), (*path, "container")
    if value is MISSING:
        return
    if not isinstance(value, str) or not value:
        section.error(
            f'"exports.{name}.container" must be a non-empty string naming a container in the "containers" '
            f"array, but got {show(value)}.",
            here,
        )
    elif read(entry, "storage") == "legacy-kv":
        section.error(
            f'"exports.{name}.container" requires "storage" to be "sqlite". Containers are not supported on '
            'Durable Objects using the "legacy-kv" storage backend.',
            here,
        )


def _allowed(section: Section, name: str, path: Path, entry: Any, known: Sequence[str], state: str) -> None:
    forbidden = [key for key in keys(entry) if key not in known]
    for key in forbidden:
        section.error(f'"exports.{name}.{key}" is forbidden on state "{state}".', (*path, key), key=True)
    if forbidden:
        last = f"{', and' if len(known) > 2 else ' and'} {known[-1]}"
        section.error(f"Allowed properties are: {', '.join(known[:-1])}{last}.", path)

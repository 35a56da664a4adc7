"""`exports`: the Durable Objects, entrypoints and workflows that a Worker declares by class name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sshim.config import workflows
from sshim.config.checks import Path, Scope, is_object, known_only, property_of
from sshim.config.javascript import MISSING, entries, keys, read, show, show_or_undefined, text

_STORAGES = ("sqlite", "legacy-kv")
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_STATES: dict[Any, tuple[str, ...]] = {
    MISSING: ("type", "state", "storage", "container"),
    "created": ("type", "state", "storage", "container"),
    "deleted": ("type", "state"),
    "renamed": ("type", "state", "renamed_to"),
    "transferred": ("type", "state", "transferred_to"),
    "expecting-transfer": ("type", "state", "storage", "transfer_from", "container"),
}
"""The keys an exported Durable Object may have, by its state."""


def exports(scope: Scope, key: str, value: Any) -> None:
    """Every declared class."""
    if value is MISSING or value is None:
        return
    if not is_object(value):
        scope.error(
            f'The optional "{key}" field should be an object keyed by class name, but got {show(value)}',
            (key,),
        )
        return
    for name, entry in entries(value):
        here: Path = (key, name)
        if not is_object(entry) and not isinstance(entry, list):
            scope.error(f'"exports.{name}" should be an object but got {show(entry)}.', here)
            continue
        check = {"durable-object": _durable_object, "worker": _worker, "workflow": _workflow}.get(
            text(read(entry, "type"))
        )
        if check is not None:
            check(scope, name, here, entry)
        else:
            scope.error(
                f'"exports.{name}.type" must be "durable-object", "worker", or "workflow", but got '
                f"{show_or_undefined(read(entry, 'type'))}.",
                here,
            )


def check_workflow_names(scope: Scope, value: Any) -> None:
    """Refuses two exported workflows of one name."""
    seen: dict[str, str] = {}
    for name, entry in entries(value):
        given = read(entry, "name") if read(entry, "type") == "workflow" else None
        if isinstance(given, str) and seen.setdefault(given, name) != name:
            scope.error(
                f'"exports.{seen[given]}" and "exports.{name}" both declare the Workflow "{given}". Workflow '
                "names must be unique.",
                ("exports", name),
            )


def _worker(scope: Scope, name: str, path: Path, entry: Any) -> None:
    known_only(scope, f"exports.{name}", keys(entry), ("type", "cache"), path)
    cache, label, here = read(entry, "cache"), f"exports.{name}.cache", (*path, "cache")
    if cache is MISSING:
        return
    if not is_object(cache):
        scope.error(f'"{label}" should be an object but got {show(cache)}.', here)
        return
    enabled = read(cache, "enabled")
    property_of(scope, f"{label}.enabled", enabled, "boolean", (*here, "enabled"), required=True)
    known_only(scope, label, keys(cache), ("enabled",), here)


def _workflow(scope: Scope, name: str, path: Path, entry: Any) -> None:
    field, given = f"exports.{name}", read(entry, "name")
    property_of(scope, f"{field}.name", given, "string", (*path, "name"), required=True)
    if isinstance(given, str) and not workflows.NAME.fullmatch(given):
        scope.error(f'"{field}.name" is invalid. {workflows.NAME_TEXT}', (*path, "name"))
    workflows.settings(scope, field, "export", path, entry)
    known_only(scope, field, keys(entry), ("type", "name", *workflows.SETTINGS), path)


def _durable_object(scope: Scope, name: str, path: Path, entry: Any) -> None:
    if name == "":
        scope.error('"export" keys cannot be the empty string.', path)
    state = read(entry, "state")
    if state is not MISSING and (not isinstance(state, str) or state not in _STATES):
        scope.error(
            f'"exports.{name}.state" must be one of "created", "deleted", "renamed", "transferred", or '
            f'"expecting-transfer" but got {show(state)}.',
            (*path, "state"),
        )
        return
    known, shown = _STATES[state], state if isinstance(state, str) else "created"
    if "storage" in known and read(entry, "storage") not in _STORAGES:
        scope.error(
            f'"exports.{name}.storage" is required for state "{shown}" and must be one of sqlite and '
            f"legacy-kv, but got {show_or_undefined(read(entry, 'storage'))}",
            path,
        )
    for key in ("renamed_to", "transferred_to", "transfer_from"):
        if key in known:
            _reference(scope, name, path, entry, key, shown)
    if "container" in known:
        _container(scope, name, path, entry)
    _allowed(scope, name, path, entry, known, shown)


def _reference(scope: Scope, name: str, path: Path, entry: Any, key: str, state: str) -> None:
    value = read(entry, key)
    if not isinstance(value, str) or not value:
        scope.error(
            f'"exports.{name}.{key}" is required for state "{state}" and must be a non-empty string.', path
        )
    elif key == "renamed_to":
        if not _IDENTIFIER.fullmatch(value):
            scope.error(
                f'"exports.{name}.{key}" must be a valid JavaScript identifier (got "{value}").', (*path, key)
            )
        if value == name:
            scope.error(f'"exports.{name}.{key}" cannot equal the source class name "{name}".', (*path, key))


def _container(scope: Scope, name: str, path: Path, entry: Any) -> None:
    value, here = read(entry, "container"), (*path, "container")
    if value is MISSING:
        return
    if not isinstance(value, str) or not value:
        scope.error(
            f'"exports.{name}.container" must be a non-empty string naming a container in the "containers" '
            f"array, but got {show(value)}.",
            here,
        )
    elif read(entry, "storage") == "legacy-kv":
        scope.error(
            f'"exports.{name}.container" requires "storage" to be "sqlite". Containers are not supported on '
            'Durable Objects using the "legacy-kv" storage backend.',
            here,
        )


def _allowed(scope: Scope, name: str, path: Path, entry: Any, known: Sequence[str], state: str) -> None:
    forbidden = [key for key in keys(entry) if key not in known]
    for key in forbidden:
        scope.error(f'"exports.{name}.{key}" is forbidden on state "{state}".', (*path, key), key=True)
    if forbidden:
        last = f"{', and' if len(known) > 2 else ' and'} {known[-1]}"
        scope.error(f"Allowed properties are: {', '.join(known[:-1])}{last}.", path)

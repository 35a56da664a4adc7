"""`triggers`: cron expressions, and events that start workflows."""

from __future__ import annotations

from sshim.config.checks import Path, Section, is_object, known_only
from sshim.config.javascript import MISSING, entries, keys, read, show, show_or_undefined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EVENTS = frozenset(
    f"cf.artifacts.repo.{name}"
    for name in (
        *("created", "deleted", "forked", "imported", "pushed", "cloned", "fetched"),
        *("token.created", "token.revoked"),
    )
)


def triggers(section: Section, key: str, value: Any) -> None:
    """Crons and events are lists; null counts as absent."""
    if value is MISSING or value is None:
        return
    if not is_object(value):
        section.error(f'Expected "{key}" to be of type object but got {show(value)}.', (key,))
        return
    for part in ("crons", "events"):
        if part in value and not isinstance(value[part], list):
            section.error(f'Expected "{key}.{part}" to be of type array, but got {show(value)}.', (key, part))
    events = read(value, "events")
    for index, event in enumerate(events if isinstance(events, list) else ()):
        _event(section, f"{key}.events[{index}]", (key, "events", index), event)
    known_only(section, key, value, ("crons", "events"), (key,))


def _event(section: Section, field: str, path: Path, event: Any) -> None:
    if not is_object(event):
        section.error(f'Expected "{field}" to be of type object, but got {show(event)}.', path)
        return
    kind_of, chosen, targets = (read(event, key) for key in ("type", "filter", "targets"))
    if not isinstance(kind_of, str) or kind_of not in _EVENTS:
        section.error(
            f'Expected "{field}.type" to be a supported Artifacts event type, but got '
            f"{show_or_undefined(kind_of)}.",
            path,
        )
    if chosen is not MISSING:
        _filter(section, field, (*path, "filter"), chosen)
    if not isinstance(targets, list) or not targets:
        section.error(
            f'Expected "{field}.targets" to be a non-empty array, but got {show_or_undefined(targets)}.', path
        )
    else:
        for index, target in enumerate(targets):
            _target(section, f"{field}.targets[{index}]", (*path, "targets", index), target)
    known_only(section, field, keys(event), ("type", "filter", "targets"), path)


def _filter(section: Section, field: str, path: Path, chosen: Any) -> None:
    if not is_object(chosen):
        section.error(f'Expected "{field}.filter" to be of type object, but got {show(chosen)}.', path)
    elif not all(
        name in ("namespace", "repo_name") and isinstance(value, str) and value
        for name, value in entries(chosen)
    ):
        section.error(
            f'Expected "{field}.filter" to contain only non-empty string "namespace" and "repo_name" '
            f"fields, but got {show(chosen)}.",
            path,
        )


def _target(section: Section, field: str, path: Path, target: Any) -> None:
    name = read(target, "workflow_name")
    if is_object(target) and read(target, "type") == "workflow" and isinstance(name, str) and name:
        known_only(section, field, keys(target), ("type", "workflow_name"), path)
        return
    section.error(
        f'Expected "{field}" to be a workflow target with a non-empty "workflow_name", but got '
        f"{show(target)}.",
        path,
    )

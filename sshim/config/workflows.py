"""What a workflow may set, whether it is bound or exported: schedules, limits, retention, concurrency."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sshim.config.bindings import MAY, SHOULD, Entries, Rule, array_of
from sshim.config.checks import Path, Section, is_object, known_only
from sshim.config.javascript import MISSING, is_whole, keys, read, show, show_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JURISDICTIONS = '"eu", "fedramp", or "us"'
SETTINGS = ("limits", "concurrency", "schedules", "default_retention", "jurisdiction")
"""The keys that `settings` looks at."""

NAME = r"[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}"
NAME_TEXT = (
    "Workflow names must be 1-64 characters long, start with a letter, number, or underscore, and may only "
    "contain letters, numbers, underscores, or hyphens."
)
_MOST_STEPS = 25_000


def bound(section: Section, field: str, path: Path, entry: Any) -> None:
    """The settings of an entry of `workflows`."""
    settings(section, field, "bindings", path, entry)


def name(section: Section, field: str, path: Path, entry: Any) -> None:
    """A workflow name has its form."""
    given = read(entry, "name")
    if isinstance(given, str) and not re.fullmatch(NAME, given):
        section.error(f'"{field}" binding "name" field is invalid. {NAME_TEXT}', (*path, "name"))


def settings(section: Section, field: str, what: str, path: Path, entry: Any) -> None:
    """All of them; `what` is what messages call the entry: "bindings" or "export"."""
    _schedules(section, f'"{field}" {what}', path, entry)
    limits = _table(section, field, what, path, entry, "limits")
    if limits is not None:
        _limits(section, field, what, path, limits)
    retention = _table(section, field, what, path, entry, "default_retention")
    if retention is not None:
        _retention(section, field, what, path, retention)
    concurrency = _table(section, field, what, path, entry, "concurrency")
    if concurrency is not None:
        here = (*path, "concurrency")
        limit = read(concurrency, "limit")
        if limit is not MISSING and not is_whole(limit, 1):
            section.error(
                f'"{field}" {what} "concurrency.limit" field must be a positive integer but got '
                f"{show(limit)}.",
                (*here, "limit"),
            )
        known_only(section, f"{field}.concurrency", keys(concurrency), ("limit",), here)
    jurisdiction(section, f'"{field}" {what}', path, entry)


def jurisdiction(section: Section, label: str, path: Path, entry: Any) -> None:
    """Where it may run; `label` is how messages begin."""
    value = read(entry, "jurisdiction")
    if value is not MISSING and value not in ("eu", "fedramp", "us"):
        section.error(
            f'{label} "jurisdiction" field must be one of {JURISDICTIONS}, but got {show(value)}.',
            (*path, "jurisdiction"),
        )


def _table(
    section: Section, field: str, what: str, path: Path, entry: Any, key: str
) -> Mapping[str, Any] | None:
    value = read(entry, key)
    if value is MISSING:
        return None
    if is_object(value):
        found: Mapping[str, Any] = value
        return found
    section.error(
        f'"{field}" {what} should, optionally, have an object "{key}" field but got {show(entry)}.',
        (*path, key),
    )
    return None


def _schedules(section: Section, label: str, path: Path, entry: Any) -> None:
    value, here = read(entry, "schedules"), (*path, "schedules")
    if value is MISSING:
        return
    if value == "":
        section.error(f'{label} "schedules" field must not be an empty string.', here)
    elif value == []:
        section.error(f'{label} "schedules" field must not be an empty array.', here)
    elif isinstance(value, str):
        return
    elif not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        section.error(
            f'{label} should, optionally, have a string or array of strings "schedules" field but got '
            f"{show(entry)}.",
            here,
        )
    elif "" in value:
        section.error(f'{label} "schedules" field must not contain empty strings.', here)


def _limits(section: Section, field: str, what: str, path: Path, limits: Any) -> None:
    steps, here = read(limits, "steps"), (*path, "limits")
    if steps is not MISSING and not is_whole(steps, 1):
        section.error(
            f'"{field}" {what} "limits.steps" field must be a positive integer but got {show(steps)}.',
            (*here, "steps"),
        )
    elif steps is not MISSING and steps > _MOST_STEPS:
        section.warn(
            f'"{field}" has a step limit of {show_number(steps)}, which exceeds the production maximum of '
            "25,000. This configuration may not work when deployed.",
            (*here, "steps"),
        )
    known_only(section, f"{field}.limits", keys(limits), ("steps",), here)


def _retention(section: Section, field: str, what: str, path: Path, retention: Any) -> None:
    known, here = ("success_retention", "error_retention"), (*path, "default_retention")
    for key in known:
        value = read(retention, key)
        if value is not MISSING and not is_whole(value, 1) and not (isinstance(value, str) and value):
            section.error(
                f'"{field}" {what} "default_retention.{key}" field must be a positive integer of '
                f'milliseconds or a duration string such as "3 days", but got {show(value)}.',
                (*here, key),
            )
    known_only(section, f"{field}.default_retention", keys(retention), known, here)


workflows = array_of(
    Entries(
        '"workflows" bindings',
        (
            Rule("binding", SHOULD),
            Rule("name", SHOULD),
            name,
            Rule("class_name", SHOULD),
            Rule("script_name", MAY, True),
            bound,
        ),
        ("binding", "name", "class_name", "script_name", *SETTINGS),
        unique="name",
    )
)
"""The check of the field `workflows`."""

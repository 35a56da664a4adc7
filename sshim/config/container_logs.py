"""`observability` of a container: whether its logs are kept, and of how many instances."""

from __future__ import annotations

from sshim.config.checks import Path, Section, is_object, known_only, property_of
from sshim.config.javascript import MISSING, is_whole, keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TARGETS = {
    "target_instance_percentage": (1, 99, "must be an integer between 1 and 99 inclusive."),
    "target_instance_count": (1, float("inf"), "must be a positive integer."),
}


def logs(section: Section, field: str, path: Path, value: Any) -> None:
    """A switch, or one below `logs`, and a share or a count of instances once it is on."""
    if value is MISSING:
        return
    if not is_object(value):
        section.error(f'"{field}" should be an object but got {show(value)}.', path)
        return
    enabled, table = read(value, "enabled"), read(value, "logs")
    inner, targets = read(table, "enabled"), {key: read(value, key) for key in _TARGETS}
    property_of(section, f"{field}.enabled", enabled, "boolean", (*path, "enabled"))
    _table(section, f"{field}.logs", (*path, "logs"), table)
    given = (enabled, inner if is_object(table) else table, *targets.values())
    if all(item is MISSING for item in given):
        section.error(f'"{field}.enabled" or "{field}.logs.enabled" is required.', path)
    for key, target in targets.items():
        property_of(section, f"{field}.{key}", target, "number", (*path, key))
    known_only(section, field, keys(value), ("enabled", "logs", *_TARGETS), path)
    if isinstance(enabled, bool) and isinstance(inner, bool) and enabled is not inner:
        section.error(
            f'"{field}.enabled" and "{field}.logs.enabled" cannot be set to different values.', path
        )
    if MISSING not in targets.values():
        both = " and ".join(f'"{field}.{key}"' for key in _TARGETS)
        section.error(f"{both} cannot both be set.", path)
    for key, (least, most, text) in _TARGETS.items():
        if kind(targets[key]) == "number" and not is_whole(targets[key], least, most):
            section.error(f'"{field}.{key}" {text}', (*path, key))
    for key, target in targets.items():
        if target is not MISSING and enabled is not True and inner is not True:
            section.error(
                f'"{field}.{key}" requires "{field}.enabled" or "{field}.logs.enabled" to be true because '
                "container observability overrides root observability.",
                (*path, key),
            )


def _table(section: Section, label: str, path: Path, table: Any) -> None:
    if is_object(table):
        property_of(section, f"{label}.enabled", read(table, "enabled"), "boolean", (*path, "enabled"))
        known_only(section, label, keys(table), ("enabled",), path)
    elif table is not MISSING:
        section.error(f'Expected "{label}" to be of type object but got {show(table)}.', path)

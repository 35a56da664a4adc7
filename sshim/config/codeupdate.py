"""`durable_objects.code_update_strategy`: when running objects take over new code."""

from __future__ import annotations

import math

from sshim.config.checks import Path, Section, known_only, object_or_error, property_of
from sshim.config.javascript import keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST = 24 * 60 * 60
_TOLERANCE = 1e-6


def check_strategy(section: Section, label: str, path: Path, objects: Any) -> None:
    """A mode, and a delay of up to a day in whole milliseconds; `objects` is the table that holds it."""
    strategy = objects["code_update_strategy"]
    if not object_or_error(section, label, strategy, path):
        return
    known_only(section, label, keys(strategy), ("mode", "max_delay"), path)
    mode, delay = read(strategy, "mode"), read(strategy, "max_delay")
    choices = ("immediate", "deferred")
    property_of(section, f"{label}.mode", mode, "string", (*path, "mode"), required=True, choices=choices)
    here = (*path, "max_delay")
    if not property_of(section, f"{label}.max_delay", delay, "number", here) or kind(delay) != "number":
        return
    if not math.isfinite(delay) or not 0 <= delay <= _LONGEST:
        section.error(
            f'Expected "{label}.max_delay" to be between 0 and {_LONGEST} seconds but got {show(delay)}.',
            here,
        )
        return
    milliseconds = delay * 1e3
    whole = math.floor(milliseconds + 0.5)
    if (delay > 0 and whole == 0) or abs(milliseconds - whole) > _TOLERANCE:
        section.error(
            f'Expected "{label}.max_delay" to use millisecond precision but got {show(delay)}.', here
        )

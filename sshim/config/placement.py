"""`placement`: near what a Worker runs in production, by a hint or by a target."""

from __future__ import annotations

from sshim.config.checks import Section, object_or_error, property_of
from sshim.config.javascript import MISSING, keys, read, text, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TARGETS = ("region", "host", "hostname")


def placement(section: Section, key: str, value: Any) -> None:
    """The smart form has a mode and perhaps a hint, the targeted form one target."""
    if value is MISSING or not object_or_error(section, key, value, (key,)):
        return
    targets = [part for part in _TARGETS if part in keys(value)]
    if "hint" in keys(value) and targets:
        section.error(
            f'"{key}" cannot have both "hint" (smart format) and "region"/"host"/"hostname" (targeted '
            "format) fields",
            (key, "hint"),
        )
    elif "hint" in keys(value):
        _smart(section, key, value)
    elif targets:
        _targeted(section, key, value, targets)
    else:
        mode = _mode(section, key, value, ("off", "smart", "targeted"))
        if mode == "targeted":
            names = " or ".join(f'"{key}.{part}"' for part in _TARGETS)
            section.error(f"{names} is required.", (key,))


def _mode(section: Section, key: str, value: Any, choices: tuple[str, ...], *, required: bool = True) -> Any:
    mode = read(value, "mode")
    property_of(section, f"{key}.mode", mode, "string", (key, "mode"), required=required, choices=choices)
    return mode


def _smart(section: Section, key: str, value: Any) -> None:
    mode, hint = _mode(section, key, value, ("off", "smart")), read(value, "hint")
    if not isinstance(hint, str):
        section.error(f'"{key}.hint" must be a string when "{key}.mode" is "{text(mode)}"', (key, "hint"))
    if truthy(hint) and mode != "smart":
        section.error(f'"{key}.hint" can only be set when "{key}.mode" is "smart"', (key, "hint"))


def _targeted(section: Section, key: str, value: Any, targets: list[str]) -> None:
    _mode(section, key, value, ("targeted",), required=False)
    for part in targets:
        property_of(section, f"{key}.{part}", value[part], "string", (key, part), required=True)
        if value[part] == "":
            section.error(f'"{key}.{part}" must be a non-empty string.', (key, part))
    if len(targets) > 1:
        shown = ", ".join(f'"{part}"' for part in targets)
        section.error(
            f'"{key}" fields {shown} are mutually exclusive. Only one can be specified.', (key, targets[1])
        )

"""`placement`: near what a Worker runs in production, by a hint or by a target."""

from __future__ import annotations

from typing import Any

from sshim.config.checks import Scope, object_or_error, property_of
from sshim.config.javascript import MISSING, keys, read, text, truthy

_TARGETS = ("region", "host", "hostname")


def placement(scope: Scope, key: str, value: Any) -> None:
    """The smart form has a mode and perhaps a hint, the targeted form one target."""
    if value is MISSING or not object_or_error(scope, key, value, (key,)):
        return
    targets = [part for part in _TARGETS if part in keys(value)]
    if "hint" in keys(value) and targets:
        scope.error(
            f'"{key}" cannot have both "hint" (smart format) and "region"/"host"/"hostname" (targeted '
            "format) fields",
            (key, "hint"),
        )
    elif "hint" in keys(value):
        _smart(scope, key, value)
    elif targets:
        _targeted(scope, key, value, targets)
    else:
        mode = _mode(scope, key, value, ("off", "smart", "targeted"))
        if mode == "targeted":
            names = " or ".join(f'"{key}.{part}"' for part in _TARGETS)
            scope.error(f"{names} is required.", (key,))


def _mode(scope: Scope, key: str, value: Any, choices: tuple[str, ...], *, required: bool = True) -> Any:
    mode = read(value, "mode")
    property_of(scope, f"{key}.mode", mode, "string", (key, "mode"), required=required, choices=choices)
    return mode


def _smart(scope: Scope, key: str, value: Any) -> None:
    mode, hint = _mode(scope, key, value, ("off", "smart")), read(value, "hint")
    if not isinstance(hint, str):
        scope.error(f'"{key}.hint" must be a string when "{key}.mode" is "{text(mode)}"', (key, "hint"))
    if truthy(hint) and mode != "smart":
        scope.error(f'"{key}.hint" can only be set when "{key}.mode" is "smart"', (key, "hint"))


def _targeted(scope: Scope, key: str, value: Any, targets: list[str]) -> None:
    _mode(scope, key, value, ("targeted",), required=False)
    for part in targets:
        property_of(scope, f"{key}.{part}", value[part], "string", (key, part), required=True)
        if value[part] == "":
            scope.error(f'"{key}.{part}" must be a non-empty string.', (key, part))
    if len(targets) > 1:
        shown = ", ".join(f'"{part}"' for part in targets)
        scope.error(
            f'"{key}" fields {shown} are mutually exclusive. Only one can be specified.', (key, targets[1])
        )

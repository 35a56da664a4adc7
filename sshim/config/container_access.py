"""Who may open a shell in a container: `ssh`, and the keys that are let in."""

from __future__ import annotations

from sshim.config.checks import Path, Section, is_object
from sshim.config.javascript import MISSING, is_whole, keys, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def shell(section: Section, field: str, path: Path, entry: Any, key: str) -> None:
    """A switch and a port."""
    if key not in keys(entry):
        return
    value, label, here = entry[key], f"{field}.{key}", (*path, key)
    if not isinstance(read(value, "enabled"), bool):
        section.error(f"{label}.enabled must be a boolean", here)
    port = read(value, "port")
    if port is not MISSING and not is_whole(port, 1, 65535):
        section.error(f"{label}.port must be a number between 1 and 65535 inclusive", (*here, "port"))


def public_keys(section: Section, field: str, path: Path, entry: Any, key: str, *, named: bool) -> None:
    """A list of Ed25519 keys; `named`: whether each needs a name."""
    if key not in keys(entry):
        return
    value, label, here = entry[key], f"{field}.{key}", (*path, key)
    if not isinstance(value, list):
        section.error(f"{label} must be an array", here)
        return
    for index, item in enumerate(value):
        each, place = f"{label}[{index}]", (*here, index)
        if not is_object(item):
            section.error(f"{each} must be an object", place)
            continue
        name, public = read(item, "name"), read(item, "public_key")
        if not isinstance(name, str) and (named or name is not MISSING):
            section.error(f"{each}.name must be a string", (*place, "name"))
        if not isinstance(public, str):
            section.error(f"{each}.public_key must be a string", (*place, "public_key"))
        elif not public.lower().startswith("ssh-ed25519"):
            section.error(
                f"{each}.public_key is an unsupported key type. Please provide an ED25519 public key.",
                (*place, "public_key"),
            )

"""`cloudchamber`: how large a container is, in the form from before `containers`; sshim runs none."""

from __future__ import annotations

from sshim.config.checks import Section, is_object
from sshim.config.container_size import INSTANCE_TYPES
from sshim.config.javascript import MISSING, keys, kind, read, show, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = {"memory": "string", "image": "string", "location": "string", "ipv4": "boolean", "vcpu": "number"}
_SIZES = INSTANCE_TYPES[:-2]


def cloudchamber(section: Section, key: str, value: Any) -> None:
    """How large a container is."""
    if not is_object(value):
        section.error(f'"cloudchamber" should be an object, but got {show(value)}', (key,))
        return
    for part, wanted in _TYPES.items():
        if kind(read(value, part)) not in ("undefined", wanted):
            section.error(
                f'"{key}" bindings should, optionally, have a {wanted} "{part}" field but got {show(value)}.',
                (key, part),
            )
    size = read(value, "instance_type")
    if size is MISSING:
        return
    if not isinstance(size, str) or size not in INSTANCE_TYPES:
        quoted = ", ".join(f"'{name}'" for name in _SIZES[:-1])
        section.error(
            f"\"instance_type\" should be one of {quoted}, or '{_SIZES[-1]}', but got {text(size)}",
            (key, "instance_type"),
        )
    if "memory" in keys(value) or "vcpu" in keys(value):
        section.error(
            f'"{key}" configuration should not set either "memory" or "vcpu" with "instance_type"',
            (key, "instance_type"),
        )

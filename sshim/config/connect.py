"""`connect`: ports on which a Worker takes TCP and UDP in production; sshim opens none of them."""

from __future__ import annotations

from sshim.config.checks import Path, Section, known_only
from sshim.config.javascript import MISSING, is_whole, keys, kind, read, show, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_UDP = ("idle_timeout_ms", "max_pending_bytes")


def connect(section: Section, key: str, value: Any) -> None:
    """A list of handlers, no two of one protocol and port."""
    label = section.label(key)
    if not isinstance(value, list):
        section.error(f'The field "{label}" should be an array but got {show(value)}.', (key,))
        return
    for index, entry in enumerate(value):
        _handler(section, f"{label}[{index}]", (key, index), entry)
    first: dict[str, int] = {}
    for index, entry in enumerate(value):
        protocol, port = read(entry, "protocol"), read(entry, "port")
        if not isinstance(protocol, str) or kind(port) != "number":
            continue
        shown = text(port)
        before = first.setdefault(f"{protocol}:{shown}", index)
        if before != index:
            section.error(
                f'"{label}[{index}]" has the same "protocol" ({protocol}) and "port" ({shown}) as '
                f'"{label}[{before}]". Each entry in "connect" must use a unique protocol/port combination.',
                (key, index),
            )


def _handler(section: Section, field: str, path: Path, entry: Any) -> None:
    if kind(entry) != "object" or entry is None:
        section.error(f'"{field}" should be an object, but got {show(entry)}', path)
        return
    protocol, port, address = (read(entry, key) for key in ("protocol", "port", "address"))
    udp = _UDP if protocol == "udp" else ()
    known_only(section, field, keys(entry), ("protocol", "port", "address", *udp), path)
    if protocol not in ("tcp", "udp"):
        section.error(
            f'"{field}" should have a "protocol" field of "tcp" or "udp" but got '
            f"{show(entry if protocol is MISSING else protocol)}.",
            path,
        )
    if kind(port) != "number":
        section.error(f'"{field}" should have a number "port" field but got {show(entry)}.', path)
    elif not is_whole(port, 1, 65535):
        section.error(
            f'"{field}" should have an integer "port" field between 1 and 65535 but got {show(entry)}.',
            (*path, "port"),
        )
    if kind(address) not in ("undefined", "string"):
        section.error(
            f'"{field}" should, optionally, have a string "address" field but got {show(entry)}.',
            (*path, "address"),
        )
    for key in udp:
        value = read(entry, key)
        if value is not MISSING and not is_whole(value, 0, 2**32 - 1):
            section.error(
                f'"{field}" should have an integer "{key}" field between 0 and 4294967295 but got '
                f"{show(entry)}.",
                (*path, key),
            )

"""Containers and Durable Objects name each other: `containers`, `exports` and their classes have to agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sshim.config.checks import Section
from sshim.config.containers import name_of
from sshim.config.javascript import MISSING, entries, kind, read, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIVE = (MISSING, "created", "expecting-transfer")


def check_links(section: Section, environment: Mapping[str, Any]) -> None:
    """Refuses names and classes used twice, references to nothing, and those that contradict each other."""
    containers = environment.get("containers", MISSING)
    if containers is MISSING:
        if _elsewhere(section):
            return
        containers = []
    if not isinstance(containers, list):
        return
    names = {
        index: name_of(section, entry)
        for index, entry in enumerate(containers)
        if kind(entry) == "object" and entry is not None
    }
    classes = {index: read(containers[index], "class_name") for index in names}
    objects = {
        name: entry
        for name, entry in entries(environment["exports"])
        if read(entry, "type") == "durable-object" and name != "__proto__"  # which JavaScript does not keep
    }
    _twice(
        section,
        "name",
        names,
        '"containers" contains more than one container named "{}". Container names must be unique.',
    )
    crowded = _twice(
        section,
        "class_name",
        classes,
        'More than one container is attached to the Durable Object "{}". A Durable Object can only have one '
        "container attached to it.",
    )
    claims = _claims(section, objects, {name for name in names.values() if isinstance(name, str)})
    referenced = [read(entry, "container") for entry in objects.values()]
    for index, name in names.items():
        class_name = classes[index]
        if not isinstance(name, str) or (isinstance(class_name, str) and class_name in crowded):
            continue
        if class_name is not MISSING:
            message = _disagreement(name, class_name, objects, claims.get(name, []))
        elif name in referenced:
            message = None
        else:
            message = (
                f'The container "{name}" is not linked to a Durable Object. Either set '
                '"containers.class_name", or reference this container from a Durable Object\'s `exports` '
                'entry via its "container" field.'
            )
        if message:
            section.error(message, ("containers", index))


def _elsewhere(section: Section) -> bool:
    """Whether another level of the file has containers, which then are what the exports speak of."""
    if section.top is not None:
        return read(section.raw_top, "containers") is not MISSING
    named = entries(read(section.raw, "env"))
    return any(read(table, "containers") is not MISSING for _, table in named)


def _twice(section: Section, key: str, values: Mapping[int, Any], message: str) -> list[str]:
    """The texts that occur more than once, in JavaScript's order, each with an error."""
    count = Counter(value for value in values.values() if isinstance(value, str))
    found = [value for value, times in count.items() if times > 1]
    found.sort(key=lambda value: value.encode("utf-16-be", "surrogatepass"))
    for value in found:
        last = max(index for index, given in values.items() if given == value)
        section.error(message.format(value), ("containers", last, key))
    return found


def _claims(section: Section, objects: Mapping[str, Any], names: set[str]) -> dict[str, list[str]]:
    """The live classes that claim a container, by its name."""
    claims: dict[str, list[str]] = {}
    for class_name, entry in objects.items():
        container = read(entry, "container")
        if read(entry, "state") not in _LIVE or not isinstance(container, str) or not container:
            continue
        if container in names:
            claims.setdefault(container, []).append(class_name)
        else:
            section.error(
                f'"exports.{class_name}.container" references a container named "{container}", but no '
                'container with that name is defined in "containers".',
                ("exports", class_name, "container"),
            )
    for container, claiming in claims.items():
        if len(claiming) > 1:
            section.error(
                f'The container "{container}" is referenced by more than one Durable Object export '
                f"({', '.join(claiming)}). A container can only back a single Durable Object.",
                ("exports", claiming[1], "container"),
            )
    return claims


def _disagreement(name: str, given: Any, objects: Mapping[str, Any], claiming: list[str]) -> str | None:
    """How a container with a class and the exports contradict each other."""
    class_name = text(given)
    entry = objects.get(class_name)
    referenced, state = read(entry, "container"), read(entry, "state")
    start = f'The container "{name}" sets "class_name" to "{class_name}", but'
    end = "A Durable Object and its container must reference each other consistently."
    if isinstance(referenced, str) and referenced != name:
        return f'{start} "exports.{class_name}.container" is "{referenced}". {end}'
    if len(claiming) == 1 and claiming[0] != given:
        return f'{start} "exports.{claiming[0]}.container" references it. {end}'
    lives = entry is not None and state in _LIVE and isinstance(given, str)
    if objects and not lives:
        return f'{start} "exports" has no live "durable-object" entry for "{class_name}".'
    if referenced is MISSING and read(entry, "storage") == "legacy-kv":
        return (
            f'{start} "exports.{class_name}.storage" is "legacy-kv". Containers are not supported on Durable '
            'Objects using the "legacy-kv" storage backend.'
        )
    return None

"""The image of a container: a Dockerfile in the project, or a reference to a registry."""

from __future__ import annotations

import os

from sshim.config.checks import Path, Section, is_object, known_only, property_of
from sshim.config.javascript import MISSING, TomlDate, keys, kind, read, text, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMITS = ("disk", "vcpu", "memory_mib")


def image(section: Section, field: str, path: Path, entry: Any) -> None:
    """There is one, and it is a file or can be a reference."""
    configuration, given = read(entry, "configuration"), read(entry, "image")
    older = read(configuration, "image")
    if not truthy(older) and not truthy(given):
        section.error(
            '"containers.image" field must be defined for each container app. This should be the path to '
            "your Dockerfile or an image URI pointing to the Cloudflare registry.",
            (*path, "image"),
        )
    if "configuration" in keys(entry):
        _configuration(section, (*path, "configuration"), entry)
    context = read(entry, "image_build_context")
    here = (*path, "image_build_context")
    property_of(section, f"{field}.image_build_context", context, "string", here)
    chosen = older if given is MISSING or given is None else given
    if not isinstance(chosen, str):
        section.error(_no_path(section, chosen), (*path, "image"))
        return
    file = os.path.normpath(os.path.join(_folder(section), chosen))
    if os.path.isdir(file):
        section.error(
            f"{chosen} is a directory, you should specify a path to the Dockerfile", (*path, "image")
        )
    elif os.path.exists(file):
        if truthy(context) and not isinstance(context, str):
            section.error(_no_path(section, context), here)
    else:
        why = _not_a_reference(chosen)
        if why:
            section.error(
                f'The image "{chosen}" does not appear to be a valid path to a Dockerfile, or a valid image '
                f"registry path:\n{why}",
                (*path, "image"),
            )


def known_configuration(section: Section, field: str, path: Path, entry: Any) -> None:
    """Warns of unknown keys in what came before the fields of a container."""
    table = read(entry, "configuration")
    if is_object(table):
        known = ("image", "secrets", "labels", *_LIMITS)
        known_only(section, f"{field}.configuration", keys(table), known, (*path, "configuration"))


def _configuration(section: Section, path: Path, entry: Any) -> None:
    section.warn(
        '"containers.configuration" is deprecated. Use top level "containers" fields instead. '
        '"configuration.image" should be "image", limits should be set via "instance_type".',
        path,
        key=True,
    )
    table = entry["configuration"]
    if not is_object(table):
        section.error('"containers.configuration" should be an object', path)
    elif truthy(read(entry, "instance_type")) and any(key in table for key in _LIMITS):
        section.error(
            'Cannot set custom limits via "containers.configuration" and use preset "instance_type" limits '
            "at the same time.",
            path,
        )


def _folder(section: Section) -> str:
    """Where paths start: the folder of the configuration."""
    document = section.diagnostics.document
    return os.path.abspath(document.path.parent) if document is not None else os.curdir


def _not_a_reference(image: str) -> str | None:
    """Why that cannot be an image's address in a registry; None if it can be."""
    import can_ada  # the parser of Node.js; only an image that is no file pays for it

    plain = image.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not can_ada.can_parse(f"https://{plain}"):
        return "Invalid URL"
    if ":" not in image.rpartition("/")[2]:
        return (
            "If this is an image registry path, it needs to include at least a tag ':' "
            "(e.g: docker.io/httpd:1)"
        )
    if "://" in image:
        return (
            "Image reference should not include the protocol part (e.g: docker.io/httpd:1, not "
            "https://docker.io/httpd:1)"
        )
    return None


def _no_path(section: Section, value: Any) -> str:
    """What Node.js says of a path that is no text."""
    document = section.diagnostics.document
    if value is MISSING or value is None:
        received = text(value)
    elif kind(value) != "object":
        shown = "-0" if str(value) == "-0.0" else text(value)
        received = f"type {kind(value)} ({shown})"
    elif isinstance(value, TomlDate | list) or document is None or document.inherits:
        name = {"list": "Array", "TomlDate": "TomlDate"}.get(type(value).__name__, "Object")
        received = f"an instance of {name}"
    else:
        received = "[Object: null prototype]" + ("" if keys(value) else " {}")
    return f'The "paths[1]" argument must be of type string. Received {received}'

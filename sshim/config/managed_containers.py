"""A container that its Durable Object starts itself (`scheduling_policy = "durable_object"`)."""

from __future__ import annotations

import re

from sshim.config import container_access
from sshim.config.checks import Path, Section, is_object
from sshim.config.container_logs import logs
from sshim.config.javascript import MISSING, entries, keys, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KNOWN = (
    *("name", "class_name", "scheduling_policy", "images", "observability", "ssh", "authorized_keys"),
    "unsafe",
)
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PINNED = rf"{_PART}(?:/{_PART})+@sha256:[a-f0-9]{{64}}"
_MOST_IMAGES, _LONGEST_NAME = 100, 128


def managed(section: Section, field: str, path: Path, entry: Any) -> None:
    """Images by name, logs, who may open a shell; all else is the object's own to say."""
    _images(section, f"{field}.images", (*path, "images"), read(entry, "images"))
    observed, here = read(entry, "observability"), (*path, "observability")
    logs(section, f"{field}.observability", here, observed)
    if any(read(observed, f"target_instance_{key}") is not MISSING for key in ("count", "percentage")):
        section.error(
            f'"{field}.observability" only supports enabling or disabling logs for Durable Object-managed '
            "Containers; instance targeting is not supported.",
            here,
        )
    _unsafe(section, f"{field}.unsafe", (*path, "unsafe"), read(entry, "unsafe"))
    unknown = [key for key in keys(entry) if key not in _KNOWN]
    if unknown:
        section.error(
            f"Unsupported fields for Durable Object-managed Containers in {field}: {_quoted(unknown, ',')}. "
            'Only "name", "class_name", "scheduling_policy", "images", "observability", "ssh", '
            '"authorized_keys", and restricted "unsafe" settings are supported.',
            (*path, unknown[0]),
            key=True,
        )
    container_access.shell(section, field, path, entry, "ssh")
    container_access.public_keys(section, field, path, entry, "authorized_keys", named=True)


def _quoted(names: list[str], between: str) -> str:
    return between.join(f'"{name}"' for name in names)


def _images(section: Section, label: str, path: Path, value: Any) -> None:
    if value is MISSING:
        return
    if not is_object(value) or not keys(value):
        section.error(f'"{label}" must be a non-empty object when present.', path)
        return
    if len(value) > _MOST_IMAGES:
        section.error(f'"{label}" must contain at most {_MOST_IMAGES} images.', path)
    for name, image in entries(value):
        here = (*path, name)
        if not 1 <= len(name.encode("utf-16-le", "surrogatepass")) // 2 <= _LONGEST_NAME:
            section.error(f'"{label}" image names must be between 1 and {_LONGEST_NAME} characters.', here)
        if is_object(image):
            _image(section, f"{label}.{name}", here, image)
        else:
            section.error(
                f'"{label}.{name}" must be an object with either a "dockerfile" or "image" field.', here
            )


def _image(section: Section, label: str, path: Path, image: Any) -> None:
    """A Dockerfile with what its build needs, or an image of the account's registry by its digest."""
    built, pulled = "dockerfile" in image, "image" in image
    if built == pulled:
        section.error(f'"{label}" must specify exactly one of "dockerfile" or "image".', path)
    texts = ("dockerfile", "image", *(("build_context",) if built and not pulled else ()))
    known = (*texts, "build_vars") if built and not pulled else texts
    for key in texts:
        if key in image and not (isinstance(image[key], str) and image[key]):
            section.error(f'"{label}.{key}" must be a non-empty string.', (*path, key))
        elif key == "image" and pulled:
            _reference(section, label, (*path, key), image[key])
    values = read(image, "build_vars") if "build_vars" in known else MISSING
    if values is not MISSING and not (
        is_object(values) and all(isinstance(item, str) for _, item in entries(values))
    ):
        section.error(f'"{label}.build_vars" must be an object with string values.', (*path, "build_vars"))
    unknown = [key for key in keys(image) if key not in known]
    if unknown:
        section.error(
            f"Unexpected fields found in {label} field: {_quoted(unknown, ', ')}",
            (*path, unknown[0]),
            key=True,
        )


def _reference(section: Section, label: str, path: Path, image: str) -> None:
    region = read(section.raw, "compliance_region")
    if region is MISSING or region is None:
        region = section.top.get("compliance_region") if section.top is not None else None
    registry = f"registry{'.fed' if region == 'fedramp_high' else ''}.cloudflare.com"
    if not re.fullmatch(re.escape(f"{registry}/") + _PINNED, image):
        section.error(
            f'"{label}.image" must be a digest-pinned image in the managed registry, in the form '
            f'"{registry}/<account-id>/<repository>@sha256:<64 lowercase hex characters>".',
            path,
        )


def _unsafe(section: Section, label: str, path: Path, value: Any) -> None:
    if value is MISSING:
        return
    if not is_object(value):
        section.error(f'"{label}" should be an object.', path)
        return
    table = read(value, "configuration")
    given = {} if table is MISSING else table
    if (set(value) - {"configuration"}) or not is_object(given) or (set(given) - {"experimental_flags"}):
        section.error(
            f'Only "{label}.configuration.experimental_flags" is supported for Durable Object-managed '
            "Containers.",
            path,
        )
        return
    flags = read(given, "experimental_flags")
    if flags is not MISSING and not (
        isinstance(flags, list) and all(isinstance(flag, str) for flag in flags)
    ):
        section.error(
            f'"{label}.configuration.experimental_flags" should be an array of strings.',
            (*path, "configuration", "experimental_flags"),
        )

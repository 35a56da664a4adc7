"""`containers`: what Durable Objects run beside them in production; sshim runs none."""

from __future__ import annotations

from sshim.config import container_access, container_image, container_size
from sshim.config.checks import Path, Section, known_only, property_of
from sshim.config.container_logs import logs
from sshim.config.javascript import MISSING, keys, kind, read, show, text, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KNOWN = (
    *("name", "instances", "max_instances", "image", "image_build_context", "image_vars", "observability"),
    *("class_name", "scheduling_policy", "instance_type", "ssh", "wrangler_ssh", "authorized_keys"),
    *("trusted_user_ca_keys", "configuration", "constraints", "affinities", "rollout_step_percentage"),
    *("rollout_kind", "durable_objects", "rollout_active_grace_period", "unsafe"),
)
_RENAMED = {
    "instances": 'Use "containers.max_instances" instead.',
    "durable_objects": 'Use the "class_name" field instead.',
    "wrangler_ssh": 'Use "containers.ssh" instead.',
}


def containers(section: Section, key: str, value: Any) -> None:
    """A list of containers, each of a class or with a name; those of previews need neither."""
    if not truthy(value):
        return
    if not isinstance(value, list):
        section.error(f'"containers" field should be an array, but got {show(value)}', (key,))
        return
    for index, entry in enumerate(value):
        here: Path = (key, index)
        if kind(entry) != "object" or entry is None:  # wrangler breaks on it
            section.error(f'"{key}[{index}]" should be an object but got {show(entry)}.', here)
            continue
        _named(section, key, here, entry)
        if _is_managed(entry):
            from sshim.config.managed_containers import managed  # few files have one

            managed(section, key, here, entry)
        else:
            _container(section, key, here, entry)


def name_of(section: Section, entry: Any) -> Any:
    """The name given, else one made of the Worker's, the class's and the environment's; `MISSING` or what
    was given where none can be made."""
    given, class_name = read(entry, "name"), read(entry, "class_name")
    worker = _worker(section)
    bad = _is_managed(entry) and not (isinstance(class_name, str) and class_name)
    if truthy(given) or class_name is MISSING or bad or not truthy(worker):
        return given
    end = "" if section.environment is None else f"-{section.environment}"
    return f"{text(worker)}-{text(class_name)}{end}".lower().replace(" ", "-")


def _worker(section: Section) -> Any:
    own = read(section.raw, "name")
    return read(section.raw_top, "name") if own is MISSING or own is None else own


def _is_managed(entry: Any) -> bool:
    return bool(read(entry, "scheduling_policy") == "durable_object")


def _named(section: Section, key: str, path: Path, entry: Any) -> None:
    class_name, managed = read(entry, "class_name"), _is_managed(entry)
    property_of(section, f"{key}.class_name", class_name, "string", (*path, "class_name"))
    if managed and class_name == "":
        section.error(
            '"containers.class_name" must be a non-empty string when specified for a Durable Object-managed '
            "Container.",
            (*path, "class_name"),
        )
    property_of(section, f"{key}.name", read(entry, "name"), "string", (*path, "name"))
    if section.within or truthy(read(entry, "name")):
        return
    if class_name is MISSING:
        section.error(
            '"containers.name" is required when "containers.class_name" is not defined, because there is no '
            "class name to derive a default name from. Either name this container and reference it from a "
            'Durable Object\'s `exports` entry, or set "containers.class_name".',
            path,
        )
    elif not truthy(_worker(section)) and not (managed and not (isinstance(class_name, str) and class_name)):
        section.error(
            'Must have either a top level "name" and "containers.class_name" field defined, or have field '
            '"containers.name" defined.',
            path,
        )


def _container(section: Section, key: str, path: Path, entry: Any) -> None:
    def optional(part: str, wanted: str, choices: tuple[str, ...] = ()) -> None:
        property_of(section, f"{key}.{part}", read(entry, part), wanted, (*path, part), choices=choices)

    container_image.image(section, key, path, entry)
    container_size.rollout(section, key, path, entry)
    optional("image_vars", "object")
    logs(section, f"{key}.observability", (*path, "observability"), read(entry, "observability"))
    optional("scheduling_policy", "string", ("regional", "moon", "default"))
    for part, instead in _RENAMED.items():
        if part in keys(entry):
            section.warn(f'"containers.{part}" is deprecated. {instead}', (*path, part), key=True)
    unsafe = read(entry, "unsafe")
    if isinstance(unsafe, list) or (truthy(unsafe) and kind(unsafe) != "object"):
        section.error(
            f'The field "containers.unsafe" should be an object but got {show(kind(unsafe))}.',
            (*path, "unsafe"),
        )
    known_only(section, key, keys(entry), _KNOWN, path)
    container_image.known_configuration(section, key, path, entry)
    container_access.shell(section, key, path, entry, "ssh" if "ssh" in keys(entry) else "wrangler_ssh")
    container_access.public_keys(section, key, path, entry, "authorized_keys", named=True)
    container_access.public_keys(section, key, path, entry, "trusted_user_ca_keys", named=False)
    container_size.constraints(section, key, path, entry)
    container_size.instance(section, key, path, entry)

"""`previews`: what previews of a version have in place of the Worker's own; sshim makes none."""

from __future__ import annotations

from sshim.config.checks import Path, Section, is_object, known_only, object_or_error
from sshim.config.containers import containers
from sshim.config.environments import FIELDS
from sshim.config.javascript import MISSING, keys, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ORDER = (
    *("vars", "define", "placement", "durable_objects", "workflows", "kv_namespaces", "send_email", "queues"),
    *("d1_databases", "r2_buckets", "vectorize", "ai_search_namespaces", "ai_search", "hyperdrive"),
    *("services", "analytics_engine_datasets", "dispatch_namespaces", "mtls_certificates"),
    *("tail_consumers", "streaming_tail_consumers", "unsafe", "browser", "analytics", "ai"),
    *("images", "stream", "media", "pipelines", "secrets_store_secrets", "k2", "artifacts"),
    *("unsafe_hello_world", "flagship", "worker_loaders", "ratelimits", "vpc_services"),
    *("version_metadata", "containers", "logpush", "observability", "limits", "cache"),
)
"""The fields of an environment that previews have too, in the order in which wrangler looks at them here."""


def previews(section: Section, key: str, value: Any) -> None:
    """Each field as in an environment, but none is compared with the top level's."""
    if not object_or_error(section, key, value, (key,)):
        return
    known_only(section, key, keys(value), _ORDER, (key,))
    checks = {field.name: field.check for field in FIELDS} | {"containers": _containers}
    inner = section._replace(environment=None, top=None, within=key)
    for name in _ORDER:
        given = read(value, name)
        if given is not MISSING:
            checks[name](inner, f"{key}.{name}", given)


def _containers(section: Section, key: str, value: Any) -> None:
    """Containers are told apart by their class alone, as previews of one Worker would share a name."""
    if isinstance(value, list) and _refused(section, key, value):
        return
    containers(section, key, value)


def _refused(section: Section, key: str, value: list[Any]) -> bool:
    entries = {index: entry for index, entry in enumerate(value) if is_object(entry)}
    managed = [
        index for index, entry in entries.items() if entry.get("scheduling_policy") == "durable_object"
    ]
    if managed:
        section.error(
            f'{_listed(key, managed, "scheduling_policy")} cannot be "durable_object". Durable Object-'
            'managed Containers are configured only in the top-level "containers" array.',
            (key, managed[0], "scheduling_policy"),
        )
        return True
    named = [index for index, entry in entries.items() if "name" in entry]
    if named:
        section.error(
            f"{_listed(key, named, 'name')} cannot be set. A preview container's application name is "
            "generated from the worker name, preview slug, and Durable Object class name, so that separate "
            "previews of the same Worker do not collide. Remove it and identify the container with "
            '"class_name".',
            (key, named[0], "name"),
        )
        return True
    first: dict[str, int] = {}
    again: dict[str, Path] = {}
    for index, entry in entries.items():
        name = entry.get("class_name")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            again.setdefault(name, (key, index, "class_name"))
    if again:
        classes = ", ".join(f'"{name}"' for name in again)
        section.error(
            f'"{key}" declares more than one container for the Durable Object class {classes}; each Durable '
            "Object class may appear at most once.",
            next(iter(again.values())),
        )
    return bool(again)


def _listed(key: str, indexes: list[int], part: str) -> str:
    return ", ".join(f'"{key}[{index}].{part}"' for index in indexes)

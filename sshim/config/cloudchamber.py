"""`cloudchamber`, `containers` and `previews`: looked at as far as their shapes go; sshim runs none."""

from __future__ import annotations

from sshim.config.checks import Section, is_object, known_only, object_or_error
from sshim.config.javascript import MISSING, keys, kind, read, show, text, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TYPES = {"memory": "string", "image": "string", "location": "string", "ipv4": "boolean", "vcpu": "number"}
_SIZES = ("lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4")
_PREVIEWED = (
    *("vars", "define", "durable_objects", "workflows", "kv_namespaces", "send_email", "queues"),
    *("d1_databases", "r2_buckets", "vectorize", "ai_search_namespaces", "ai_search", "hyperdrive"),
    *("services", "analytics_engine_datasets", "dispatch_namespaces", "mtls_certificates"),
    *("tail_consumers", "streaming_tail_consumers", "unsafe", "browser", "analytics", "ai"),
    *("images", "stream", "media", "pipelines", "k2", "secrets_store_secrets", "artifacts"),
    *("unsafe_hello_world", "flagship", "worker_loaders", "ratelimits", "vpc_services"),
    *("version_metadata", "containers", "logpush", "observability", "limits", "placement", "cache"),
)
_KNOWN_SIZES = ("dev", "standard", *_SIZES)


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
    if not isinstance(size, str) or size not in _KNOWN_SIZES:
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


def containers(section: Section, key: str, value: Any) -> None:
    """A list of objects."""
    if not truthy(value):
        return
    if not isinstance(value, list):
        section.error(f'"containers" field should be an array, but got {show(value)}', (key,))
        return
    for index, entry in enumerate(value):
        if not is_object(entry):  # wrangler breaks on it
            section.error(f'"{key}[{index}]" should be an object but got {show(entry)}.', (key, index))


def previews(section: Section, key: str, value: Any) -> None:
    """What previews of a version have in place of the rest; none is made here."""
    if value is not MISSING and object_or_error(section, key, value, (key,)):
        known_only(section, key, keys(value), _PREVIEWED, (key,))

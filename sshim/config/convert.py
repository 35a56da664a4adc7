"""What `env` gets: wrangler's form of each binding, in the order of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sshim.config.devvars import Var
from sshim.config.javascript import PROTOTYPE, entries, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LISTS = {
    "workflows": "workflow",
    "kv_namespaces": "kv_namespace",
    "send_email": "send_email",
    "r2_buckets": "r2_bucket",
    "d1_databases": "d1",
    "vectorize": "vectorize",
    "ai_search_namespaces": "ai_search_namespace",
    "ai_search": "ai_search",
    "agent_memory": "agent_memory",
    "hyperdrive": "hyperdrive",
    "services": "service",
    "analytics_engine_datasets": "analytics_engine",
    "dispatch_namespaces": "dispatch_namespace",
    "mtls_certificates": "mtls_certificate",
    "pipelines": "pipeline",
    "k2": "k2",
    "secrets_store_secrets": "secrets_store_secret",
    "artifacts": "artifacts",
    "unsafe_hello_world": "unsafe_hello_world",
    "flagship": "flagship",
    "worker_loaders": "worker_loader",
    "ratelimits": "ratelimit",
    "vpc_services": "vpc_service",
    "vpc_networks": "vpc_network",
}
SINGLE = ("browser", "analytics", "ai", "images", "stream", "media", "version_metadata")
_BY_NAME = frozenset({"send_email", "ratelimits"})
_PREVIEW = {
    "kv_namespaces": ("preview_id", "id"),
    "r2_buckets": ("preview_bucket_name", "bucket_name"),
    "d1_databases": ("preview_database_id", "database_id"),
}
_ABSENT = {"type": "json"}
_MODULES = {"wasm_modules": "wasm_module", "text_blobs": "text_blob", "data_blobs": "data_blob"}


def bindings(config: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Field, name and wrangler's form of each binding but variables; fields in the order of `config`."""
    for field, value in config.items():
        if field in LISTS:
            for entry in value:
                yield _from_list(field, dict(entries(entry)))
        elif field in SINGLE:
            entry = dict(entries(value))
            yield field, str(entry.pop("binding", "undefined")), {"type": field, **entry}
        elif field in _MODULES:
            for name, path in entries(value):
                yield field, name, {"type": _MODULES[field], "source": {"path": path}}
        elif field in ("durable_objects", "logfwdr", "unsafe", "queues", "assets"):
            yield from _structured(field, value)


def dev_bindings(config: Mapping[str, Any], variables: Mapping[str, Var]) -> dict[str, dict[str, Any]]:
    """Everything `env` gets under `wrangler dev`: a value from a file replaces a variable, nothing else."""
    result: dict[str, dict[str, Any]] = {}
    for field, value in config.items():
        if field == "vars":
            for name, item in entries(value):
                result[name] = {"type": "plain_text" if isinstance(item, str) else "json", "value": item}
        for _, name, binding in bindings({field: value}):
            result[name] = binding
    for name, var in variables.items():
        known = result.get(name, _ABSENT if name not in PROTOTYPE else {})
        if known.get("type") in ("plain_text", "json", "secret_text"):
            result[name] = {"type": var.type, "value": var.value}
    return result


def _from_list(field: str, entry: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    name = str(entry.pop("name" if field in _BY_NAME else "binding", "undefined"))
    if field == "send_email":
        kept = ["allowed_sender_addresses", "remote", "destination_address"]
        if "destination_address" not in entry:
            kept.append("allowed_destination_addresses")
        entry = {key: entry[key] for key in kept if key in entry}
    if field in _PREVIEW:
        preview, real = _PREVIEW[field]
        if entry.get(preview) is not None:
            entry[real] = entry[preview]
    return field, name, {"type": LISTS[field], **entry}


def _structured(field: str, value: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if field == "assets":
        if read(value, "binding"):
            yield field, value["binding"], {"type": "assets"}
        return
    if field == "queues":
        for _, entry in entries(read(value, "producers")):
            rest = dict(entries(entry))
            name = str(rest.pop("binding", "undefined"))
            shown = {"queue_name": rest["queue"]} if "queue" in rest else {}
            yield field, name, {"type": "queue", **shown, **rest}
        return
    for _, entry in entries(read(value, "bindings")):
        rest = dict(entries(entry))
        name = str(rest.pop("name", "undefined"))
        if field == "unsafe":
            yield field, name, {"type": f"unsafe_{rest.pop('type', 'undefined')}", **rest}
        else:
            kind = "logfwdr" if field == "logfwdr" else "durable_object_namespace"
            yield field, name, {"type": kind, **rest}

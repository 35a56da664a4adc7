"""The rule that a Worker's bindings have different names, across all kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sshim.config.checks import Path, is_object
from sshim.config.diagnostics import Diagnostics
from sshim.config.javascript import MISSING, PROTOTYPE, entries, order_keys, read, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS = {
    "data_blobs": "Data Blob",
    "durable_objects": "Durable Object",
    "kv_namespaces": "KV Namespace",
    "send_email": "Send Email",
    "queues": "Queue",
    "d1_databases": "D1 Database",
    "vectorize": "Vectorize Index",
    "ai_search_namespaces": "AI Search Namespace",
    "ai_search": "AI Search Instance",
    "agent_memory": "Agent Memory",
    "hyperdrive": "Hyperdrive Config",
    "r2_buckets": "R2 Bucket",
    "logfwdr": "logfwdr",
    "services": "Worker",
    "analytics_engine_datasets": "Analytics Engine Dataset",
    "text_blobs": "Text Blob",
    "browser": "Browser Run",
    "analytics": "Analytics SQL",
    "ai": "AI",
    "images": "Images",
    "stream": "Stream",
    "media": "Media",
    "version_metadata": "Worker Version Metadata",
    "unsafe": "Unsafe Metadata",
    "vars": "Environment Variable",
    "wasm_modules": "Wasm Module",
    "dispatch_namespaces": "Dispatch Namespace",
    "mtls_certificates": "mTLS Certificate",
    "workflows": "Workflow",
    "pipelines": "Pipeline",
    "k2": "K2 Stream",
    "secrets_store_secrets": "Secrets Store Secret",
    "artifacts": "Artifacts",
    "ratelimits": "Rate Limit",
    "assets": "Assets",
    "unsafe_hello_world": "Hello World",
    "flagship": "Flagship",
    "worker_loaders": "Worker Loader",
    "vpc_services": "VPC Service",
    "vpc_networks": "VPC Network",
}
"""What messages call each kind, in the order they list them."""


def binding_names(value: Any) -> list[Any]:
    """The names a field binds, as wrangler collects them to compare: by its shape, not by its kind."""
    if isinstance(value, Mapping):
        inner = value.get("bindings")
        if isinstance(inner, list) and all(
            is_object(entry) and isinstance(entry.get("name"), str) for entry in inner
        ):
            return [entry["name"] for entry in inner]
        if "binding" in value:
            return [value["binding"]]
        return list(value)
    if isinstance(value, list) and all(
        is_object(entry) and isinstance(entry.get("binding"), str) for entry in value
    ):
        return [entry["binding"] for entry in value]
    return []


def check_unique(diagnostics: Diagnostics, config: Mapping[str, Any], where: Path) -> None:
    """Adds an error for each name bound twice; `where` is the path of the active environment's table.

    Follows wrangler: names are collected by a field's shape, so a list with one entry that has no text as
    `binding` takes no part, and a variable called `binding` counts under its value.
    """
    owners: dict[str, list[str]] = {}
    fields: dict[str, list[str]] = {}
    for field, title, name in _all_names(config):
        owners.setdefault(name, []).append(title)
        fields.setdefault(name, []).append(field)
        if name == "ASSETS" and "pages_build_output_dir" in config:
            diagnostics.error(
                "The name 'ASSETS' is reserved in Pages projects. Please use a different name for your "
                f"{title} binding.",
                where + _place(config, name, [field]),
            )
    order_keys(owners)
    found = False
    for name, titles in owners.items():
        if len(titles) == 1 and name not in PROTOTYPE:
            continue
        place = where + _place(config, name, fields[name])
        if name in PROTOTYPE:
            diagnostics.error(
                f'"{name}" cannot be the name of a binding: every JavaScript object has a property of that '
                "name, and wrangler breaks on it.",
                place,
                hint="choose another name",
            )
        else:
            found = True
            _report_shared(diagnostics, name, titles, place)
    if found:  # says the same once more, so it has no place
        diagnostics.error(
            "Bindings must have unique names, so that they can all be referenced in the worker.\n"
            "Please change your bindings to have unique names."
        )


def _report_shared(diagnostics: Diagnostics, name: str, titles: list[str], place: Path) -> None:
    """Adds an error for the kinds that share a name, and one for each kind that has it more than once."""
    different = list(dict.fromkeys(titles))
    if len(different) > 1:
        diagnostics.error(
            f"{name} assigned to {_list(different)} bindings.", place, hint=f"rename one of the {name}"
        )
    for title in different:
        if titles.count(title) > 1:
            diagnostics.error(
                f"{name} assigned to multiple {title} bindings.",
                place,
                hint="give each binding a name of its own, or remove one",
            )


def _all_names(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, kind and name of everything bound, in the order of `KINDS`."""
    for field, title in KINDS.items():
        value = config.get(field)
        for name in binding_names(read(value, "producers") if field == "queues" else value):
            yield field, title, text(name)
    required = read(config.get("secrets"), "required")
    for _, name in entries(required if required is not MISSING else None):
        yield "secrets", "Secret", text(name)


def _list(items: list[str]) -> str:
    if len(items) == 2:
        return f"{items[0]} and {items[1]}"
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def _place(config: Mapping[str, Any], name: str, fields: list[str]) -> Path:
    """The path of the last binding of that name, which is most often the one just added."""
    field = fields[-1]
    value = config.get(field)
    if isinstance(value, list):
        for index in range(len(value) - 1, -1, -1):
            if read(value[index], "binding") == name:
                return (field, index, "binding")
    if isinstance(value, Mapping):
        if value.get("binding") == name:
            return (field, "binding")
        if name in value:
            return (field, name)
    return (field,)

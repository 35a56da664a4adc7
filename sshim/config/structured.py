"""Checks of bindings that are not plain lists: Durable Objects, queues, tail consumers, unsafe, logfwdr."""

from __future__ import annotations

from sshim.config.bindings import check_list
from sshim.config.checks import (
    Path,
    Section,
    is_object,
    known_only,
    object_or_error,
    property_of,
    typed_list,
)
from sshim.config.javascript import MISSING, identity, keys, kind, read, show, show_or_undefined, text, truthy
from sshim.config.kinds import QUEUE_PRODUCERS
from sshim.config.names import binding_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _EntryCheck = Callable[[Section, str, Path, Any], None]


def durable_objects(section: Section, key: str, value: Any) -> None:
    """`durable_objects.bindings`, each entry's problems under a heading of its own."""
    if not object_or_error(section, section.label(key), value, (key,)):
        return
    if section.within:  # a preview has bindings to objects, no say in their code
        known_only(section, key, keys(value), ("bindings",), (key,))
        _bindings_of(section, key, value, _durable_object)
        return
    known_only(section, section.label(key), keys(value), ("bindings", "code_update_strategy"), (key,))
    _bindings_of(section, key, value if "bindings" in value else {**value, "bindings": []}, _durable_object)
    if "code_update_strategy" in value:
        from sshim.config.codeupdate import check_strategy  # few files have one

        check_strategy(
            section, f"{section.label(key)}.code_update_strategy", (key, "code_update_strategy"), value
        )


def queues(section: Section, key: str, value: Any) -> None:
    """`queues.consumers` and `queues.producers`; only producers are bindings."""
    label = section.label(key)
    if not object_or_error(section, label, value, (key,)):
        return
    known_only(section, label, keys(value), ("consumers", "producers"), (key,))
    consumers: Any = read(value, "consumers")
    if consumers is MISSING:
        pass
    elif not isinstance(consumers, list):
        section.error(
            f'The field "{label}.consumers" should be an array but got {show(consumers)}.', (key, "consumers")
        )
    else:
        for index, entry in enumerate(consumers):
            _consumer(section, f"{label}.consumers[{index}]", (key, "consumers", index), entry)
    if "producers" in value:
        check_list(section, f"{key}.producers", value["producers"], QUEUE_PRODUCERS, (key, "producers"))


def tail_consumers(section: Section, key: str, value: Any) -> None:
    """Workers that get this one's logs; sshim sends nothing to them."""
    if not truthy(value):
        return
    if not isinstance(value, list):
        section.error(f'Expected "{key}" to be an array but got {show(value)}.', (key,))
        return
    streaming = key.endswith("streaming_tail_consumers")
    for index, entry in enumerate(value):
        here: Path = (key, index)
        lists_pass = not streaming and isinstance(entry, list)
        if not is_object(entry) and not lists_pass:
            section.error(f'"{key}[{index}]" should be an object but got {show(entry)}.', here)
            continue
        service = read(entry, "service")
        right = property_of(
            section, f"{key}[{index}].service", service, "string", (*here, "service"), required=True
        )
        if right and not streaming:
            environment = read(entry, "environment")
            property_of(section, f"{key}[{index}].environment", environment, "string", (*here, "environment"))


def unsafe(section: Section, key: str, value: Any) -> None:
    """Bindings wrangler passes on as they are."""
    if not object_or_error(section, section.label(key), value, (key,)):
        return
    if "bindings" in value and not _bindings_of(section, key, value, _unsafe):
        return
    for part in ("metadata", "capnp"):
        if part in value and not object_or_error(
            section, f"{section.label(key)}.{part}", value[part], (key, part)
        ):
            return
    if "capnp" in value and not _capnp(
        section, f"{section.label(key)}.capnp", (key, "capnp"), value["capnp"]
    ):
        return
    known_only(section, key, keys(value), ("bindings", "metadata", "capnp"), (key,))


def _capnp(section: Section, label: str, path: Path, value: Any) -> bool:
    """A schema, compiled or to be compiled, not both; False ends the check of the field."""
    compiled = read(value, "compiled_schema")
    if compiled is not MISSING:
        if "base_path" in keys(value) or "source_schemas" in keys(value):
            section.error(
                f'The field "{label}" cannot contain both "compiled_schema" and one of "base_path" or '
                '"source_schemas".',
                path,
            )
            return False
        if not isinstance(compiled, str):
            section.error(
                f'The field "{label}.compiled_schema", when present, should be a string but got '
                f"{show(compiled)}.",
                path,
            )
        return isinstance(compiled, str)
    base, schemas = read(value, "base_path"), read(value, "source_schemas")
    if not isinstance(base, str):
        section.error(
            f'The field "{label}.base_path", when present, should be a string but got '
            f"{show_or_undefined(base)}",
            path,
        )
    return typed_list(section, f"{label}.source_schemas", schemas, "string", (*path, "source_schemas"))


def logfwdr(section: Section, key: str, value: Any) -> None:
    """Log forwarding: bindings with a destination."""
    if _bindings_of(section, key, value, _log_forwarder) and read(value, "schema") is not MISSING:
        section.error(
            f'"{key}" binding "schema" property has been replaced with the "unsafe.capnp" object, which '
            'expects a "base_path" and an array of "source_schemas" to compile, or a "compiled_schema" '
            "property.",
            (key, "schema"),
        )


def _bindings_of(section: Section, key: str, value: Any, check: _EntryCheck) -> bool:
    """Checks the `bindings` list of an object; True if nothing was wrong with it."""
    if value is MISSING:
        return True
    label = section.label(key)
    right = False
    if object_or_error(section, label, value, (key,)):
        inner = read(value, "bindings")
        if inner is MISSING:
            section.error(f'The field "{label}" is missing the required "bindings" property.', (key,))
        elif not isinstance(inner, list):
            section.error(
                f'The field "{label}.bindings" should be an array but got {show(inner)}.', (key, "bindings")
            )
        else:
            right = True
            for index, entry in enumerate(inner):
                name = f"{label}.bindings[{index}]"
                part = section.diagnostics.child(f'"{name}": {show(entry)}')
                check(section._replace(diagnostics=part), name, (key, "bindings", index), entry)
                right = right and not part.errors
    above = binding_names(section.top.get(key)) if section.top is not None else []
    if right and above:
        present = {identity(name) for name in binding_names(value)}
        lacking = [text(name) for name in above if identity(name) not in present]
        if lacking:
            section.warn(
                f'The following bindings are at the top level, but not on "env.{section.environment}".\n'
                f'This is not what you probably want, since "{key}" configuration is not inherited by '
                f'environments.\nPlease add a binding for each to "{label}.bindings":\n'
                + "\n".join(f"- {name}" for name in lacking),
                (key,),
                key=True,
            )
    return right


def _durable_object(section: Section, field: str, path: Path, entry: Any) -> None:
    if not _is_entry(section, f'Expected "{field}" to be an object but got', path, entry):
        return
    for key in ("name", "class_name"):
        if not isinstance(read(entry, key), str):
            section.error(f'binding should have a string "{key}" field.', path)
    for key in ("script_name", "environment"):
        if kind(read(entry, key)) not in ("undefined", "string"):
            section.error(f'the field "{key}", when present, should be a string.', (*path, key))
    if "environment" in keys(entry) and "script_name" not in keys(entry):
        section.error('binding should have a "script_name" field if "environment" is present.', path)
    if kind(read(entry, "remote")) not in ("undefined", "boolean"):
        section.error(
            f'"{field}" should, optionally, have a boolean "remote" field but got {show(entry)}.', path
        )
    known_only(section, field, keys(entry), ("class_name", "environment", "name", "script_name"), path)


def _log_forwarder(section: Section, field: str, path: Path, entry: Any) -> None:
    if not _is_entry(section, f'Expected "{field}" to be an object but got', path, entry):
        return
    for key in ("name", "destination"):
        if not isinstance(read(entry, key), str):
            section.error(f'binding should have a string "{key}" field.', path)
    known_only(section, field, keys(entry), ("destination", "name"), path)


_SUPPORTED = frozenset(
    (
        *(
            "plain_text",
            "secret_text",
            "json",
            "wasm_module",
            "data_blob",
            "text_blob",
            "browser",
            "analytics",
        ),
        *("ai", "ai_search_namespace", "ai_search", "agent_memory", "kv_namespace"),
        *("durable_object_namespace", "d1_database", "r2_bucket", "service", "logfwdr", "mtls_certificate"),
        *("pipeline", "k2", "worker_loader", "vpc_service", "flagship", "vpc_network", "stream", "media"),
        "artifacts",
    )
)


def _unsafe(section: Section, field: str, path: Path, entry: Any) -> None:
    if not _is_entry(section, f"Expected {field} to be an object but got", path, entry, "."):
        return
    name, type_name = read(entry, "name"), read(entry, "type")
    if not isinstance(name, str):
        section.error('binding should have a string "name" field.', path)
    if not isinstance(type_name, str):
        section.error('binding should have a string "type" field.', path)
        return
    if type_name in _SUPPORTED:
        section.warn(
            f'The binding type "{type_name}" is directly supported by wrangler.\n'
            f"Consider migrating this unsafe binding to a format for '{type_name}' bindings that is "
            "supported by wrangler for optimal support.\nFor more details, see "
            "https://developers.cloudflare.com/workers/cli-wrangler/configuration",
            path,
        )
    if type_name == "metadata" and isinstance(name, str):
        section.warn(
            "The deployment object in the metadata binding is now deprecated. Please switch using the "
            "version_metadata binding for access to version specific fields: "
            "https://developers.cloudflare.com/workers/runtime-apis/bindings/version-metadata",
            path,
        )


_CONSUMER = {
    "type": "string",
    "max_batch_size": "number",
    "max_batch_timeout": "number",
    "max_retries": "number",
    "dead_letter_queue": "string",
    "max_concurrency": "number",
    "visibility_timeout_ms": "number",
    "retry_delay": "number",
}


def _consumer(section: Section, field: str, path: Path, entry: Any) -> None:
    if not _is_entry(section, f'"{field}" should be a objects, but got', path, entry):
        return
    known_only(section, field, keys(entry), ("queue", *_CONSUMER), path)
    if not isinstance(read(entry, "queue"), str):
        section.error(f'"{field}" should have a string "queue" field but got {show(entry)}.', path)
    kind_of = read(entry, "type")
    if kind_of is not MISSING and kind_of != "worker":
        section.error(
            f'"{field}.type" has an invalid value "{text(kind_of)}". Only "worker" consumers can be '
            "configured in your Wrangler configuration.",
            (*path, "type"),
        )
    for key, wanted in _CONSUMER.items():
        if kind(read(entry, key)) not in ("undefined", wanted):
            section.error(
                f'"{field}" should, optionally, have a {wanted} "{key}" field but got {show(entry)}.',
                (*path, key),
            )


def _is_entry(section: Section, message: str, path: Path, entry: Any, end: str = "") -> bool:
    """Whether the entry is an object or list; adds the message, with the entry behind it, if not."""
    if kind(entry) == "object" and entry is not None:
        return True
    section.error(f"{message} {show(entry)}{end}", path)
    return False

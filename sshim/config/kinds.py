"""The kinds of bindings that are lists of entries, with the rules of each.

Sources: wrangler's behaviour; texts differ between kinds ("should have", "must have") and are part of it.
"""

from __future__ import annotations

import re
from typing import Any

from sshim.config.bindings import MAY, MUST, MUST_A, MUST_AN, REMOTE, SHOULD, Entries, Rule
from sshim.config.checks import Path, Scope, known_only
from sshim.config.javascript import MISSING, keys, kind, read, show

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_BUCKET_TEXT = (
    "Bucket names must begin and end with an alphanumeric character, only contain lowercase letters, "
    "numbers, and hyphens, and be between 3 and 63 characters long."
)


def _bucket(scope: Scope, field: str, path: Path, entry: Any) -> None:
    if any(rule.broken(entry) for rule in _BUCKET_RULES):
        return
    name, preview = read(entry, "bucket_name"), read(entry, "preview_bucket_name")
    if isinstance(name, str) and not _BUCKET.fullmatch(name):
        scope.error(f"{field}.bucket_name={show(name)} is invalid. {_BUCKET_TEXT}", (*path, "bucket_name"))
    elif isinstance(preview, str) and not _BUCKET.fullmatch(preview):
        scope.error(
            f"{field}.preview_bucket_name= {show(preview)} is invalid. {_BUCKET_TEXT}",
            (*path, "preview_bucket_name"),
        )


def _email(scope: Scope, field: str, path: Path, entry: Any) -> None:
    if "destination_address" in keys(entry) and "allowed_destination_addresses" in keys(entry):
        scope.error(
            f'"{field}" bindings should have either a "destination_address" or '
            '"allowed_destination_addresses" field, but not both.',
            path,
        )


def _pipeline(scope: Scope, field: str, path: Path, entry: Any) -> None:
    stream, pipeline = read(entry, "stream"), read(entry, "pipeline")
    if isinstance(stream, str) and stream:
        return
    if isinstance(pipeline, str) and pipeline:
        scope.warn(
            f'The "pipeline" field in "{field}" bindings is deprecated. Use "stream" instead.',
            (*path, "pipeline"),
            key=True,
        )
    else:
        scope.error(MUST.format(field=field, key="stream", value=show(entry)), path)


def _network(scope: Scope, field: str, path: Path, entry: Any) -> None:
    given = [key for key in ("tunnel_id", "network_id") if read(entry, key) is not MISSING]
    if len(given) == 2:
        scope.error(f'"{field}" bindings must have either a "tunnel_id" or "network_id", but not both.', path)
    elif not given:
        scope.error(
            f'"{field}" bindings must have either a "tunnel_id" or "network_id" field but got {show(entry)}.',
            path,
        )
    elif not isinstance(read(entry, given[0]), str):
        scope.error(MUST.format(field=field, key=given[0], value=show(entry)), (*path, given[0]))


def _rate(scope: Scope, field: str, path: Path, entry: Any) -> None:
    simple_part = read(entry, "simple")
    here = (*path, "simple")
    if kind(simple_part) != "object" or simple_part is None:
        scope.error(
            f'"{field}" bindings must have a "simple" configuration object but got {show(entry)}.', path
        )
        return
    shown = show(simple_part)
    if kind(read(simple_part, "limit")) != "number":
        scope.error(f'"{field}" bindings "simple.limit" must be a number but got {shown}.', here)
    period = read(simple_part, "period")
    if kind(period) != "number":
        scope.error(
            f'"{field}" bindings "simple.period" is required and must be a number but got {shown}.', here
        )
    elif period not in (10, 60):
        scope.error(
            f'"{field}" bindings "simple.period" must be either 10 or 60 but got {show(period)}.',
            (*here, "period"),
        )
    known_only(scope, f"{field}.simple", keys(simple_part), ("limit", "period"), here)


_WORKFLOW = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}")


def _workflow(scope: Scope, field: str, path: Path, entry: Any) -> None:
    name = read(entry, "name")
    if isinstance(name, str) and not _WORKFLOW.fullmatch(name):
        scope.error(
            f'"{field}" binding "name" field is invalid. Workflow names must be 1-64 characters long, start '
            "with a letter, number, or underscore, and may only contain letters, numbers, underscores, or "
            "hyphens.",
            (*path, "name"),
        )


def _delay(scope: Scope, field: str, path: Path, entry: Any) -> None:
    if read(entry, "delivery_delay") is not MISSING:
        scope.warn(
            f'The "delivery_delay" field in "{field}" is deprecated and has no effect. Queue-level settings '
            'should be configured using "wrangler queues update" instead. This setting will be removed in a '
            "future version.",
            (*path, "delivery_delay"),
            key=True,
        )


def _always_remote(scope: Scope, field: str, path: Path, entry: Any) -> None:
    if read(entry, "remote") is False:
        scope.error(
            f'"{field}" does not support `remote: false`. K2 bindings always access remote resources; omit '
            '"remote" or set `remote: true`.',
            (*path, "remote"),
        )


_BINDING = Rule("binding", SHOULD)
_MUST_BINDING = Rule("binding", MUST)
_BUCKET_RULES = (_BINDING, Rule("bucket_name", SHOULD, True, True), Rule("preview_bucket_name", MAY, True))
_LOCAL_SEND = '"{field}" bindings should, optionally, have a []string "{key}" field but got {value}.'


def _named(kind_of: str, key: str, message: str, *, remote: bool = True, optional: bool = False) -> Entries:
    """A kind whose entries have a binding and one more text."""
    binding = _MUST_BINDING if message == MUST or optional else _BINDING
    rules = (binding, Rule(key, message, optional), *((REMOTE,) if remote else ()))
    return Entries(f'"{kind_of}" bindings', rules, ("binding", key, "remote"))


SECRETS = Entries(
    '"secrets_store_secrets" bindings',
    (_MUST_BINDING, Rule("store_id", MUST), Rule("secret_name", MUST)),
    ("binding", "store_id", "secret_name"),
)

QUEUE_PRODUCERS = Entries(
    '"queue" bindings',
    (
        _BINDING,
        Rule(
            "queue",
            '"{field}" bindings should optionally have a non-empty string "queue" field but got {value}.',
            True,
            True,
        ),
        Rule(
            "delivery_delay",
            '"{field}" should, optionally, have a number "delivery_delay" field but got {value}.',
            True,
            type="number",
        ),
        _delay,
        REMOTE,
    ),
    ("binding", "queue", "delivery_delay", "remote"),
)

LISTS: dict[str, Entries] = {
    "workflows": Entries(
        '"workflows" bindings',
        (
            _BINDING,
            Rule("name", SHOULD),
            _workflow,
            Rule("class_name", SHOULD),
            Rule("script_name", MAY, True),
        ),
        (
            *("binding", "name", "class_name", "script_name", "limits", "concurrency", "schedules"),
            *("default_retention", "jurisdiction"),
        ),
    ),
    "kv_namespaces": Entries(
        '"kv_namespaces" bindings',
        (_BINDING, Rule("id", SHOULD, True, True), Rule("preview_id", MAY, True), REMOTE),
        ("binding", "id", "preview_id", "remote"),
    ),
    "send_email": Entries(
        '"send_email" bindings',
        (
            Rule("name", SHOULD),
            Rule("destination_address", MAY, True),
            Rule("allowed_destination_addresses", _LOCAL_SEND, True, type="object"),
            Rule("allowed_sender_addresses", _LOCAL_SEND, True, type="object"),
            _email,
            REMOTE,
        ),
        (
            *("allowed_sender_addresses", "allowed_destination_addresses", "destination_address"),
            *("name", "binding", "remote"),
        ),
    ),
    "r2_buckets": Entries(
        '"r2_buckets" bindings',
        (*_BUCKET_RULES[:2], _BUCKET_RULES[2], _bucket, Rule("jurisdiction", MAY, True), REMOTE),
        ("binding", "bucket_name", "preview_bucket_name", "jurisdiction", "remote", "local_dev"),
    ),
    "d1_databases": Entries(
        '"d1_databases" bindings',
        (
            _BINDING,
            Rule("database_id", MUST_A, True),
            Rule("preview_database_id", MAY, True),
            REMOTE,
            *(
                Rule(key, MAY, True)
                for key in (
                    *("migrations_pattern", "database_name", "jurisdiction", "migrations_dir"),
                    *("migrations_table", "database_internal_env"),
                )
            ),
        ),
        (
            *("binding", "database_id", "database_internal_env", "database_name", "jurisdiction"),
            *("migrations_dir", "migrations_pattern", "migrations_table", "preview_database_id", "remote"),
        ),
    ),
    "vectorize": _named("vectorize", "index_name", MUST_AN),
    "ai_search_namespaces": _named("ai_search_namespaces", "namespace", MUST_A),
    "ai_search": _named("ai_search", "instance_name", MUST_AN),
    "agent_memory": _named("agent_memory", "namespace", MUST_A),
    "hyperdrive": Entries(
        '"hyperdrive" bindings',
        (_BINDING, Rule("id", MUST_A), REMOTE),
        ("binding", "id", "localConnectionString", "remote"),
    ),
    "services": Entries(
        '"services" bindings',
        (
            _BINDING,
            Rule("service", SHOULD),
            Rule("environment", SHOULD, True),
            Rule("entrypoint", SHOULD, True),
            REMOTE,
        ),
    ),
    "analytics_engine_datasets": Entries(
        '"analytics_engine" bindings',
        (_BINDING, Rule("dataset", MAY, True, True), REMOTE),
        ("binding", "dataset", "remote"),
    ),
    "dispatch_namespaces": Entries(
        '"{field}" binding',
        (
            Rule("binding", '"{field}" should have a string "binding" field but got {value}.'),
            Rule(
                "namespace",
                '"{field}" should optionally have a string "namespace" field but got {value}.',
                True,
            ),
            REMOTE,
        ),
    ),
    "mtls_certificates": Entries(
        '"mtls_certificates" bindings',
        (_BINDING, Rule("certificate_id", SHOULD, filled=True), REMOTE),
        ("binding", "certificate_id", "remote"),
    ),
    "pipelines": Entries(
        '"pipeline" bindings', (_MUST_BINDING, _pipeline, REMOTE), ("binding", "stream", "pipeline", "remote")
    ),
    "k2": Entries(
        '"{field}" bindings',
        (
            Rule("binding", '"{field}" must have a string "binding" field.'),
            Rule("stream", '"{field}" must have a string "stream" field.'),
            REMOTE,
            _always_remote,
        ),
        ("binding", "stream", "remote"),
    ),
    "secrets_store_secrets": SECRETS,
    "artifacts": _named("artifacts", "namespace", MUST),
    "unsafe_hello_world": Entries(
        '"unsafe_hello_world" bindings',
        (
            _MUST_BINDING,
            Rule(
                "enable_timer",
                '"{field}" bindings must have a boolean "enable_timer" field but got {value}.',
                True,
                type="boolean",
            ),
        ),
        ("binding", "enable_timer"),
    ),
    "flagship": _named(
        "flagship",
        "app_id",
        '"{field}" bindings may have a string "app_id" field but got {value}.',
        optional=True,
    ),
    "worker_loaders": Entries('"worker_loader" bindings', (_MUST_BINDING,), ("binding",)),
    "ratelimits": Entries(
        '"ratelimits" bindings',
        (Rule("name", MUST), Rule("namespace_id", MUST), _rate),
        ("name", "namespace_id", "simple"),
    ),
    "vpc_services": _named("vpc_services", "service_id", MUST_A, remote=False),
    "vpc_networks": Entries(
        '"vpc_networks" bindings', (_BINDING, _network), ("binding", "tunnel_id", "network_id", "remote")
    ),
}
"""The kinds that are lists of entries, by wrangler's key."""

"""The kinds of bindings that are lists of entries, with the rules of each.

Sources: wrangler's behaviour; texts differ between kinds ("should have", "must have") and are part of it.
"""

from __future__ import annotations

from sshim.config import entries
from sshim.config.bindings import MAY, MUST, MUST_A, MUST_AN, REMOTE, SHOULD, Entries, Rule

_BINDING = Rule("binding", SHOULD)
_MUST_BINDING = Rule("binding", MUST)
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
        entries.delay,
        REMOTE,
    ),
    ("binding", "queue", "delivery_delay", "remote"),
    strict=True,
)

LISTS: dict[str, Entries] = {
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
            entries.email,
            REMOTE,
        ),
        (
            *("allowed_sender_addresses", "allowed_destination_addresses", "destination_address"),
            *("name", "binding", "remote"),
        ),
    ),
    "r2_buckets": Entries(
        '"r2_buckets" bindings',
        (
            *entries.BUCKET_RULES[:2],
            entries.bucket,
            entries.BUCKET_RULES[2],
            entries.preview_bucket,
            Rule("jurisdiction", MAY, True),
            REMOTE,
            entries.local_bucket,
        ),
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
            entries.outbound,
            REMOTE,
        ),
    ),
    "mtls_certificates": Entries(
        '"mtls_certificates" bindings',
        (_BINDING, Rule("certificate_id", SHOULD, filled=True), REMOTE),
        ("binding", "certificate_id", "remote"),
    ),
    "pipelines": Entries(
        '"pipeline" bindings',
        (_MUST_BINDING, entries.pipeline, REMOTE),
        ("binding", "stream", "pipeline", "remote"),
    ),
    "k2": Entries(
        '"{field}" bindings',
        (
            Rule("binding", '"{field}" must have a string "binding" field.'),
            Rule("stream", '"{field}" must have a string "stream" field.'),
            REMOTE,
            entries.always_remote,
        ),
        ("binding", "stream", "remote"),
        lists_pass=False,
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
        (Rule("name", MUST), Rule("namespace_id", MUST), entries.rate),
        ("name", "namespace_id", "simple"),
    ),
    "vpc_services": _named("vpc_services", "service_id", MUST_A, remote=False),
    "vpc_networks": Entries(
        '"vpc_networks" bindings',
        (_BINDING, entries.network),
        ("binding", "tunnel_id", "network_id", "remote"),
    ),
}
"""The kinds that are lists of entries, by wrangler's key."""

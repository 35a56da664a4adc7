"""Building `env`: one stable object per Worker process, so that `from workers import env` at import time and
`self.env` in a handler are the same bindings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshim.config.settings import WorkerConfig
from sshim.model import SecretReader
from sshim.platform.ffi import from_json, plain_object
from sshim.worker.bindings import Diagnosis, SecretsStoreSecret, UnsupportedBinding


def build_env(
    config: WorkerConfig,
    reader: SecretReader,
    diagnose: Diagnosis,
    *,
    supplied: Mapping[str, Any] | None = None,
) -> Any:
    """The JavaScript object that holds every binding of `config`.

    Text variables are `str`; JSON ones are what JavaScript makes of them (numbers, booleans, objects).
    `supplied` replaces bindings by name, as `--bind` and tests do.
    """
    bindings: dict[str, Any] = {}
    for other in config.other_bindings:
        service = other.entry.get("service") if other.kind == "services" else None
        bindings[other.name] = UnsupportedBinding(other.kind, other.name, service)
    for secret in config.secrets:
        bindings[secret.binding] = SecretsStoreSecret(
            secret.binding, secret.store_id, secret.secret_name, reader, diagnose
        )
    for name, var in config.vars.items():
        bindings[name] = from_json(var.value) if var.type == "json" else var.value
    bindings.update(supplied or {})
    return plain_object(bindings)

"""What stands in the way of each Secrets Store binding, and the command that cures it. Pure: a configuration
and what the stores hold go in, findings come out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sshim.dev.bindings_table import resolve
from sshim.errors import Place
from sshim.model import Secret

if TYPE_CHECKING:
    from sshim.config.settings import SecretBinding, WorkerConfig

State = Literal["found", "missing", "other_store", "out_of_scope", "not_inherited", "over_limit"]
FAILING = frozenset({"missing", "other_store", "out_of_scope", "over_limit"})
"""States in which a handler that asks for the value gets an error."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One binding of one environment (None: the top level). `message` says what is wrong, `fix` is a command
    to run; both are None for a binding that is found."""

    config: str | None
    worker: str | None
    environment: str | None
    binding: str
    store_id: str
    secret_name: str
    state: State
    message: str | None = None
    fix: str | None = None
    place: Place | None = None

    def result(self) -> dict[str, Any]:
        """The finding as `check --json` prints it, without its place."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "place"}


def examine(config: WorkerConfig, held: Mapping[str, Sequence[Secret]]) -> list[Finding]:
    """A finding for each binding of the configuration; `held` maps a store id to its secrets."""
    return [
        _finding(config, each.entry, each.state, each.message or None, each.fix or None)
        for each in resolve(config, held)
    ]


def not_inherited(config: WorkerConfig, top: WorkerConfig) -> list[Finding]:
    """A finding for each binding of the top level that the environment of `config` does not repeat."""
    own = {binding.binding for binding in config.secrets}
    where = f"env.{config.environment}.secrets_store_secrets"
    flags = f" -e {shlex.quote(config.environment)}" if config.environment else ""
    return [
        _finding(
            config,
            binding,
            "not_inherited",
            f"bindings of the top level do not reach environment {config.environment!r}: "
            f"{where} has no entry for {binding.binding}",
            f"sshim secret set {shlex.quote(binding.binding)} --bind{flags}"
            f" --store {shlex.quote(binding.store_id)} --secret-name {shlex.quote(binding.secret_name)}",
        )
        for binding in top.secrets
        if binding.binding not in own
    ]


def _finding(
    config: WorkerConfig, binding: SecretBinding, state: State, message: str | None, fix: str | None
) -> Finding:
    return Finding(
        str(config.config_path) if config.config_path else None,
        config.name,
        config.environment or None,
        binding.binding,
        binding.store_id,
        binding.secret_name,
        state,
        message,
        fix,
        binding.place,
    )

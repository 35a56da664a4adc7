"""What stands in the way of each Secrets Store binding, and the command that cures it. Pure: a configuration
and what the stores hold go in, findings come out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sshim.dev.bindings_table import BindingState, resolve
from sshim.errors import InvalidName, Place, Problem
from sshim.model import MAX_NAME, MAX_SECRETS, Secret, check_name
from sshim.record import NamedTuple

if TYPE_CHECKING:
    from sshim.config.settings import SecretBinding, WorkerConfig

State = Literal[
    "found", "missing", "other_store", "out_of_scope", "not_inherited", "other_environment", "over_limit"
]
FAILING = frozenset({"missing", "other_store", "out_of_scope", "over_limit"})
"""States in which a handler that asks for the value gets an error."""

_NAMED = 5
"""Secrets that one warning names."""

Held = Mapping[str, Sequence[Secret]]
"""Secrets by the id of their store."""


class Finding(NamedTuple):
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
        return {name: value for name, value in self._asdict().items() if name != "place"}


def examine(config: WorkerConfig, held: Held, *, limit: int = MAX_SECRETS) -> list[Finding]:
    """A finding for each binding of the configuration; an account has no more than `limit` secrets."""
    return [
        _impossible(config, each) or _full(config, each, held, limit) or _finding(
            config, each.entry, each.state, each.message or None, each.fix or None
        )
        for each in resolve(config, held)
    ]  # fmt: skip


def _impossible(config: WorkerConfig, found: BindingState) -> Finding | None:
    """A finding where no secret can have the name that the binding gives."""
    name, where = found.entry.secret_name, found.entry.place.path.name if found.entry.place else "the file"
    if found.state == "found":
        return None
    try:
        check_name("secret", name)
    except InvalidName as error:
        state: State = "over_limit" if len(name) > MAX_NAME else "missing"
        message = error.message
        if state == "over_limit":
            message = f"a secret's name has at most {MAX_NAME} characters, this one has {len(name):,}"
        return _finding(config, found.entry, state, message, f"another secret_name in {where}")
    return None


def _full(config: WorkerConfig, found: BindingState, held: Held, limit: int) -> Finding | None:
    """A finding where the secret is missing and cannot be made, since the account is full."""
    count = sum(len(secrets) for secrets in held.values())
    if found.state not in ("missing", "other_store") or count < limit:
        return None
    message = f"{found.message}, and the account is at its limit of {limit} secrets: delete one first"
    fix = f"sshim secret list {shlex.quote(next(iter(held)))}"
    return _finding(config, found.entry, "over_limit", message, fix)


def not_inherited(config: WorkerConfig, top: WorkerConfig, cwd: Path) -> list[Finding]:
    """A finding for each binding of the top level that the environment of `config` does not repeat. The cure
    is for somebody in the folder `cwd`."""
    where = f"env.{config.environment}.secrets_store_secrets"
    return [
        _finding(
            config,
            entry,
            "not_inherited",
            f"bindings of the top level do not reach environment {config.environment!r}: "
            f"{where} has no entry for {entry.binding}",
            _bind(config, entry, cwd),
        )
        for entry in _lacking(config, top)
    ]


def other_environment(top: WorkerConfig, environments: Iterable[WorkerConfig], cwd: Path) -> list[Finding]:
    """A finding for each binding that only environments have: without one of them it is not there."""
    having: dict[str, tuple[SecretBinding, list[str]]] = {}
    for config in environments:
        for entry in _lacking(top, config):
            having.setdefault(entry.binding, (entry, []))[1].append(config.environment or "")
    return [
        _finding(
            top,
            entry,
            "other_environment",
            f"only the environment{'s' if len(names) > 1 else ''} {', '.join(names)} "
            f"ha{'ve' if len(names) > 1 else 's'} {entry.binding}, the top level does not",
            _bind(top, entry, cwd),
        )
        for entry, names in having.values()
    ]


def _lacking(config: WorkerConfig, other: WorkerConfig) -> list[SecretBinding]:
    own = {entry.binding for entry in config.secrets}
    return [entry for entry in other.secrets if entry.binding not in own]


def _bind(config: WorkerConfig, entry: SecretBinding, cwd: Path) -> str:
    """The command that adds the entry. A secret that is there by then, perhaps by an earlier cure, keeps its
    value."""
    flags = f" -e {shlex.quote(config.environment)}" if config.environment else ""
    path = config.user_config_path
    if path is not None and path.parent != cwd:
        flags += f" -c {shlex.quote(os.path.relpath(path, cwd))}"
    return (
        f"sshim secret set {shlex.quote(entry.binding)} --bind --keep{flags}"
        f" --store {shlex.quote(entry.store_id)} --secret-name {shlex.quote(entry.secret_name)}"
    )


def unused(held: Held, used: Iterable[tuple[str, str]]) -> list[Problem]:
    """A warning for each store with secrets that are not among those `used` (store id and name). No command
    goes with it: a project that was never served here may still need them."""
    known = set(used)
    found = []
    for store_id, secrets in held.items():
        names = [repr(secret.name) for secret in secrets if (store_id, secret.name) not in known]
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            which = "the secret" if len(names) == 1 else "the secrets"
            found.append(
                Problem(
                    f"nothing that is known here uses {which} {', '.join(names[:_NAMED])}{more} of store "
                    f"{store_id}; a project that was never served here is not known"
                )
            )
    return found


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

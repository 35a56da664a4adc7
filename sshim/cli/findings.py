"""What stands in the way of each Secrets Store binding, and the command that cures it. Pure: a configuration
and what the stores hold go in, findings come out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sshim.errors import InvalidName, Place
from sshim.model import Secret, check_name

if TYPE_CHECKING:
    from sshim.config.settings import SecretBinding, WorkerConfig

State = Literal["found", "missing", "other_store", "out_of_scope", "not_inherited", "over_limit"]
SCOPE = "workers"
"""The scope a secret needs for a Worker to read it."""

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
    found = []
    for binding in config.secrets:
        state, message, fix = _judge(binding, held)
        found.append(_finding(config, binding, state, message, fix))
    return found


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


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Known names that may be meant by `name`, nearest first: same letters in other case or with other
    dashes, then small slips."""
    from difflib import get_close_matches

    names = list(known)
    bare = _bare(name)
    same = [other for other in names if _bare(other) == bare]
    return same + [other for other in get_close_matches(name, names, n=3, cutoff=0.7) if other not in same]


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _judge(
    binding: SecretBinding, held: Mapping[str, Sequence[Secret]]
) -> tuple[State, str | None, str | None]:
    store, name = binding.store_id, binding.secret_name
    here = {secret.name: secret for secret in held.get(store, ())}
    create = f"sshim secret create {shlex.quote(store)} --name {shlex.quote(name)} --scopes {SCOPE}"
    secret = here.get(name)
    if secret is not None:
        if SCOPE in secret.scopes:
            return "found", None, None
        scopes = ",".join(sorted({*secret.scopes, SCOPE}))
        return (
            "out_of_scope",
            f"secret {name!r} has the scopes {', '.join(secret.scopes)}, a Worker needs {SCOPE}",
            f"sshim secret update {shlex.quote(store)} --name {shlex.quote(name)} --scopes {scopes}",
        )
    others = [other for other, secrets in held.items() if any(s.name == name for s in secrets)]
    if others:
        return (
            "other_store",
            f"secret {name!r} is in store {others[0]}, the configuration names store {store}",
            create,
        )
    try:
        check_name("secret", name)
    except InvalidName as error:
        return "missing", f"{error.message}; no such secret can exist", None
    near = near_names(name, here)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return "missing", f"store {store} holds no secret {name!r}{meant}", create


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

"""What becomes of each Secrets Store binding of a Worker before its first request: pure comparison of the
configuration with what the stores hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from sshim.config.settings import SecretBinding, WorkerConfig
from sshim.model import Secret, near_names
from sshim.record import NamedTuple

SCOPE = "workers"

State = Literal["found", "missing", "other_store", "out_of_scope"]

WORDS: dict[State, str] = {
    "found": "found",
    "missing": "missing",
    "other_store": "in another store",
    "out_of_scope": "out of scope",
}

SUPPLIED = "supplied by you"
"""The word for a binding that `--bind` has a stand-in for."""

Listing = Mapping[str, Iterable[Secret]]
"""Secrets by the id of their store."""


class BindingState(NamedTuple):
    """One binding: what was found, a sentence about it if it will not work, and what mends it."""

    entry: SecretBinding
    state: State
    message: str = ""
    fix: str = ""


def resolve(config: WorkerConfig, listing: Listing) -> tuple[BindingState, ...]:
    """The state of each Secrets Store binding, in the configuration's order."""
    by_store = {store_id: {s.name: s for s in secrets} for store_id, secrets in listing.items()}
    return tuple(_resolve(entry, by_store) for entry in config.secrets)


def _resolve(entry: SecretBinding, by_store: Mapping[str, Mapping[str, Secret]]) -> BindingState:
    name, store_id = entry.secret_name, entry.store_id
    here = by_store.get(store_id, {})
    found = here.get(name)
    if found is not None and SCOPE in found.scopes:
        return BindingState(entry, "found")
    if found is not None:
        scopes = ",".join(sorted({*found.scopes, SCOPE}))
        return BindingState(
            entry,
            "out_of_scope",
            f"the secret {name!r} has the scopes {', '.join(found.scopes)}; Workers need {SCOPE!r}",
            f"sshim secret update {store_id} --name {name} --scopes {scopes}",
        )
    elsewhere = [other for other, secrets in by_store.items() if name in secrets]
    if elsewhere:
        file = entry.place.path.name if entry.place else "the configuration"
        return BindingState(
            entry,
            "other_store",
            f"the secret {name!r} is in store {elsewhere[0]}, the binding names store {store_id}: "
            f"change its store_id in {file}, or create the secret there too",
            f"sshim secret create {store_id} --name {name} --scopes {SCOPE}",
        )
    message = f"there is no secret {name!r} in store {store_id}"
    near = near_names(name, here)
    if near:
        message += f" (did you mean {near[0]!r}?)"
    return BindingState(
        entry, "missing", message, f"sshim secret create {store_id} --name {name} --scopes {SCOPE}"
    )


def not_served(config: WorkerConfig, served: Iterable[str]) -> list[tuple[str, str]]:
    """(binding, Worker) of each service binding to a Worker that is neither this one nor in `served`."""
    here = {config.name, *served}
    return [
        (other.name, str(other.entry.get("service")))
        for other in config.other_bindings
        if other.kind == "services" and other.entry.get("service") not in here
    ]


def rows(
    config: WorkerConfig,
    states: Iterable[BindingState],
    served: Iterable[str] = (),
    supplied: Collection[str] = (),
) -> tuple[list[list[str]], list[str]]:
    """The table as cells, headings first, and a colour word for each row below them.

    Secrets come first, then other bindings, then variables in `env`'s order; values from files and from the
    command line are hidden. `served` are the Workers that service bindings reach,
    `supplied` the bindings that have a stand-in of the user's.
    """
    cells = [["Binding", "Resource", "State"]]
    colors: list[str] = []
    for state in states:
        entry = state.entry
        cells.append(
            [
                f"env.{entry.binding} ({entry.store_id}/{entry.secret_name})",
                "Secrets Store Secret",
                SUPPLIED if entry.binding in supplied else WORDS[state.state],
            ]
        )
        colors.append("good" if state.state == "found" or entry.binding in supplied else "bad")
    away = {binding for binding, _ in not_served(config, served)}
    for other in config.other_bindings:
        if other.name in supplied:
            cells.append([f"env.{other.name}", other.kind, SUPPLIED])
            colors.append("good")
            continue
        if other.kind == "services":
            absent = other.name in away
            shown = [f"env.{other.name} ({other.entry.get('service')})", "Worker"]
            cells.append([*shown, "not served" if absent else "served here"])
            colors.append("fair" if absent else "good")
            continue
        cells.append([f"env.{other.name}", other.kind, "not emulated"])
        colors.append("fair")
    for name, var in config.vars.items():
        hidden = var.type == "secret_text"
        cells.append([f"env.{name} ({_shown(var.value, hidden)})", "Environment Variable", "set"])
        colors.append("good")
    return cells, colors


def _shown(value: object, hidden: bool) -> str:
    if hidden:
        return '"(hidden)"'
    if isinstance(value, str):
        return f'"{value if len(value) < 40 else value[:37] + "..."}"'
    import json

    return json.dumps(value, separators=(",", ":"))

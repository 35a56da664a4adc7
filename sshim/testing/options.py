"""What `@pytest.mark.sshim(...)` and `sshim.testing.worker(...)` take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from sshim.errors import UsageError
from sshim.model import near_names


@dataclass(frozen=True, slots=True)
class Options:
    """How the Worker of a test is set up.

    `config` is the configuration file or a folder to look from; None: found upward from the test. `env` names
    an environment. `secrets` are values by binding. `vars` add to or replace variables, `bindings` are
    stand-ins for other bindings by name. `env_files` are dotenv files to read; a developer's own `.dev.vars`
    is not read unless it is named here. With `strict`, reading a secret that is not seeded, seeding one that
    is not read, and a route that is not called fail the test.
    """

    config: Path | str | None = None
    env: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    vars: Mapping[str, Any] = field(default_factory=dict, repr=False)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    env_files: tuple[Path | str, ...] = ()
    strict: bool = False
    base_url: str = "http://localhost"

    def updated(self, given: Mapping[str, Any]) -> Options:
        """These options with `given` ones in their place; mappings are merged. Raises `UsageError` for a
        name that is no option."""
        changes: dict[str, Any] = {}
        for name, value in given.items():
            if name not in _NAMES:
                close = near_names(name, _NAMES)
                hint = f"did you mean {close[0]}=?" if close else f"use {', '.join(_NAMES)}"
                raise UsageError(f"pytest.mark.sshim has no option {name!r}", hint=hint)
            if name in _MAPPINGS:
                if not isinstance(value, Mapping):
                    raise UsageError(f"{name}= must be a dict, not {type(value).__name__}")
                changes[name] = {**getattr(self, name), **value}
            elif name == "env_files":
                changes[name] = tuple(value) if not isinstance(value, (str, Path)) else (value,)
            else:
                changes[name] = value
        return replace(self, **changes)


_NAMES = tuple(each.name for each in fields(Options))
_MAPPINGS = frozenset({"secrets", "vars", "bindings"})


def merged(first: Options, given: Iterable[Mapping[str, Any]]) -> Options:
    """`first` updated by each mapping in turn."""
    for each in given:
        first = first.updated(each)
    return first

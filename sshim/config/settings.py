"""The configuration of one Worker as the rest of sshim sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sshim.config.checks import is_object
from sshim.config.convert import bindings, dev_bindings
from sshim.config.devvars import Var
from sshim.config.diagnostics import Diagnostics
from sshim.config.discovery import Found
from sshim.config.javascript import keys, kind
from sshim.config.javascript import read as property_of
from sshim.config.loading import (
    Loaded,
    check,
    load,
    locate,
    misplaced,
    read_document,
    read_variables,
    watched,
    with_cli_environ,
)
from sshim.config.options import ReadOptions
from sshim.errors import ConfigError, Place, Problem
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "DevSettings",
    "EnvironmentSecrets",
    "OtherBinding",
    "ReadOptions",
    "SecretBinding",
    "Var",
    "WorkerConfig",
    "read",
    "read_environments",
]


class SecretBinding(NamedTuple):
    """An entry of `secrets_store_secrets`."""

    binding: str
    store_id: str
    secret_name: str
    place: Place | None = None


class OtherBinding(NamedTuple):
    """A binding that sshim notices only: wrangler's key for its kind, its name in `env`, its entry."""

    kind: str
    name: str
    entry: Any


class DevSettings(NamedTuple):
    """The `dev` table with its defaults; `port` is None where none is set."""

    ip: str = "localhost"
    port: int | float | None = None
    local_protocol: str = "http"
    host: str | None = None


class WorkerConfig(NamedTuple):
    """One Worker in one environment. `config_path` is the file read, `user_config_path` the user's own
    (they differ behind a redirect); `watched_files` are those whose change changes this, existing or not.

    `environment` is the name that applies, None for the top level.
    """

    name: str | None
    main: Path | None
    compatibility_date: str | None
    compatibility_flags: tuple[str, ...]
    environment: str | None
    config_path: Path | None
    user_config_path: Path | None
    project_root: Path
    vars: Mapping[str, Var]
    secrets: tuple[SecretBinding, ...]
    other_bindings: tuple[OtherBinding, ...] = ()
    assets: Mapping[str, Any] | None = None
    crons: tuple[str, ...] = ()
    dev: DevSettings = DevSettings()
    python_modules: Mapping[str, Any] | None = None
    warnings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    watched_files: tuple[Path, ...] = ()
    defined_environments: tuple[str, ...] = ()
    account_id: str | None = None

    @property
    def mark(self) -> str:
        """Tells the Workers of one machine apart, whatever their names: "" without a configuration file."""
        from hashlib import sha256

        path = self.user_config_path or self.config_path
        return sha256(os.fsencode(path.resolve())).hexdigest()[:16] if path else ""


def read(options: ReadOptions) -> WorkerConfig:
    """The Worker's configuration; raises `ConfigError` with every problem found."""
    asked, options = options, with_cli_environ(options)
    loaded = load(options)
    if loaded.errors:
        raise ConfigError(loaded.errors, path=loaded.found.config, warnings=loaded.warnings)
    variables, notes = read_variables(options, loaded)
    config, found = loaded.selected.config, loaded.found
    root = found.user or found.config
    triggers, assets, modules = (config.get(key) for key in ("triggers", "assets", "python_modules"))
    crons = property_of(triggers, "crons")
    return WorkerConfig(
        name=config.get("name"),
        main=_main(options, loaded),
        compatibility_date=options.compatibility_date or config.get("compatibility_date"),
        compatibility_flags=options.compatibility_flags or tuple(config["compatibility_flags"]),
        environment=loaded.selected.environment,
        config_path=found.config,
        user_config_path=found.user,
        project_root=root.parent if root else options.cwd,
        vars=_for_env(config, variables, options.cli_vars),
        secrets=_secrets(loaded, options.cli_vars),
        other_bindings=tuple(
            OtherBinding(field, name, entry)
            for field, name, entry in bindings(config)
            if field not in ("secrets_store_secrets", "assets") and name not in options.cli_vars
        ),
        assets=assets if is_object(assets) else None,
        crons=tuple(cron for cron in crons if isinstance(cron, str)) if isinstance(crons, list) else (),
        dev=DevSettings(**{key: value for key, value in config["dev"].items() if key in _DEV_KEYS}),
        python_modules=modules if is_object(modules) else None,
        warnings=loaded.warnings,
        notes=(*loaded.notes, *notes, *misplaced(loaded)),
        watched_files=watched(asked, found),
        defined_environments=loaded.selected.defined,
        account_id=_text(config.get("account_id")),
    )


class EnvironmentSecrets(NamedTuple):
    """The Secrets Store entries of one environment (None: the top level), and what is wrong with it."""

    environment: str | None
    name: str | None
    secrets: tuple[SecretBinding, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_environments(options: ReadOptions) -> list[EnvironmentSecrets]:
    """The Secrets Store entries of the top level and of each environment. Never raises: a file that cannot
    be read gives one item with its problems, and so does an environment that is not valid."""
    options = with_cli_environ(options)
    try:
        found = locate(options)
        document = read_document(found, str(options.config or found.config))
    except ConfigError as error:
        return [EnvironmentSecrets(None, None, (), error.problems, error.warnings)]
    table = property_of(document.value, "env") if document is not None else None
    names = [None] if found.redirected else [None, *keys(table)]
    return [_environment(options, name, found, document) for name in names]


def _environment(options: ReadOptions, name: str | None, found: Found, document: Any) -> EnvironmentSecrets:
    try:
        loaded = check(options._replace(env=name or ""), found, document)
    except ConfigError as error:
        return EnvironmentSecrets(name, None, (), error.problems, error.warnings)
    return EnvironmentSecrets(
        name, _text(loaded.selected.config.get("name")), _secrets(loaded, {}), loaded.errors, loaded.warnings
    )


_DEV_KEYS = frozenset({"ip", "port", "local_protocol", "host"})


def _main(options: ReadOptions, loaded: Loaded) -> Path | None:
    """The script given, or the configuration's `main`, as an absolute path the system can take."""
    config, diagnostics = loaded.selected.config, loaded.selected.diagnostics
    main = str(options.cwd / options.script) if options.script is not None else config.get("main")
    if main is None:
        return None
    try:
        os.fsencode(main)
        if "\0" not in main:
            return Path(os.path.abspath(main))
    except UnicodeEncodeError:
        pass
    place = diagnostics.place((*loaded.selected.where, "main")) or diagnostics.place(("main",))
    raise ConfigError((Problem('"main" cannot be the path of a file', place),), path=loaded.found.config)


def _for_env(
    config: Mapping[str, Any], variables: Mapping[str, Var], given: Mapping[str, str]
) -> dict[str, Var]:
    """The variables `env` has: other bindings win over files, `--var` over all."""
    given_by = dev_bindings(config, variables)
    result = {name: var for name, var in variables.items() if given_by.get(name, {}).get("type") == var.type}
    result |= {name: Var("plain_text", value) for name, value in given.items()}
    return result


def _secrets(loaded: Loaded, given: Mapping[str, str]) -> tuple[SecretBinding, ...]:
    """The usable entries, each with its place; one that a `--var` of the same name replaces is left out."""
    selected = loaded.selected
    diagnostics: Diagnostics = selected.diagnostics
    found = []
    value = selected.config.get("secrets_store_secrets")
    for index, entry in enumerate(value if isinstance(value, list) else []):
        parts = [property_of(entry, key) for key in ("binding", "store_id", "secret_name")]
        if all(kind(part) == "string" for part in parts) and parts[0] not in given:
            place = diagnostics.place((*selected.where, "secrets_store_secrets", index))
            found.append(SecretBinding(parts[0], parts[1], parts[2], place))
    return tuple(found)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

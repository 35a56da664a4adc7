"""The configuration of one Worker as the rest of sshim sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sshim.config import discovery, dotenv, jsonc, toml
from sshim.config.document import Document, decode
from sshim.errors import ConfigError, Place, Problem


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the command line gives. `env` is None when not given and "" when given empty; `start` is where
    the search for a file begins; `environ` is the process environment, `cwd` the working folder."""

    start: Path
    cwd: Path
    environ: Mapping[str, str]
    config: Path | None = None
    env: str | None = None
    env_files: tuple[Path, ...] = ()
    cli_vars: Mapping[str, str] = field(default_factory=dict)
    script: Path | None = None
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    follow_redirect: bool = True


@dataclass(frozen=True, slots=True)
class Var:
    """A value of `env`: text or JSON from the configuration, or text from a file (`secret_text`)."""

    type: Literal["plain_text", "json", "secret_text"]
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecretBinding:
    """An entry of `secrets_store_secrets`."""

    binding: str
    store_id: str
    secret_name: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class OtherBinding:
    """A binding that sshim notices only: wrangler's key for its kind, its name in `env`, its entry."""

    kind: str
    name: str
    entry: Any


@dataclass(frozen=True, slots=True)
class DevSettings:
    """The `dev` table with its defaults; `port` is None where none is set."""

    ip: str = "localhost"
    port: int | float | None = None
    local_protocol: str = "http"


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """One Worker in one environment. `config_path` is the file read, `user_config_path` the user's own
    (they differ behind a redirect); `watched_files` are those whose change changes this, existing or not."""

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
    top_level_name: str | None = None
    target_environment: str | None = None


def read(options: ReadOptions) -> WorkerConfig:
    """The Worker's configuration; raises `ConfigError` with every problem found."""
    if options.config is not None:
        path = Path(os.path.abspath(options.cwd / options.config))
        found = discovery.Found(path, path)
    else:
        found = discovery.find(options.script.parent if options.script else options.start)
    document = _load(found.config)
    raw: dict[str, Any] = document.value if document and isinstance(document.value, dict) else {}
    environment = options.env if options.env is not None else options.environ.get("CLOUDFLARE_ENV")
    active = raw
    where: tuple[str | int, ...] = ()
    if environment:
        section = (raw.get("env") or {}).get(environment)
        if not isinstance(section, dict):
            problem = Problem(f'No environment found in configuration with name "{environment}".')
            raise ConfigError((problem,), path=found.config)
        where = ("env", environment)
        active = {key: value for key, value in raw.items() if key not in ("vars", "secrets_store_secrets")}
        if "name" in raw:
            active["name"] = f"{raw['name']}-{environment}"
        active.update(section)
    root = found.config.parent if found.config else options.cwd
    variables: dict[str, Var] = {}
    for name, value in (active.get("vars") or {}).items():
        variables[name] = Var("plain_text" if isinstance(value, str) else "json", value)
    candidates = [root / ".dev.vars"]
    if options.env is not None:
        candidates.insert(0, root / f".dev.vars.{options.env}")
    notes: list[str] = []
    for candidate in candidates:
        if candidate.is_file():
            text = candidate.read_bytes().decode("utf-8", "replace")
            for name, text_value in dotenv.parse(text).items():
                variables[name] = Var("secret_text", text_value)
            notes.append(f"Using secrets defined in {os.path.relpath(candidate, options.cwd)}")
            break
    for name, given in options.cli_vars.items():
        variables[name] = Var("plain_text", given)
    secrets = tuple(
        SecretBinding(
            entry["binding"],
            entry["store_id"],
            entry["secret_name"],
            document.place((*where, "secrets_store_secrets", index)) if document else None,
        )
        for index, entry in enumerate(active.get("secrets_store_secrets") or [])
    )
    main = options.script or active.get("main")
    return WorkerConfig(
        name=active.get("name"),
        main=Path(os.path.abspath(root / main)) if main is not None else None,
        compatibility_date=options.compatibility_date or active.get("compatibility_date"),
        compatibility_flags=options.compatibility_flags or tuple(active.get("compatibility_flags") or ()),
        environment=environment or None,
        config_path=found.config,
        user_config_path=found.user,
        project_root=root,
        vars=variables,
        secrets=secrets,
        assets=active.get("assets"),
        crons=tuple((active.get("triggers") or {}).get("crons") or ()),
        python_modules=active.get("python_modules"),
        dev=DevSettings(
            **{k: v for k, v in raw.get("dev", {}).items() if k in ("ip", "port", "local_protocol")}
        ),
        notes=tuple(notes),
        watched_files=(*((found.config,) if found.config else ()), *candidates),
        defined_environments=tuple(raw.get("env") or ()),
        top_level_name=raw.get("name"),
        target_environment=environment,
    )


def _load(path: Path | None) -> Document | None:
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem(f"Could not read file: {path}", hint=error.strerror)
        raise ConfigError((problem,), path=path) from None
    text = decode(path, data)
    if path.suffix == ".toml":
        return toml.parse(text)
    if path.suffix in (".json", ".jsonc"):
        return jsonc.parse(text)
    return None

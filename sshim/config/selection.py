"""A whole raw configuration made into that of one Worker: top level, chosen environment, `dev`, names.

Everything wrong is collected in `Diagnostics`; only what makes wrangler give up at once is raised.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path as FilePath

from sshim.config import environments, toplevel
from sshim.config.checks import Path, Section, is_object, known_only
from sshim.config.diagnostics import Diagnostics
from sshim.config.discovery import Found
from sshim.config.document import Document
from sshim.config.javascript import MISSING, PROTOTYPE, entries, keys, kind, read, show, truthy
from sshim.config.names import check_unique
from sshim.errors import ConfigError, Problem
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Selected(NamedTuple):
    """The configuration of one environment. `config` holds its fields as wrangler names them (undefined
    ones absent), `where` is the path of its table in the file."""

    config: Mapping[str, Any]
    where: Path
    diagnostics: Diagnostics
    environment: str | None
    defined: tuple[str, ...]


class Choice(NamedTuple):
    """Which environment is asked for: its name (None: not said), and whether the command line said so."""

    name: str | None
    by_argument: bool


def select(
    document: Document | None,
    found: Found,
    choice: Choice,
    cwd: FilePath,
    script: str | None,
    flags: tuple[str, ...] = (),
) -> Selected:
    """The configuration for that choice; raises `ConfigError` where wrangler throws.

    `script` and `flags` are the command line's: the file to run in place of `main`, and further
    compatibility flags.
    """
    raw = _root(document)
    heading = os.path.relpath(found.config, cwd) if found.config else "wrangler"
    diagnostics = Diagnostics(f"Processing {heading} configuration:", document)
    folder = found.config.parent if found.config else cwd
    suffix = found.config.suffix if found.config else ""
    if "legacy_env" in raw and not found.redirected:
        diagnostics.error(_LEGACY_ENV, ("legacy_env",), key=True, hint="remove it")
    top_section = Section(diagnostics, raw)
    toplevel.check_fields(top_section)
    top = environments.normalize(top_section, folder, suffix)
    defined = tuple(keys(read(raw, "env")))
    if found.redirected and defined:
        names = "\n".join(f"\t- {name}" for name in defined)
        diagnostics.error(_REDIRECTED_WITH_ENVIRONMENTS.format(names=names), ("env",), key=True)
    active: Mapping[str, Any] = top
    where: Path = ()
    environment: str | None = None
    if choice.name and found.redirected:
        _check_target(raw, choice, document)
    elif choice.name:
        active, where, environment = _named(top_section, top, choice.name, folder, suffix)
    config: dict[str, Any] = {"topLevelName": read(raw, "topLevelName" if found.redirected else "name")}
    if found.redirected:
        config |= {key: read(raw, key) for key in ("definedEnvironments", "targetEnvironment")}
    else:
        config["definedEnvironments"] = list(defined)
        config["targetEnvironment"] = MISSING if choice.name is None else choice.name
    config |= {key: read(raw, key) for key in ("pages_build_output_dir", "send_metrics", "keep_vars")}
    config |= active
    config["dev"] = toplevel.dev(top_section)
    if "site" in raw:
        from sshim.config.site import check_site  # few files have one

        check_site(top_section, active.get("main"))
    toplevel.check_alias(top_section)
    for key in ("wasm_modules", "text_blobs", "data_blobs"):
        config[key] = toplevel.module_paths(top_section, key, os.path.relpath(folder, cwd))
    config = {key: value for key, value in config.items() if value is not MISSING}
    check_unique(diagnostics, config, where)
    given = (key for key in keys(raw) if key not in ("legacy_env", "node_compat"))
    known_only(top_section, "top-level", given, _TOP_NAMES)
    if "python_workers" not in flags:
        _python_flag(config, script, diagnostics, where)
    return Selected(config, where, diagnostics, environment, defined)


def _root(document: Document | None) -> Mapping[str, Any]:
    """The root as a table; a list passes as one, as in JavaScript."""
    if document is None:
        return {}
    value = document.value
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list):
        return dict(entries(value))
    place = document.text.place(max(document.root.start, 0), document.root.end)
    message = f"The configuration should be an object but got {show(value)}."
    raise ConfigError((Problem(message, place, "start it with { and end it with }"),), path=document.path)


def _named(
    top_section: Section, top: Mapping[str, Any], name: str, folder: FilePath, suffix: str
) -> tuple[Mapping[str, Any], Path, str | None]:
    """The fields, path and name of a named environment; the top level where there is none of that name."""
    raw, diagnostics = top_section.raw, top_section.diagnostics
    table = read(raw, "env")
    given = read(table, name)
    found = top_section.has(table, name) if is_object(table) else name in PROTOTYPE
    if given is MISSING and found and table is not MISSING and table is not None:
        # JavaScript finds the property every object has: a function, whose name is that property's.
        given = {} if name == "__proto__" else {"name": name}
    if given is not MISSING:
        if kind(given) != "object" or given is None:
            raise _refused(
                top_section, f'"env.{name}" should be an object but got {show(given)}.', ("env", name)
            )
        fields = dict(entries(given))
        part = diagnostics.child(f'"env.{name}" environment configuration')
        section = Section(part, fields, ("env", name), name, top, raw)
        return environments.normalize(section, folder, suffix), ("env", name), name
    if read(raw, "pages_build_output_dir") is not MISSING:
        return top, (), None
    known = keys(table)
    listed = f"The available configured environment names are: {show(known)}\n" if truthy(table) else ""
    file = {".toml": "wrangler.toml", ".json": "wrangler.json", ".jsonc": "wrangler.jsonc"}.get(
        suffix, "Wrangler configuration"
    )
    message = (
        f'No environment found in configuration with name "{name}".\n'
        f"Before using `--env={name}` there should be an equivalent environment section in the "
        f"configuration.\n{listed}\n"
        f"Consider adding an environment configuration section to the {file} file:\n"
        f"```\n[env.{name}]\n```\n"
    )
    hint = f"--env {_near(name, known)}" if known else None
    if listed:
        diagnostics.error(message, ("env",), key=True, hint=hint)
    else:
        diagnostics.warn(message, (), hint=hint)
    renamed = dict(top)
    if isinstance(renamed.get("name"), str) and renamed["name"]:
        renamed["name"] = f"{renamed['name']}-{name}"
    else:
        renamed.pop("name", None)
    return renamed, (), name


def _near(name: str, known: list[str]) -> str:
    import difflib  # only a misspelt environment pays for it

    return (difflib.get_close_matches(name, known, 1, 0) or known)[0]


def _check_target(raw: Mapping[str, Any], choice: Choice, document: Document | None) -> None:
    """A generated configuration is for one environment; asking for another is an error."""
    target = read(raw, "targetEnvironment")
    pages = read(raw, "pages_build_output_dir") is not MISSING
    if pages or not truthy(target) or target == choice.name:
        return
    via = (
        "via the `--env/-e` CLI argument"
        if choice.by_argument
        else "via the CLOUDFLARE_ENV environment variable"
    )
    message = (
        f'You have specified the environment "{choice.name}" {via}.\n'
        f'This does not match the target environment "{target}" that was used when building the '
        "application.\n"
        f'Perhaps you need to re-run the custom build of the project with "{choice.name}" as the selected '
        "environment?"
    )
    place = document.place(("targetEnvironment",)) if document else None
    raise ConfigError((Problem(message, place, f"--env {target}"),), path=document.path if document else None)


def _python_flag(
    config: Mapping[str, Any], script: str | None, diagnostics: Diagnostics, where: Path
) -> None:
    main = script if script is not None else config.get("main")
    flags = config.get("compatibility_flags")
    if not isinstance(main, str) or not main.endswith(".py"):
        return
    if not isinstance(config.get("rules"), list):  # wrangler breaks on it
        raise _refused(
            Section(diagnostics, config),
            f'The field "rules" should be an array but got {show(config.get("rules"))}.',
            (*where, "rules"),
        )
    if isinstance(flags, list | str) and "python_workers" in flags:
        return
    path = (*where, "compatibility_flags")
    place = (
        diagnostics.place(path) or diagnostics.place(("compatibility_flags",)) or diagnostics.place(("main",))
    )
    cure = 'add "python_workers" to compatibility_flags' + (f" of env.{where[1]}" if where else "")
    if diagnostics.document is None:
        cure = "--compatibility-flag python_workers, or sshim init for a configuration that has it"
    problem = Problem("The `python_workers` compatibility flag is required to use Python.", place, cure)
    path_read = diagnostics.document.path if diagnostics.document else None
    raise ConfigError((problem,), path=path_read)


def _refused(section: Section, message: str, path: Path) -> ConfigError:
    document = section.diagnostics.document
    hint = "remove it, or make it a table"
    problem = Problem(message, section.diagnostics.place(path), hint)
    return ConfigError((problem,), path=document.path if document else None)


_TOP_NAMES = (
    *environments.NAMES,
    *("configPath", "userConfigPath", "topLevelName", "definedEnvironments", "targetEnvironment"),
    *("pages_build_output_dir", "send_metrics", "dependencies_instrumentation", "keep_vars", "addresses"),
    *("dev", "site", "alias", "wasm_modules", "text_blobs", "data_blobs", "env", "$schema"),
)

_LEGACY_ENV = (
    'The "legacy_env" field is no longer supported, so please remove it from your configuration file.\n'
    "Service environments have been removed, and each environment is now deployed as its own Worker named "
    '"<name>-<environment>". This matches the behaviour of "legacy_env = true", which was the default, so '
    "removing the field will not change how your Worker is deployed.\n"
    "Refer to https://developers.cloudflare.com/workers/wrangler/environments/ for more information."
)

_REDIRECTED_WITH_ENVIRONMENTS = (
    "Redirected configurations cannot include environments but the following have been found:\n{names}\n\n\n"
    "Such configurations are generated by tools, meaning that one of the tools\n"
    "your application is using is generating the incorrect configuration.\n"
    "Report this issue to the tool's author so that this can be fixed there."
)

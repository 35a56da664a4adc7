"""From options to a checked configuration: find the file, read it, choose the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sshim.config import devvars, discovery
from sshim.config.discovery import Found
from sshim.config.document import Document, decode
from sshim.config.javascript import MISSING, entries
from sshim.config.options import ReadOptions
from sshim.config.selection import Choice, Selected, select
from sshim.errors import Problem
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Loaded(NamedTuple):
    """A configuration read and checked; it is only fit for use where `errors` is empty."""

    found: Found
    document: Document | None
    selected: Selected
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


def locate(options: ReadOptions) -> Found:
    """The files for these options; raises `ConfigError` where a redirect cannot be followed."""
    if options.config is not None:
        path = Path(os.path.abspath(options.cwd / options.config))
        return Found(path, path)
    start = options.cwd / (options.script.parent if options.script is not None else options.start)
    return discovery.find(start, options.cwd, follow_redirect=options.follow_redirect)


def read_document(found: Found, shown: str) -> Document | None:
    """The file's values, None where there is none or its name says neither TOML nor JSON.

    Raises `ConfigError`; `shown` is the file's name in the message that it cannot be read.
    """
    if found.config is None or not found.config.name.endswith((".toml", ".json", ".jsonc")):
        return None
    text = decode(found.config, discovery.read_bytes(found.config, shown))
    if found.config.suffix == ".toml":
        from sshim.config import toml  # only the reader that is needed

        return toml.parse(text)
    from sshim.config import jsonc

    return jsonc.parse(text)


def load(options: ReadOptions) -> Loaded:
    """The configuration with all that is wrong with it; raises `ConfigError` where wrangler throws."""
    found = locate(options)
    shown = str(options.config if options.config is not None else found.config)
    document = read_document(found, shown)
    return check(options, found, document)


def check(options: ReadOptions, found: Found, document: Document | None) -> Loaded:
    """The checked configuration of a document; raises `ConfigError` where wrangler throws."""
    name = options.env if options.env is not None else options.environ.get("CLOUDFLARE_ENV")
    choice = Choice(name, options.env is not None)
    flags = options.compatibility_flags
    script = str(options.script) if options.script is not None else None
    selected = select(document, found, choice, options.cwd, script, flags)
    diagnostics = selected.diagnostics
    return Loaded(
        found,
        document,
        selected,
        tuple(diagnostics.all("errors")),
        tuple(diagnostics.all("warnings")),
        _redirect_notes(found, options.cwd),
    )


def lookup(options: ReadOptions, found: Found) -> devvars.Lookup:
    """Where values for development are looked for: beside the user's configuration."""
    folder = found.user.parent if found.user else options.cwd
    if options.config is not None:
        folder = options.cwd / options.config.parent  # of the path as given: `.` is in `.`
    return devvars.Lookup(folder, options.env, options.env_files, options.environ, options.cwd)


def read_variables(options: ReadOptions, loaded: Loaded) -> tuple[dict[str, devvars.Var], tuple[str, ...]]:
    """The variables of `env` with those of files; and lines to print. Raises `ConfigError`."""
    config = loaded.selected.config
    secrets: Any = config.get("secrets", MISSING)
    files = devvars.load(lookup(options, loaded.found), include_environ=secrets is not MISSING)
    return devvars.merge(config.get("vars", {}), secrets, files)


def with_cli_environ(options: ReadOptions) -> ReadOptions:
    """The options with `.env` files of the working folder in the environment, if they ask for that."""
    if not options.cli_environ:
        return options
    return options._replace(environ=devvars.cli_environ(_own_lookup(options)), cli_environ=False)


def watched(options: ReadOptions, found: Found) -> tuple[Path, ...]:
    """Every file whose change, or appearance, changes what is read."""
    files = [found.config, found.user, found.deploy, *lookup(options, found).candidates()]
    if options.cli_environ:
        files += _own_lookup(options).dotenv_files()
    return tuple(dict.fromkeys(path for path in files if path is not None))


def _own_lookup(options: ReadOptions) -> devvars.Lookup:
    """Where the command line's own environment is looked for: in the working folder."""
    return devvars.Lookup(options.cwd, options.env, options.env_files, options.environ, options.cwd)


def _redirect_notes(found: Found, cwd: Path) -> tuple[str, ...]:
    if not found.redirected or found.config is None or found.deploy is None:
        return ()
    lines = ["Using redirected Wrangler configuration."]
    user = discovery.relative(found.user, cwd) if found.user else "<no user config found>"
    lines.append(f' - Configuration being used: "{discovery.relative(found.config, cwd)}"')
    lines.append(f' - Original user\'s configuration: "{user}"')
    lines.append(f' - Deploy configuration file: "{discovery.relative(found.deploy, cwd)}"')
    return tuple(lines)


def misplaced(loaded: Loaded) -> tuple[str, ...]:
    """Notes about variables named like settings: in TOML a key below `[vars]` belongs to it silently."""
    document = loaded.document
    if document is None or document.path.suffix != ".toml":
        return ()
    notes = []
    top: Mapping[str, Any] = document.value if isinstance(document.value, Mapping) else {}
    for name, _ in entries(loaded.selected.config.get("vars", {})):
        if name in ("main", "compatibility_date", "compatibility_flags") and name not in top:
            place = document.place((*loaded.selected.where, "vars", name), key=True)
            notes.append(
                f"{place}: {name} stands below [vars] and is a variable there; "
                "move it above the first [table] to make it a setting"
            )
    return tuple(notes)

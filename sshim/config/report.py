"""The configuration as data, in the form `sshim config --json` prints."""

from __future__ import annotations

import math
from pathlib import Path

from sshim.config.convert import dev_bindings
from sshim.config.discovery import Found
from sshim.config.javascript import MISSING, TomlDate, entries, order_keys, show_number
from sshim.config.loading import load, locate, read_variables, with_cli_environ
from sshim.config.options import ReadOptions
from sshim.errors import ConfigError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEYS = ("name", "main", "compatibility_date", "compatibility_flags", "vars", "secrets_store_secrets")
_KEYS_AFTER = ("topLevelName", "targetEnvironment", "definedEnvironments", "dev")


def report(options: ReadOptions) -> dict[str, Any]:
    """`{ok, errors, warnings, config, dev_bindings, found}`; absent keys have no value. Never raises.

    Paths are absolute. Numbers JSON lacks are `{"$number": …}`, TOML dates `{"$date": …}`. Where the files
    with values cannot be read, `dev_bindings_error` stands in place of `dev_bindings`. `dev_bindings` holds
    the values of `.dev.vars` and `.env` files in clear.
    """
    result: dict[str, Any] = {"ok": False, "errors": [], "warnings": []}
    try:
        options = with_cli_environ(options)
        result["found"] = _found(locate(options))
        loaded = load(options)
    except ConfigError as error:
        result["errors"] = _messages(error.problems)
        result["warnings"] = _messages(error.warnings)
        return result
    result["errors"] = _messages(loaded.errors)
    result["warnings"] = _messages(loaded.warnings)
    result["ok"] = not loaded.errors
    if loaded.errors:
        return result
    config = loaded.selected.config
    result["config"] = {key: wire(config[key]) for key in (*_KEYS, *_KEYS_AFTER) if key in config}
    try:
        variables, _ = read_variables(options, loaded)
    except ConfigError as error:
        result["dev_bindings_error"] = error.message
    else:
        result["dev_bindings"] = wire(dev_bindings(config, variables))
    return result


def wire(value: Any) -> Any:
    """A value for JSON. Integral numbers are written out as JavaScript does, up to 21 digits."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, TomlDate):
        return {"$date": value.text}
    if isinstance(value, list | tuple):
        return [wire(item) for item in value]
    table = {key: wire(item) for key, item in entries(value) if item is not MISSING}
    order_keys(table)
    return table


def _number(value: int | float) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return {"$number": "NaN"}
        if math.isinf(value):
            return {"$number": "Infinity" if value > 0 else "-Infinity"}
        if value == 0:
            return {"$number": "-0"}
        shown = show_number(value)
        return int(shown) if shown.lstrip("-").isdigit() else value
    return value


def _messages(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.message for problem in problems]


def _found(found: Found) -> dict[str, Any]:
    paths: dict[str, Path | None] = {
        "configPath": found.config,
        "userConfigPath": found.user,
        "deployConfigPath": found.deploy,
    }
    return {
        **{key: str(path) for key, path in paths.items() if path is not None},
        "redirected": found.deploy is not None,
    }

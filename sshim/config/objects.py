"""Checks of fields that are objects: build, rules, assets, observability and their like."""

from __future__ import annotations

from sshim.config.checks import (
    Section,
    is_object,
    known_only,
    property_of,
    string_list,
    typed_list,
)
from sshim.config.javascript import MISSING, keys, kind, read, show, show_or_undefined, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def build(section: Section, key: str, raw: Any) -> None:
    """The custom build; sshim does not run it."""
    known_only(section, key, keys(raw), ("command", "cwd", "watch_dir"), (key,))
    for key in ("command", "cwd"):
        property_of(section, f"build.{key}", read(raw, key), "string", ("build", key))
    watched = read(raw, "watch_dir")
    if isinstance(watched, list):
        typed_list(section, "build.watch_dir", watched, "string", ("build", "watch_dir"))
    else:
        property_of(section, "build.watch_dir", watched, "string", ("build", "watch_dir"))


def rules(section: Section, key: str, value: Any) -> None:
    """Module rules: each with a type and globs."""
    if not truthy(value):
        return
    label = section.label(key)
    if not isinstance(value, list):
        section.error(f'The field "{label}" should be an array but got {show(value)}.', (key,))
        return
    for index, rule in enumerate(value):
        here = (key, index)
        if kind(rule) != "object" or rule is None:
            section.error(f'"{label}[{index}]" should be an object but got {show(rule)}.', here)
            continue
        if read(rule, "type") not in ("ESModule", "CommonJS", "CompiledWasm", "Text", "Data"):
            section.error(
                'bindings should have a string "type" field, which contains one of "ESModule", "CommonJS", '
                '"CompiledWasm", "Text", or "Data".',
                here,
            )
        typed_list(section, f"{label}[{index}].globs", read(rule, "globs"), "string", (*here, "globs"))
        if kind(read(rule, "fallthrough")) not in ("undefined", "boolean"):
            section.error('the field "fallthrough", when present, should be a boolean.', here)


_HTML = ("auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none")
_NOT_FOUND = ("single-page-application", "404-page", "none")


def assets(section: Section, key: str, value: Any) -> None:
    """Static assets: folder, binding, and how paths are handled."""
    if value is MISSING:
        return
    if kind(value) != "object" or value is None:
        shown = "object" if value is None else kind(value)
        section.error(f'"{key}" should be an object, but got value {show(key)} of type {shown}', (key,))
        return
    for part, choices in {
        "directory": (),
        "binding": (),
        "html_handling": _HTML,
        "not_found_handling": _NOT_FOUND,
        "base_path": (),
    }.items():
        property_of(section, f"{key}.{part}", read(value, part), "string", (key, part), choices=choices)
    first = read(value, "run_worker_first")
    here = (key, "run_worker_first")
    if isinstance(first, list):
        typed_list(section, "assets.run_worker_first", first, "string", here)
    elif first is not MISSING and not isinstance(first, bool):
        section.error(
            f'The field "{key}.run_worker_first" should be an array of strings or a boolean, '
            f"but got {show(first)}.",
            here,
        )
    known = ("directory", "binding", "html_handling", "not_found_handling", "base_path", "run_worker_first")
    known_only(section, key, keys(value), known, (key,))


def limits(section: Section, key: str, value: Any) -> None:
    """CPU time and subrequests; sshim enforces neither."""
    for part in ("cpu_ms", "subrequests"):
        property_of(section, f"{key}.{part}", read(value, part), "number", (key, part))


def cache(section: Section, key: str, value: Any) -> None:
    """The cache switch."""
    if value is MISSING:
        return
    if kind(value) != "object" or value is None:
        section.error(f'"{key}" should be an object but got {show(value)}.', (key,))
        return
    property_of(section, f"{key}.enabled", read(value, "enabled"), "boolean", (key, "enabled"), required=True)
    crossing = read(value, "cross_version_cache")
    property_of(section, f"{key}.cross_version_cache", crossing, "boolean", (key, "cross_version_cache"))
    known_only(section, key, keys(value), ("enabled", "cross_version_cache"), (key,))


def access(section: Section, key: str, value: Any) -> None:
    """How Cloudflare Access is stood in for while developing; only its shape is looked at."""
    if value is MISSING:
        return
    if kind(value) != "object" or value is None:
        section.error(f'"{key}" should be an object but got {show(value)}.', (key,))
        return
    dev = read(value, "dev")
    property_of(section, f"{key}.dev", dev, "object", (key, "dev"))
    known_only(section, key, keys(value), ("dev",), (key,))
    if kind(dev) == "object" and dev is not None:
        here = (key, "dev")
        property_of(section, f"{key}.dev.aud", read(dev, "aud"), "string", (*here, "aud"), required=True)
        property_of(section, f"{key}.dev.identity", read(dev, "identity"), "object", (*here, "identity"))
        known_only(section, f"{key}.dev", keys(dev), ("aud", "identity"), here)


def python_modules(section: Section, key: str, value: Any) -> None:
    """Which files of `python_modules/` are left out of a deploy."""
    if value is MISSING:
        return
    if not is_object(value):
        section.error(f'"{key}" should be an object but got {show(value)}.', (key,))
    elif "exclude" in value:
        string_list(section, f"{key}.exclude", value["exclude"], (key, "exclude"))


_LOGS = {"enabled": "boolean", "head_sampling_rate": "number", "invocation_logs": "boolean"}
_LOGS |= {"destinations": "list", "persist": "boolean"}
_TRACES = {"enabled": "boolean", "head_sampling_rate": "number", "destinations": "list", "persist": "boolean"}
_SWITCHES = ("enabled", "logs.enabled", "traces.enabled", "issues.enabled")


def observability(section: Section, key: str, value: Any) -> None:
    """What is logged in production; sshim logs everything."""
    if value is MISSING:
        return
    if kind(value) != "object" or value is None:
        section.error(f'"{key}" should be an object but got {show(value)}.', (key,))
        return
    _one_switch(section, key, value)
    for part, wanted in (("head_sampling_rate", "number"), ("redact_query_string", "boolean")):
        property_of(section, f"{key}.{part}", read(value, part), wanted, (key, part))
    issues = read(value, "issues")
    if issues is not MISSING and not is_object(issues):
        section.error(f'"{key}.issues" should be an object but got {show(issues)}.', (key, "issues"))
    for part in ("logs", "traces"):
        property_of(section, f"{key}.{part}", read(value, part), "object", (key, part))
    known = ("enabled", "head_sampling_rate", "redact_query_string", "issues", "logs", "traces")
    known_only(section, key, keys(value), known, (key,))
    if is_object(issues):
        here = (key, "issues")
        property_of(section, f"{key}.issues.enabled", read(issues, "enabled"), "boolean", (*here, "enabled"))
        known_only(section, f"{key}.issues", keys(issues), ("enabled",), here)
    for part, types in (("logs", _LOGS), ("traces", _TRACES)):
        table = read(value, part)
        if table is None:  # wrangler breaks on it
            section.error(f'Expected "{key}.{part}" to be of type object but got null.', (key, part))
        if kind(table) != "object" or table is None:
            continue
        for name, wanted in types.items():
            item, place = read(table, name), (key, part, name)
            if wanted != "list":
                property_of(section, f"{key}.{part}.{name}", item, wanted, place)
            elif item is not MISSING:
                typed_list(section, f"{part}.{name}", item, "string", place)
        known_only(section, key, keys(table), types, (key, part))
    for label, table, path in (
        ("head_sampling_rate", value, (key,)),
        ("logs.head_sampling_rate", read(value, "logs"), (key, "logs")),
        ("traces.head_sampling_rate", read(value, "traces"), (key, "traces")),
    ):
        rate = read(table, "head_sampling_rate")
        if kind(rate) == "number" and (rate < 0 or rate > 1):
            section.error(f'"{key}.{label}" must be a value between 0 and 1.', (*path, "head_sampling_rate"))


def _one_switch(section: Section, key: str, value: Any) -> None:
    """At least one of the switches is given and a boolean."""
    found = []
    for name in _SWITCHES:
        part, _, rest = name.partition(".")
        item = read(value, part)
        found.append((name, read(item, rest) if rest else item))
    if all(item is MISSING for _, item in found):
        section.error(" or ".join(f'"{key}.{name}"' for name in _SWITCHES) + " is required.", (key,))
        return
    wrong = []
    for name, item in found:
        if isinstance(item, bool):
            return
        wrong.append(f'Expected "{key}.{name}" to be of type boolean but got {show_or_undefined(item)}.')
    for message in wrong:
        section.error(message, (key,))

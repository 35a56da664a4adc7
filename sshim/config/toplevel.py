"""What only the top level has: `dev`, switches for wrangler itself, modules by name, aliases."""

from __future__ import annotations

import os

from sshim.config.checks import Section, known_only, property_of, typed_list
from sshim.config.javascript import MISSING, entries, keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEV_DEFAULTS: dict[str, Any] = {
    "ip": "127.0.0.1" if os.name == "nt" else "localhost",
    "local_protocol": "http",
    "enable_containers": True,
    "generate_types": False,
}
"""Values of the `dev` table where it has none."""

_DEV_TYPES = {
    "ip": "string",
    "port": "number",
    "inspector_port": "number",
    "inspector_ip": "string",
    "local_protocol": "string",
    "upstream_protocol": "string",
    "host": "string",
    "enable_containers": "boolean",
    "container_engine": "string",
    "generate_types": "boolean",
}


def check_fields(section: Section) -> None:
    """The plain fields of the top level, in wrangler's order."""
    raw = section.raw

    def check(key: str, wanted: str) -> None:
        property_of(section, key, read(raw, key), wanted, (key,))

    check("send_metrics", "boolean")
    check("dependencies_instrumentation", "object")
    instrumentation = read(raw, "dependencies_instrumentation")
    if instrumentation is None:  # wrangler breaks on it
        section.error(
            'Expected "dependencies_instrumentation" to be of type object but got null.',
            ("dependencies_instrumentation",),
        )
    if kind(instrumentation) == "object" and instrumentation is not None:
        label, here = "dependencies_instrumentation", ("dependencies_instrumentation",)
        enabled, excluded = (read(instrumentation, key) for key in ("enabled", "exclude_packages"))
        property_of(section, f"{label}.enabled", enabled, "boolean", (*here, "enabled"))
        if excluded is not MISSING:
            typed_list(section, f"{label}.exclude_packages", excluded, "string", (*here, "exclude_packages"))
        known_only(section, label, keys(instrumentation), ("enabled", "exclude_packages"), here)
    check("keep_vars", "boolean")
    if read(raw, "addresses") is not MISSING:
        typed_list(section, "addresses", raw["addresses"], "string", ("addresses",))
    check("pages_build_output_dir", "string")
    check("$schema", "string")


def dev(section: Section) -> dict[str, Any]:
    """The `dev` table with defaults; a text or list is taken apart by index, as JavaScript does."""
    given = read(section.raw, "dev")
    table = {} if given is MISSING or given is None else dict(entries(given))
    known_only(section, "dev", table, _DEV_TYPES, ("dev",))
    result: dict[str, Any] = {}
    for key, wanted in _DEV_TYPES.items():
        value = table.get(key, DEV_DEFAULTS.get(key, MISSING))
        if key == "upstream_protocol" and value is MISSING:
            value = result["local_protocol"]
        choices = ("http", "https") if key.endswith("_protocol") else ()
        property_of(section, f"dev.{key}", value, wanted, ("dev", key), choices=choices)
        if value is not MISSING:
            result[key] = value
    return result


def module_paths(section: Section, key: str, folder: str) -> Any:
    """A table of names and paths, such as `wasm_modules`; `MISSING` where there is none. `folder` is the
    configuration's, from the working folder, as the paths then are."""
    table = read(section.raw, key)
    if table is MISSING:
        return MISSING
    if table is None:  # wrangler breaks on it
        section.error(f'Expected "{key}" to be of type object but got null.', (key,))
    for name, path in entries(table):
        if not isinstance(path, str):
            section.error(
                f"Expected \"{key}['{name}']\" to be of type string but got {show(path)}.", (key, name)
            )
    return {name: _joined(folder, path) for name, path in entries(table) if isinstance(path, str)}


def _joined(folder: str, path: str) -> str:
    """The path below the folder; an absolute one too, as wrangler has it."""
    joined = os.path.normpath(f"{folder}/{path}")
    return "" if joined == "." else joined


def check_alias(section: Section) -> None:
    """Module aliases: texts by name; Python Workers have no use for them."""
    table = read(section.raw, "alias")
    if table is MISSING:
        return
    if kind(table) != "object" or table is None:
        section.error(f"Expected alias to be an object, but got {kind(table)}", ("alias",))
        return
    for name, target in entries(table):
        if not isinstance(target, str):
            section.error(f'Expected alias["{name}"] to be a string, but got {kind(target)}', ("alias", name))

"""One environment made ready: its own fields, those it inherits, and what is wrong with either.

The table below is the order in which wrangler looks at fields, and thus the order of its messages.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path as FilePath

from sshim.config import fields
from sshim.config.bindings import REMOTE, array_of, single
from sshim.config.checks import Section, known_only, of_type, one_of, string_list
from sshim.config.javascript import MISSING, entries, keys, read, text, truthy
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from sshim.config.checks import Check

_TEXT = of_type("string")
_SWITCH = of_type("boolean")
_NAMED = single(REMOTE, known=("binding", "remote"))


def _when_set(check: Check) -> Check:
    """The check, but only of values that JavaScript takes for true."""

    def checked(section: Section, name: str, value: Any) -> None:
        if truthy(value):
            check(section, name, value)

    return checked


def _of(module: str, check: str) -> Check:
    """A check of that module, which is only loaded for files that have the field."""

    def checked(section: Section, name: str, value: Any) -> None:
        if value is not MISSING:
            getattr(import_module(f"sshim.config.{module}"), check)(section, name, value)

    return checked


class Field(NamedTuple):
    """A field of an environment. `own`: not inherited. `default` is `MISSING` where it stays undefined."""

    name: str
    check: Check
    default: Any = MISSING
    own: bool = False


def _lists(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, _entries, [], own=True) for name in names)


def _entries(section: Section, name: str, value: Any) -> None:
    from sshim.config.kinds import LISTS

    array_of(LISTS[name.removeprefix(f"{section.within}.")])(section, name, value)


def _switches(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, _SWITCH) for name in names)


FIELDS: tuple[Field, ...] = (
    Field("route", fields.route),
    Field("account_id", _TEXT),
    Field("routes", fields.routes),
    *_switches("workers_dev", "preview_urls"),
    Field("build", _of("objects", "build"), {}),
    Field("compatibility_date", fields.compatibility_date),
    Field("compatibility_flags", string_list, []),
    Field("jsx_factory", _TEXT, "React.createElement"),
    Field("jsx_fragment", _TEXT, "React.Fragment"),
    Field("tsconfig", _TEXT),
    Field("rules", _of("objects", "rules"), []),
    Field("name", fields.name),
    Field("main", _TEXT),
    *_switches("find_additional_modules", "preserve_file_names"),
    Field("base_dir", _TEXT),
    Field("triggers", _of("triggers", "triggers"), {}),
    Field("assets", _of("objects", "assets")),
    Field("limits", _when_set(_of("objects", "limits"))),
    Field("placement", _of("placement", "placement")),
    Field("vars", _of("variables", "variables"), {}, own=True),
    Field("secrets", _of("variables", "secrets"), own=True),
    Field("define", _of("variables", "define"), {}, own=True),
    Field("durable_objects", _of("structured", "durable_objects"), {"bindings": []}, own=True),
    Field("workflows", _of("workflows", "workflows"), [], own=True),
    Field("migrations", _of("migrations", "migrations"), []),
    Field("exports", _of("exports", "exports"), {}),
    *_lists("kv_namespaces"),
    Field("cloudchamber", _of("cloudchamber", "cloudchamber"), {}, own=True),
    Field("containers", _of("containers", "containers"), own=True),
    *_lists("send_email"),
    Field("queues", _of("structured", "queues"), {"producers": [], "consumers": []}, own=True),
    Field("connect", _of("connect", "connect"), [], own=True),
    *_lists("r2_buckets", "d1_databases", "vectorize", "ai_search_namespaces", "ai_search", "agent_memory"),
    *_lists("hyperdrive", "services", "analytics_engine_datasets", "dispatch_namespaces"),
    *_lists("mtls_certificates"),
    Field("tail_consumers", _of("structured", "tail_consumers"), own=True),
    Field("streaming_tail_consumers", _of("structured", "tail_consumers"), own=True),
    Field("unsafe", _of("structured", "unsafe"), {}, own=True),
    Field("browser", _NAMED, own=True),
    Field("analytics", _NAMED, own=True),
    Field("ai", single(REMOTE), own=True),
    Field("images", _NAMED, own=True),
    Field("stream", _NAMED, own=True),
    Field("media", _NAMED, own=True),
    *_lists("pipelines", "k2", "secrets_store_secrets", "artifacts", "unsafe_hello_world", "flagship"),
    *_lists("worker_loaders", "ratelimits", "vpc_services", "vpc_networks"),
    Field("version_metadata", single(), own=True),
    Field("logfwdr", _of("structured", "logfwdr"), {"bindings": []}),
    *_switches("no_bundle", "minify", "keep_names", "first_party_worker", "logpush", "upload_source_maps"),
    Field("observability", _of("objects", "observability")),
    Field("access", _of("objects", "access")),
    Field("cache", _of("objects", "cache")),
    Field("compliance_region", one_of("public", "fedramp_high")),
    Field("python_modules", _of("objects", "python_modules"), {"exclude": ["**/*.pyc"]}),
    Field("previews", _of("previews", "previews")),
)
"""Every field of an environment, in the order in which wrangler looks at them."""

NAMES = tuple(field.name for field in FIELDS)
"""Their names."""


def normalize(section: Section, folder: FilePath, suffix: str) -> dict[str, Any]:
    """The environment's fields after inheritance and defaults, without those that stay undefined.

    `folder` is where relative paths start, `suffix` the configuration file's. Problems go to the section.
    """
    fields.removed_node_compat(section)
    if "unsafe" in section.raw and (section.top is None or read(section.raw_top, "unsafe") is MISSING):
        section.warn(
            '"unsafe" fields are experimental and may change or break at any time.', ("unsafe",), key=True
        )
    result: dict[str, Any] = {}
    for field in FIELDS:
        value = _own(section, field) if field.own else _inherited(section, field)
        if value is not MISSING:
            result[field.name] = value
    result["build"] = _build(result["build"])
    objects_table = dict(entries(result["durable_objects"]))
    result["durable_objects"] = {**objects_table, "bindings": _first(read(objects_table, "bindings"), [])}
    for name in ("main", "base_dir"):
        if isinstance(result.get(name), str):
            result[name] = os.path.normpath(os.path.join(os.path.abspath(folder), result[name]))
    if result["exports"] or result["durable_objects"]["bindings"]:
        from sshim.config.exports import check_workflow_names  # few files have either
        from sshim.config.lifecycle import check_lifecycle

        check_lifecycle(section, result, suffix)
        check_workflow_names(section, result["exports"])
    if result["exports"] or "containers" in result:
        from sshim.config.container_links import check_links

        check_links(section, result)
    if section.environment is not None:
        given = (key for key in keys(section.raw) if key != "node_compat")
        known_only(section, f"env.{section.environment}", given, NAMES)
    return result


def _inherited(section: Section, field: Field) -> Any:
    value = read(section.raw, field.name)
    if field.name in ("route", "account_id"):
        fields.ignored_if_empty(section, field.name)
        value = MISSING if value == "" else value
    above = section.top.get(field.name, MISSING) if section.top is not None else MISSING
    if field.name == "build":  # looked at as it stands after inheritance
        value = above if value is MISSING or value is None else value
    field.check(section, field.name, value)
    if field.name == "name" and above is not MISSING:
        above = f"{above}-{section.environment}" if above and isinstance(above, str) else MISSING
    return _first(value, above, field.default)


def _build(table: Any) -> dict[str, Any]:
    """The build's known keys; with a command, folders to watch are texts."""
    kept = {key: read(table, key) for key in ("command", "cwd", "watch_dir")}
    watched = kept["watch_dir"]
    if truthy(kept["command"]) and watched is not MISSING:
        kept["watch_dir"] = [text(item) for item in watched] if isinstance(watched, list) else text(watched)
    return {key: value for key, value in kept.items() if value is not MISSING}


def _own(section: Section, field: Field) -> Any:
    name, value = field.name, read(section.raw, field.name)
    if value is not MISSING:
        field.check(section, name, value)
    elif section.top is not None and read(section.raw_top, name) is not MISSING:
        section.warn(
            f'"{name}" exists at the top level, but not on "env.{section.environment}".\n'
            f'This is not what you probably want, since "{name}" is not inherited by environments.\n'
            f'Please add "{name}" to "env.{section.environment}".',
            (),
            key=True,
        )
    return _first(value, field.default)


def _first(*candidates: Any) -> Any:
    """The first that is neither undefined nor null."""
    for candidate in candidates:
        if candidate is not MISSING and candidate is not None:
            return candidate
    return MISSING

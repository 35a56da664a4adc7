"""Checks of what becomes text or JSON in `env`, or in the source: vars, secrets.required, define."""

from __future__ import annotations

from sshim.config.checks import Section, known_only, object_or_error, typed_list
from sshim.config.javascript import MISSING, TomlDate, entries, keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def variables(section: Section, key: str, value: Any) -> None:
    """Any JSON values but TOML dates; names of the top level that an environment lacks are warned about."""
    label = section.label(key)
    if _is_table(section, key, label, value):
        for name, item in entries(value):
            if isinstance(item, TomlDate):
                section.error(
                    f'The field "{label}.{name}" is a TOML date, which is not supported. '
                    f'Please use a string instead, e.g. {name} = "2025-12-19".',
                    (key, name),
                    hint="put the date in quotes",
                )
    lacking = _lacking(section, key, value)
    if lacking:
        section.warn(
            f'The following vars exist at the top level, but not on "{label}".\n'
            'This is probably not what you want, since "vars" configuration is not inherited by '
            f'environments.\nPlease add these vars to "env.{section.environment}.vars":\n' + _items(lacking),
            (key,),
            key=True,
        )


def define(section: Section, key: str, value: Any) -> None:
    """Texts put into the source at build time; Python Workers do not use them."""
    label = section.label(key)
    if _is_table(section, key, label, value):
        for name, item in entries(value):
            if not isinstance(item, str):
                section.error(
                    f'The field "{label}.{name}" should be a string but got {show(item)}.', (key, name)
                )
    lacking = _lacking(section, key, value)
    if lacking:
        section.warn(
            f'The following define entries exist at the top level, but not on "{label}".\n'
            'This is probably not what you want, since "define" configuration is not inherited by '
            f'environments.\nPlease add these entries to "env.{section.environment}.define":\n'
            + _items(lacking),
            (key,),
            key=True,
        )
    above = keys(section.top.get(key)) if section.top is not None else []
    if above and kind(value) == "object":
        for name in keys(value):
            if name not in above:
                section.warn(
                    f'"{name}" exists on "env.{section.environment}", but not on the top level.\n'
                    'This is not what you probably want, since "define" configuration within environments '
                    'can only override existing top level "define" configuration\n'
                    f'Please remove "{label}.{name}", or add "define.{name}".',
                    (key, name),
                    key=True,
                )


def secrets(section: Section, key: str, value: Any) -> None:
    """`secrets.required`: names that `.dev.vars` or `.env` have to give."""
    label = section.label(key)
    if not object_or_error(section, label, value, (key,)):
        return
    known_only(section, label, keys(value), ("required",), (key,))
    required = read(value, "required")
    if required is not MISSING:
        typed_list(section, f"{label}.required", required, "string", (key, "required"))


def _is_table(section: Section, key: str, label: str, value: Any) -> bool:
    """Whether the value is an object or list; the message for others ends in a line feed of its own."""
    if kind(value) == "object" and value is not None:
        return True
    section.error(f'The field "{label}" should be an object but got {show(value)}.\n', (key,))
    return False


def _lacking(section: Section, key: str, value: Any) -> list[str]:
    """Names of the top level's table that the environment's table lacks."""
    if section.top is None or kind(value) != "object" or value is None:
        return []
    return [name for name in keys(section.top.get(key)) if not section.has(value, name)]


def _items(names: list[str]) -> str:
    return "\n".join(f"- {name}" for name in names)

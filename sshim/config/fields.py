"""Checks of a Worker's plain fields: name, compatibility date, routes, and fields that are gone or empty."""

from __future__ import annotations

import re

from sshim.config.checks import Section, is_object
from sshim.config.javascript import MISSING, read, show, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def name(section: Section, key: str, value: Any) -> None:
    """A Worker's name: lower case, digits, `-` and `_`, not starting with `-`; empty is accepted."""
    if value is MISSING or (isinstance(value, str) and value[:1] != "-" and _SIGNS.issuperset(value)):
        return
    better = re.sub(r"[^a-z0-9_-]+", "-", value.lower()).strip("-") if isinstance(value, str) else ""
    section.error(
        f'Expected "{key}" to be of type string, alphanumeric and lowercase with dashes only '
        f"but got {show(value)}.",
        (key,),
        hint=f'"{better or "my-worker"}"',
    )


def compatibility_date(section: Section, key: str, value: Any) -> None:
    """A text that JavaScript takes for a date; dashes of print are told apart."""
    if value is MISSING:
        return
    if not isinstance(value, str):
        section.error(
            f'Expected "{key}" to be of type string but got {show(value)}.',
            (key,),
            hint="put the date in quotes",
        )
        return
    if "\u2013" in value or "\u2014" in value:
        section.error(
            f'"{key}" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (\u2013) '
            "or em-dashes (\u2014).",
            (key,),
        )
    if not _is_date(value.replace("\u2013", "-").replace("\u2014", "-")):
        section.error(
            f'"{key}" field should be a valid ISO-8601 date (YYYY-MM-DD), but got {show(value)}.',
            (key,),
            hint='write it as "2026-01-31"',
        )


def _is_date(text: str) -> bool:
    year, month, day = text[:4], text[5:7], text[8:]
    plain = f"{year}{month}{day}"
    digits = len(plain) == 8 and plain.isascii() and plain.isdigit()
    if digits and text == f"{year}-{month}-{day}" and "01" <= month <= "12" and "01" <= day <= "31":
        return True
    from sshim.config.dates import is_date  # a larger grammar, for dates of other forms only

    return is_date(text)


def removed_node_compat(section: Section) -> None:
    """The field `node_compat` is an error wherever it stands."""
    if "node_compat" in section.raw:
        section.error(
            '\x1b[1mRemoved\x1b[0m: "node_compat":\n'
            'The "node_compat" field is no longer supported as of Wrangler v4. Instead, use the '
            "`nodejs_compat` compatibility flag. This includes the functionality from legacy `node_compat` "
            "polyfills and natively implemented Node.js APIs. See "
            "https://developers.cloudflare.com/workers/runtime-apis/nodejs for more information.",
            ("node_compat",),
            key=True,
            hint="remove it; Python Workers do not use it",
        )


def ignored_if_empty(section: Section, key: str) -> None:
    """Warns of an empty text in `route` or `account_id`, which counts as absent."""
    if section.raw.get(key) == "":
        section.warn(
            f'The "{key}" field in your configuration is an empty string and will be ignored.\n'
            f'Please remove the "{key}" field from your configuration.',
            (key,),
            key=True,
        )


# -- routes ------------------------------------------------------------------------------------------------

_ROUTE_SHAPE = "{ pattern, custom_domain, zone_id | zone_name, enabled, previews_enabled }"


def _is_route(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value)
    if not isinstance(read(value, "pattern"), str):
        return False
    types = {
        "zone_id": str,
        "zone_name": str,
        "custom_domain": bool,
        "enabled": bool,
        "previews_enabled": bool,
    }
    found = {key for key, wanted in types.items() if isinstance(read(value, key), wanted)}
    if len(found) != len(value) - 1 or {"zone_id", "zone_name"} <= found:
        return False
    if found & {"enabled", "previews_enabled"} and "custom_domain" not in found:
        return False
    return bool(found & {"zone_id", "zone_name", "custom_domain"})


def route(section: Section, key: str, value: Any) -> None:
    """One route: a pattern, or an object with a pattern and its zone."""
    if value is not MISSING and not _is_route(value):
        section.error(
            f'Expected "{key}" to be either a string, or an object with shape {_ROUTE_SHAPE}, '
            f"but got {show(value)}.",
            (key,),
        )


def routes(section: Section, key: str, value: Any) -> None:
    """A list of routes, not beside `route`; custom domains that an environment inherits are warned about."""
    if value is MISSING:
        _inherited_domains(section)
        return
    if not isinstance(value, list):
        section.error(f'Expected "{key}" to be an array but got {show(value)}.', (key,))
    else:
        wrong = [item for item in value if not _is_route(item)]
        if wrong:
            section.error(
                f'Expected "{key}" to be an array of either strings or objects with the shape '
                f"{_ROUTE_SHAPE}, but these weren't valid: {show(wrong, indent=2)}.",
                (key,),
            )
    if section.raw.get("route", "") != "":
        section.error('Expected exactly one of the following fields ["routes","route"].', (key,), key=True)


def _inherited_domains(section: Section) -> None:
    inherited = section.top.get("routes") if section.top is not None else None
    if not isinstance(inherited, list):
        return
    domains = [item for item in inherited if is_object(item) and item.get("custom_domain") is True]
    if domains:
        patterns = (item.get("pattern") for item in domains)
        shown = ", ".join("" if pattern is None else text(pattern) for pattern in patterns)
        section.warn(
            f'The "env.{section.environment}" environment inherits the top-level `routes` configuration, '
            f"which includes the custom domain(s): {shown}. Deploying this environment will reassign these "
            'custom domains away from the top-level Worker. Add `"routes": []` to '
            f'"env.{section.environment}" to prevent inheritance, or copy the route configuration from '
            "the top level to hide this warning.",
            (),
        )

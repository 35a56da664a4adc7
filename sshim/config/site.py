"""`site`: static files of the old kind, which sshim does not serve."""

from __future__ import annotations

import posixpath

from sshim.config.checks import Path, Section, known_only, property_of, typed_list
from sshim.config.javascript import MISSING, keys, kind, read, show, text, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OLD = "entry-point"
_HERE: Path = ("site",)


def check_site(section: Section, main: Any) -> None:
    """A bucket, lists of files, and an entry-point that `main` has replaced. `main` is the Worker's."""
    value = read(section.raw, "site")
    if value is MISSING:
        return
    if kind(value) != "object" or value is None:  # wrangler breaks on it
        section.error(f'The field "site" should be an object but got {show(value)}.', _HERE)
        return
    known_only(section, "site", keys(value), ("bucket", "include", "exclude", _OLD), _HERE)
    bucket, entry = read(value, "bucket"), read(value, _OLD)
    property_of(section, "site.bucket", bucket, "string", ("site", "bucket"), required=True)
    for part in ("include", "exclude"):
        listed = read(value, part)
        typed_list(section, f"sites.{part}", [] if listed is MISSING else listed, "string", ("site", part))
    property_of(section, f"site.{_OLD}", entry, "string", ("site", _OLD))
    if entry is not MISSING:
        shown = text(entry) or "workers-site"
        script = posixpath.normpath(posixpath.join(shown, "" if _has_suffix(shown) else "index.js"))
        section.warn(
            f'\x1b[1mDeprecation\x1b[0m: "site.{_OLD}":\n'
            f"Delete the `site.{_OLD}` field, then add the top level `main` field to your configuration "
            f'file:\n```\nmain = "{script}"\n```',
            ("site", _OLD),
            key=True,
        )
    if not main and not truthy(entry):
        section.warn(
            "Because you've defined a [site] configuration, we're defaulting to \"workers-site\" for the "
            f"deprecated `site.{_OLD}`field.\nAdd the top level `main` field to your configuration file:\n"
            '```\nmain = "workers-site/index.js"\n```',
            _HERE,
            key=True,
        )
    elif main and truthy(entry):
        section.error(
            f"Don't define both the `main` and `site.{_OLD}` fields in your configuration.\n"
            "They serve the same purpose: to point to the entry-point of your worker.\n"
            f"Delete the deprecated `site.{_OLD}` field from your config.",
            ("site", _OLD),
            key=True,
        )


def _has_suffix(path: str) -> bool:
    return bool(posixpath.splitext(path)[1])

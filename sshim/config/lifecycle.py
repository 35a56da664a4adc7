"""Durable Object classes of this Worker need a line that says they live: `exports` or `migrations`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sshim.config.checks import Section
from sshim.config.javascript import MISSING, entries, read, show, show_string, truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIVE = (MISSING, None, "created", "expecting-transfer")


def check_lifecycle(section: Section, environment: Mapping[str, Any], suffix: str) -> None:
    """Warns of Durable Objects without one, and refuses both at once. `suffix` is the file's: it decides
    the form of the snippet shown."""
    exports = environment.get("exports")
    _warn(section, environment, exports, suffix)
    steps = environment.get("migrations")
    declared = [entry for _, entry in entries(exports) if read(entry, "type") == "durable-object"]
    if isinstance(steps, list) and steps and declared:
        section.error(
            "`migrations` and `exports` are mutually exclusive. Choose one or the other to declare your "
            "Durable Object lifecycle, but not both.",
            ("exports",),
            key=True,
        )


def _warn(section: Section, environment: Mapping[str, Any], exports: Any, suffix: str) -> None:
    bindings = read(environment.get("durable_objects"), "bindings")
    if not isinstance(bindings, list) or environment.get("migrations"):
        return
    classes = []
    for entry in bindings:
        name = read(entry, "class_name")
        declared = read(exports, name) if isinstance(name, str) else None
        lives = read(declared, "type") == "durable-object" and read(declared, "state") in _LIVE
        if not truthy(read(entry, "script_name")) and not lives:
            if not isinstance(name, str):
                return
            classes.append(name)
    if classes:
        file = {".toml": "wrangler.toml", ".json": "wrangler.json", ".jsonc": "wrangler.jsonc"}.get(
            suffix, "Wrangler configuration"
        )
        section.warn(
            f"In your {file} file, you have configured `durable_objects` exported by this Worker "
            f"({', '.join(classes)}), but no live `exports` entry for them. This may not work as expected "
            "until you add a live `durable-object` entry to `exports` for each. Add the following "
            "configuration:\n\n"
            f"```\n{_snippet(classes, suffix)}\n```",
            ("durable_objects",),
            key=True,
        )


def _snippet(classes: list[str], suffix: str) -> str:
    names = list(dict.fromkeys(classes))
    entry = {"type": "durable-object", "storage": "sqlite"}
    if suffix == ".toml":
        quoted = [name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else show_string(name) for name in names]
        body = [f"{key} = {show_string(value)}" for key, value in entry.items()]
        return "\n\n".join("\n".join([f"[exports.{name}]", *body]) for name in quoted) + "\n"
    return show({"exports": dict.fromkeys(names, entry)}, indent=2)

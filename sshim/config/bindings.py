"""How bindings are checked: lists of entries by rules, and single objects.

sshim serves `secrets_store_secrets` and variables; the others are checked so that a file refused by wrangler
is refused here. `kinds` holds the rules of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sshim.config.checks import Path, Section, how_to_write, known_only, object_or_error
from sshim.config.javascript import MISSING, identity, keys, kind, read, show, text
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sshim.config.checks import Check

    Special = Callable[[Section, str, Path, Any], None]
    """A check of an entry beyond `Rule`: gets the entry's name in messages and its path."""

SHOULD = '"{field}" bindings should have a string "{key}" field but got {value}.'
MUST = '"{field}" bindings must have a string "{key}" field but got {value}.'
MUST_A = '"{field}" bindings must have a "{key}" field but got {value}.'
MUST_AN = '"{field}" bindings must have an "{key}" field but got {value}.'
MAY = '"{field}" bindings should, optionally, have a {type} "{key}" field but got {value}.'
MAY_AN = '"{field}" bindings should, optionally, have an object "{key}" field but got {value}.'


class Rule(NamedTuple):
    """A key of an entry: its message if it is wrong, whether it may be absent, whether it may be empty."""

    key: str
    message: str
    optional: bool = False
    filled: bool = False
    type: str = "string"

    def broken(self, entry: Any) -> bool:
        """Whether the entry breaks this rule."""
        value = read(entry, self.key)
        if value is MISSING:
            return not self.optional
        return kind(value) != self.type or (self.filled and value == "")


REMOTE = Rule(
    "remote",
    '"{field}" should, optionally, have a boolean "remote" field but got {value}.',
    True,
    type="boolean",
)


class Entries(NamedTuple):
    """A list of entries of one kind: what messages call one that is no object, its rules in wrangler's
    order, its keys (None where any key goes), and whether an unknown key ends the check of an entry.
    `unique`: a key whose values have to differ; `lists_pass`: whether a list counts as an entry."""

    label: str
    rules: tuple[Rule | Special, ...]
    known: tuple[str, ...] | None = None
    strict: bool = False
    unique: str | None = None
    lists_pass: bool = True


def array_of(kind_of: Entries) -> Check:
    """The check of a list of bindings."""

    def check(section: Section, key: str, value: Any) -> None:
        check_list(section, key, value, kind_of, (key,))
        if kind_of.unique is not None and isinstance(value, list):
            count = Counter(identity(read(entry, kind_of.unique)) for entry in value)
            twice = [name for (_, name), many in count.items() if many > 1]
            if twice:
                shown = '", "'.join(twice)
                section.error(
                    f'"{key}" bindings must have unique "{kind_of.unique}" values; '
                    f'duplicate(s) found: "{shown}"',
                    (key,),
                )

    return check


def check_list(section: Section, key: str, value: Any, kind_of: Entries, path: Path) -> None:
    """Checks each entry, and in an environment that no name of the top level is lacking."""
    label = section.label(key)
    if not isinstance(value, list):
        hint = (
            f"write [[{label}]] with two brackets"
            if isinstance(value, Mapping) and _is_toml(section)
            else None
        )
        section.error(f'The field "{label}" should be an array but got {show(value)}.', path, hint=hint)
        return
    for index, entry in enumerate(value):
        check_entry(section, f"{label}[{index}]", (*path, index), entry, kind_of)
    above = section.top.get(key) if section.top is not None else None
    if not isinstance(above, list) or any(entry is None for entry in value):
        return
    present = {identity(read(entry, "binding")) for entry in value}
    for entry in above:
        name = read(entry, "binding")
        if identity(name) not in present:
            name = text(name)
            section.warn(
                f'There is a {key} binding with name "{name}" at the top level, but not on '
                f'"env.{section.environment}".\n'
                f'This is not what you probably want, since "{key}" configuration is not inherited by '
                "environments.\n"
                f'Please add a binding for "{name}" to "env.{section.environment}.{key}.bindings".',
                path,
                key=True,
            )


def check_entry(section: Section, field: str, path: Path, entry: Any, kind_of: Entries) -> None:
    """Checks one entry; `field` is its name in messages."""
    if kind(entry) != "object" or entry is None or (isinstance(entry, list) and not kind_of.lists_pass):
        section.error(f"{kind_of.label.format(field=field)} should be objects, but got {show(entry)}", path)
        return
    if kind_of.strict and not known_only(section, field, keys(entry), kind_of.known or (), path):
        return
    shown: str | None = None
    for rule in kind_of.rules:
        if not isinstance(rule, Rule):
            rule(section, field, path, entry)
        elif rule.broken(entry):
            value = read(entry, rule.key)
            present = value is not MISSING
            hint = how_to_write(rule.type, value) if present else f"add {rule.key} to this entry"
            shown = show(entry) if shown is None else shown
            message = rule.message.format(field=field, key=rule.key, type=rule.type, value=shown)
            section.error(message, (*path, rule.key) if present else path, hint=hint)
    if kind_of.known is not None and not kind_of.strict:
        known_only(section, field, keys(entry), kind_of.known, path)


def single(*rules: Rule, known: tuple[str, ...] | None = None) -> Check:
    """The check of a binding that is one object with a `binding` name, such as `browser`."""

    def check(section: Section, key: str, value: Any) -> None:
        if not object_or_error(section, section.label(key), value, (key,)):
            return
        if not isinstance(read(value, "binding"), str):
            section.error('binding should have a string "binding" field.', (key,))
        for rule in rules:
            if rule.broken(value):
                section.error(rule.message.format(field=key, value=show(value)), (key, rule.key))
        if known is not None:
            known_only(section, key, keys(value), known, (key,))

    return check


def _is_toml(section: Section) -> bool:
    document = section.diagnostics.document
    return document is not None and document.path.suffix == ".toml"

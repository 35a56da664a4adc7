"""The checks that fields share: types, required and unknown keys, with wrangler's texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sshim.config.diagnostics import Diagnostics
from sshim.config.javascript import MISSING, PROTOTYPE, TomlDate, kind, read, show, show_or_undefined
from sshim.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Check = Callable[["Section", str, Any], None]
    """Looks at a field's value and adds problems to the section's diagnostics. Inherited fields are looked at
    even where they are absent (`MISSING`), others only where they are present."""

Path = tuple[str | int, ...]


class Section(NamedTuple):
    """The top level or one environment under validation: its raw table and where that stands in the file;
    for an environment also its name, the finished top level and the raw top level.

    `within` is the table whose fields are looked at in place of the section's own, such as `previews`: checks
    then get `previews.vars` as a field's name, which is how messages spell it."""

    diagnostics: Diagnostics
    raw: Mapping[str, Any]
    where: Path = ()
    environment: str | None = None
    top: Mapping[str, Any] | None = None
    raw_top: Mapping[str, Any] = {}
    within: str = ""

    def label(self, name: str) -> str:
        """The field's name in messages: with the environment in front where there is one."""
        return name if self.environment is None else f"env.{self.environment}.{name}"

    def has(self, value: Any, key: str) -> bool:
        """`key in value`, with names every JavaScript object has where the file's tables have them."""
        document = self.diagnostics.document
        inherits = document is None or document.inherits
        return read(value, key) is not MISSING or (inherits and key in PROTOTYPE)

    def error(self, message: str, path: Path, *, key: bool = False, hint: str | None = None) -> None:
        """Adds an error about the value at `path` below this environment."""
        self.diagnostics.error(message, self._place(path), key=key, hint=hint)

    def warn(self, message: str, path: Path, *, key: bool = False, hint: str | None = None) -> None:
        """Adds a warning about the value at `path` below this environment."""
        self.diagnostics.warn(message, self._place(path), key=key, hint=hint)

    def _place(self, path: Path) -> Path:
        if self.within and path:
            path = (self.within, str(path[0]).removeprefix(f"{self.within}."), *path[1:])
        return self.where + path


def of_type(wanted: str) -> Check:
    """A field that, if present, is of that JavaScript type."""

    def check(section: Section, name: str, value: Any) -> None:
        if value is not MISSING and kind(value) != wanted:
            message = f'Expected "{name}" to be of type {wanted} but got {show(value)}.'
            section.error(message, (name,), hint=how_to_write(wanted, value))

    return check


def one_of(*choices: str) -> Check:
    """A field that, if present, is one of these texts."""

    def check(section: Section, name: str, value: Any) -> None:
        if value is not MISSING and value not in choices:
            section.error(_not_among(name, value, choices), (name,), hint=f"use {_either(choices)}")

    return check


def string_list(section: Section, name: str, value: Any, path: Path | None = None) -> None:
    """A field that, if present, is a list of texts."""
    if value is MISSING or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        return
    section.error(
        f'Expected "{name}" to be of type string array but got {show(value)}.',
        path or (name,),
        hint='write a list of texts, such as ["python_workers"]',
    )


def property_of(
    section: Section,
    name: str,
    value: Any,
    wanted: str,
    path: Path,
    *,
    required: bool = False,
    choices: Sequence[str] = (),
) -> bool:
    """Whether a property is of its type and among its choices; `name` as messages spell it."""
    if value is MISSING:
        if required:
            section.error(f'"{name}" is a required field.', path)
        return not required
    if kind(value) != wanted:
        message = f'Expected "{name}" to be of type {wanted} but got {show(value)}.'
        section.error(message, path, hint=how_to_write(wanted, value))
        return False
    if choices and value not in choices:
        section.error(_not_among(name, value, choices), path, hint=f"use {_either(choices)}")
        return False
    return True


def typed_list(section: Section, name: str, value: Any, wanted: str, path: Path) -> bool:
    """Whether `value` is a list whose items are all of a type."""
    if not isinstance(value, list):
        section.error(
            f'Expected "{name}" to be an array of {wanted}s but got {show_or_undefined(value)}', path
        )
        return False
    found = [
        property_of(section, f"{name}.[{index}]", item, wanted, (*path, index), required=True)
        for index, item in enumerate(value)
    ]
    return all(found)


def known_only(
    section: Section, label: str, given: Iterable[str], known: Iterable[str], path: Path = ()
) -> bool:
    """Warns of keys that are not known; True if there are none. `path` is where the keys stand."""
    expected = list(known)
    unknown = [name for name in dict.fromkeys(given) if name not in set(expected)]
    if not unknown:
        return True
    shown = ",".join(f'"{name}"' for name in unknown)
    section.warn(
        f"Unexpected fields found in {label} field: {shown}",
        (*path, unknown[0]),
        key=True,
        hint=_nearest(unknown, expected) if len(section.diagnostics.warnings) < 50 else None,
    )
    return False


def is_object(value: Any) -> bool:
    """Whether the value is an object in the narrow sense: no list, no null."""
    return isinstance(value, (dict, Mapping))


def object_or_error(section: Section, name: str, value: Any, path: Path) -> bool:
    """Whether the value is an object; adds `The field … should be an object` if not."""
    if is_object(value):
        return True
    section.error(f'The field "{name}" should be an object but got {show(value)}.', path)
    return False


def how_to_write(wanted: str, value: Any) -> str | None:
    """A hint for a value of another type than the one wanted; None where none would help."""
    if value is None:
        return "remove it: null does not count as absent"
    if wanted == "string" and kind(value) in ("number", "boolean"):
        return f'put it in quotes: "{show(value)}"'
    if wanted == "string" and isinstance(value, TomlDate):
        return "put the date in quotes"
    if isinstance(value, str) and kind(_plain(value)) == wanted:
        return f"leave the quotes out: {value}"
    return "write true or false" if wanted == "boolean" else None


def _plain(text: str) -> Any:
    """What a text would be without its quotes, as far as that is a number or a boolean."""
    if text in ("true", "false"):
        return text == "true"
    return 1 if text.isascii() and text.isdigit() else text


def _not_among(name: str, value: Any, choices: Sequence[str]) -> str:
    return f'Expected "{name}" field to be one of {show(list(choices))} but got {show(value)}.'


def _either(choices: Sequence[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)


def _nearest(unknown: Sequence[str], known: Sequence[str]) -> str | None:
    """A hint naming the known key that an unknown one most resembles."""
    import difflib  # only a configuration with unknown keys pays for it

    for name in unknown[:10]:
        near = difflib.get_close_matches(name[:64], known, 1, 0.75)
        if near:
            return f'"{near[0]}" in place of "{name}"'
    return None

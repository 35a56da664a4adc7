"""What the emulated version of Pyodide changes: the look of null, and the form of a dict in JavaScript."""

from __future__ import annotations

from typing import Any


class JsNull:
    """The type of `jsnull`, JavaScript's null on Pyodide 0.28 and later: falsy, but not None."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "jsnull"

    def __reduce__(self) -> str:
        return "jsnull"

    def __copy__(self) -> JsNull:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> JsNull:
        return self


jsnull = JsNull()


class Runtime:
    """What the emulated Pyodide version changes, set once per process by the import hook.

    `null` is what JavaScript's null looks like: None on 0.26, `jsnull` from 0.28 on.
    `dicts_have_properties` says whether JavaScript sees a Python dict's items as properties (from 0.28 on),
    `dicts_become_objects` whether `to_js` makes plain objects of them (from 0.29 on, which no Worker runs).
    """

    __slots__ = ("dicts_become_objects", "dicts_have_properties", "null", "version")

    def __init__(self) -> None:
        self.emulate("0.28.2")

    def emulate(self, version: str) -> None:
        """Behave as this version of Pyodide does."""
        modern = not version.startswith(("0.25.", "0.26.", "0.27."))
        self.dicts_become_objects = modern and not version.startswith("0.28.")
        self.version = version
        self.null: Any = jsnull if modern else None
        self.dicts_have_properties = modern


runtime = Runtime()


def is_nullish(value: Any) -> bool:
    """Whether JavaScript would call the value null or undefined."""
    return value is None or value is jsnull

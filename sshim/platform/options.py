"""The options of a JavaScript call: a trailing object, which Python code may write as keyword arguments."""

from __future__ import annotations

from typing import Any

from sshim.platform.kinds import JsDoubleProxy
from sshim.platform.proxy import own_properties
from sshim.platform.runtime import is_nullish, runtime


class Options(dict[str, Any]):
    """Keyword arguments that became a JavaScript object, the last argument of a call."""


def positional(args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments as JavaScript gets them: keywords are one more object after the positional ones."""
    return (*args, Options(keywords)) if keywords else args


def read_options(value: Any, keywords: dict[str, Any] | None = None) -> dict[str, Any]:
    """The options of a call as a dict: a JavaScript object's properties, a dict, else the keywords.

    A Map has no properties and gives none; nor does a Python dict given as an argument on Pyodide 0.26.
    """
    if is_nullish(value):
        return keywords or {}
    if isinstance(value, dict):
        return value if type(value) is Options or runtime.dicts_have_properties else {}
    if isinstance(value, JsDoubleProxy):
        return read_options(unwrap(value))
    return _Properties(value)


class _Properties(dict[str, Any]):
    """A view of an object's attributes for `.get(name, default)`, so that getters on its class count too."""

    def __init__(self, value: Any) -> None:
        super().__init__(own_properties(value) if hasattr(value, "__dict__") else {})
        self._value = value

    def get(self, name: str, default: Any = None) -> Any:
        """The property, or the default where it is missing or undefined."""
        found = getattr(self._value, name, None)
        return default if found is None else found

    def __missing__(self, name: str) -> Any:
        return getattr(self._value, name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and hasattr(self._value, name)


def unwrap(value: Any) -> Any:
    """The Python object behind a `create_proxy` proxy; any other value itself."""
    while isinstance(value, JsDoubleProxy):
        value = value.unwrap()
    return value

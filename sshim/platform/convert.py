"""Conversion between the two languages: `to_py` and `to_js`."""

from __future__ import annotations

from typing import Any


def to_py(value: Any, *, depth: int = -1, default_converter: Any = None) -> Any:
    """The Python form of a JavaScript value."""
    from sshim.platform.objects import Array, Map, Object, Set

    if depth == 0:
        return value
    if type(value) is Object:
        return {k: to_py(v, depth=depth - 1, default_converter=default_converter) for k, v in vars(value).items()}
    if isinstance(value, Array):
        return [to_py(v, depth=depth - 1, default_converter=default_converter) for v in value]
    if isinstance(value, Map):
        return {
            k: to_py(v, depth=depth - 1, default_converter=default_converter) for k, v in value._entries.items()
        }
    if isinstance(value, Set):
        return set(value._entries)
    if default_converter is not None and hasattr(value, "constructor"):
        return default_converter(value, lambda v: v, lambda a, b: None)
    return value

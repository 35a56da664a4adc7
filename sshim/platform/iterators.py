"""The iterators that methods such as `entries()` give: Python iterators with JavaScript's `next()`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sshim.platform.kinds import JsIterable, JsIterator
from sshim.platform.proxy import JsObject


class Iterated(JsIterator, JsIterable, JsObject):
    """An iterator over Python values; `label` is the name it shows, such as "Headers Iterator"."""

    js_name = "Iterator"
    __slots__ = ("_label", "_values")

    def __init__(self, values: Iterable[Any], label: str) -> None:
        self._values = iter(values)
        self._label = label

    def __iter__(self) -> Iterator[Any]:
        return self._values

    def __next__(self) -> Any:
        return next(self._values)

    def next(self, *ignored: Any) -> Any:
        """`{done, value}`."""
        from sshim.platform.objects import Object

        for value in self._values:
            return Object._make({"value": value, "done": False})
        return Object._make({"value": None, "done": True})

    def toString(self) -> str:
        """`[object Headers Iterator]` and the like."""
        return f"[object {self._label}]"

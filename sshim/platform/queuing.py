"""The queuing strategies of streams: how much each chunk weighs against the `highWaterMark`."""

from __future__ import annotations

from typing import Any

from sshim.platform.options import positional, read_options
from sshim.platform.proxy import JsObject, static


class CountQueuingStrategy(JsObject):
    """`new CountQueuingStrategy({highWaterMark})`: every chunk counts as one."""

    js_name = "CountQueuingStrategy"
    __slots__ = ("_mark",)

    def __init__(self, mark: float) -> None:
        self._mark = mark

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        given: Any = read_options((*positional(args, options), None)[0]).get("highWaterMark")
        return cls._make(given or 0)

    highWaterMark = property(lambda self: self._mark)

    def size(self, chunk: Any = None) -> Any:
        """The weight of a chunk."""
        return 1


class ByteLengthQueuingStrategy(CountQueuingStrategy):
    """`new ByteLengthQueuingStrategy({highWaterMark})`: chunks count by their `byteLength`."""

    js_name = "ByteLengthQueuingStrategy"
    __slots__ = ()

    def size(self, chunk: Any = None) -> Any:
        """The weight of a chunk."""
        return chunk.byteLength

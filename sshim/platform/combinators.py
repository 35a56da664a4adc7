"""Promise.all, allSettled, any and race."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.exceptions import AggregateError
from sshim.platform.objects import Object
from sshim.platform.options import unwrap
from sshim.platform.promise import Promise, adopt, pending


def _each(values: Any, settled: Callable[[int, Promise], None]) -> int:
    """Hear of each promise as it settles; returns how many there are."""
    promises = [adopt(value) for value in _list(values)]
    for place, promise in enumerate(promises):
        promise._when_settled(functools.partial(settled, place, promise))
    return len(promises)


def _list(values: Any) -> Iterable[Any]:
    return list(unwrap(values))


def all_fulfilled(values: Any) -> Promise:
    """A promise of an Array of all the values, rejected as soon as one is."""
    result = pending()
    items = [None] * len(values := list(_list(values)))
    left = len(items)

    def settled(place: int, promise: Promise) -> None:
        nonlocal left
        if promise._rejected:
            result._reject(promise._value)
            return
        items[place] = promise._value
        left -= 1
        if not left:
            result._fulfil(Array._make(items))

    if not _each(values, settled):
        result._fulfil(Array._make([]))
    return result


def all_settled(values: Any) -> Promise:
    """A promise of an Array of `{status, value | reason}`."""
    result = pending()
    items: list[Any] = [None] * len(values := list(_list(values)))
    left = len(items)

    def settled(place: int, promise: Promise) -> None:
        nonlocal left
        status, name = ("rejected", "reason") if promise._rejected else ("fulfilled", "value")
        items[place] = Object._make({"status": status, name: promise._value})
        left -= 1
        if not left:
            result._fulfil(Array._make(items))

    if not _each(values, settled):
        result._fulfil(Array._make([]))
    return result


def any_fulfilled(values: Any) -> Promise:
    """A promise of the first value that is fulfilled; an AggregateError if none is."""
    result = pending()
    reasons: list[Any] = [None] * len(values := list(_list(values)))
    left = len(reasons)

    def settled(place: int, promise: Promise) -> None:
        nonlocal left
        if not promise._rejected:
            result._fulfil(promise._value)
            return
        reasons[place] = promise._value
        left -= 1
        if not left:
            result._reject(_aggregate(reasons))

    if not _each(values, settled):
        result._reject(_aggregate([]))
    return result


def _aggregate(reasons: list[Any]) -> Any:
    error = AggregateError._make("All promises were rejected")
    error.errors = Array._make(reasons)
    return error


def first_settled(values: Any) -> Promise:
    """A promise settled as the first that settles."""
    result = pending()

    def settled(place: int, promise: Promise) -> None:
        (result._reject if promise._rejected else result._fulfil)(promise._value)

    _each(values, settled)
    return result

"""Promise.all, allSettled, any and race."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from sshim.platform.arrays import Array
from sshim.platform.exceptions import AggregateError
from sshim.platform.objects import Object
from sshim.platform.options import unwrap
from sshim.platform.promise import Promise, adopt, pending


def all_fulfilled(values: Any) -> Promise:
    """A promise of an Array of all the values, rejected as soon as one is."""
    result = pending()

    def value(promise: Promise) -> Any:
        if promise._rejected:
            result._reject(promise._value)
        return promise._value

    _collect(values, value, lambda found: result._fulfil(Array._make(found)))
    return result


def all_settled(values: Any) -> Promise:
    """A promise of an Array of `{status, value | reason}`."""
    result = pending()

    def outcome(promise: Promise) -> Any:
        status, name = ("rejected", "reason") if promise._rejected else ("fulfilled", "value")
        return Object._make({"status": status, name: promise._value})

    _collect(values, outcome, lambda found: result._fulfil(Array._make(found)))
    return result


def any_fulfilled(values: Any) -> Promise:
    """A promise of the first value that is fulfilled; an AggregateError if none is."""
    result = pending()

    def reason(promise: Promise) -> Any:
        if not promise._rejected:
            result._fulfil(promise._value)
        return promise._value

    _collect(values, reason, lambda found: result._reject(_aggregate(found)))
    return result


def _aggregate(reasons: list[Any]) -> Any:
    error = AggregateError._make("All promises were rejected")
    error.errors = Array._make(reasons)
    return error


def first_settled(values: Any) -> Promise:
    """A promise settled as the first that settles."""
    result = pending()

    def settle(promise: Promise) -> None:
        (result._reject if promise._rejected else result._fulfil)(promise._value)

    for promise in _promises(values):
        promise._when_settled(functools.partial(settle, promise))
    return result


def _promises(values: Any) -> list[Promise]:
    return [adopt(value) for value in unwrap(values)]


def _collect(values: Any, read: Callable[[Promise], Any], done: Callable[[list[Any]], None]) -> None:
    """Call `read` with each promise as it settles, and `done` with all that it returned, in their order."""
    promises = _promises(values)
    items: list[Any] = [None] * len(promises)
    left = len(promises)

    def settled(place: int) -> None:
        nonlocal left
        items[place] = read(promises[place])
        left -= 1
        if not left:
            done(items)

    for place, promise in enumerate(promises):
        promise._when_settled(functools.partial(settled, place))
    if not promises:
        done(items)

"""`pyodide.ffi.wrappers`: listeners and timers that keep their proxies themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sshim.platform import timers


def add_event_listener(target: Any, event: str, listener: Callable[[Any], None]) -> None:
    """`target.addEventListener(event, listener)`."""
    target.addEventListener(event, listener)


def remove_event_listener(target: Any, event: str, listener: Callable[[Any], None]) -> None:
    """`target.removeEventListener(event, listener)`."""
    target.removeEventListener(event, listener)


def set_timeout(callback: Callable[[], None], timeout: int) -> int:
    """`setTimeout(callback, timeout)`."""
    return timers.setTimeout(callback, timeout)


def clear_timeout(timeout_retval: int) -> None:
    """`clearTimeout(number)`."""
    timers.clearTimeout(timeout_retval)


def set_interval(callback: Callable[[], None], interval: int) -> int:
    """`setInterval(callback, interval)`."""
    return timers.setInterval(callback, interval)


def clear_interval(interval_retval: int) -> None:
    """`clearInterval(number)`."""
    timers.clearInterval(interval_retval)

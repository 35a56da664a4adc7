"""Stand-ins for bindings that sshim does not emulate: `--bind NAME=module:factory`."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshim.errors import UsageError

_FORM = re.compile(r"(?P<name>[^=]+)=(?P<module>[\w.]+):(?P<factory>[\w.]+)")


@dataclass(frozen=True, slots=True)
class Supply:
    """`name` in `env` is what calling `factory` of `module` returns, once per Worker process."""

    name: str
    module: str
    factory: str


def parse_supply(text: str) -> Supply:
    """`NAME=module:factory` taken apart; raises `UsageError`."""
    found = _FORM.fullmatch(text)
    if not found:
        raise UsageError(
            f"--bind {text!r} is not of the form NAME=module:factory",
            hint="--bind DB=tests.fakes:make_db, where make_db() returns the object that env.DB is to be",
        )
    return Supply(found["name"], found["module"], found["factory"])


def make_supplied(supplies: Iterable[Supply], root: Path) -> dict[str, Any]:
    """Import each module and call its factory; raises `UsageError` when one is not there or fails.

    The project's folder `root` is looked into last, and only now: the Worker itself imports nothing from it.
    """
    sys.path.append(str(root))
    try:
        return _made(supplies)
    finally:
        sys.path.pop(len(sys.path) - 1 - sys.path[::-1].index(str(root)))


def _made(supplies: Iterable[Supply]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for supply in supplies:
        flag = f"--bind {supply.name}={supply.module}:{supply.factory}"
        try:
            factory: Any = importlib.import_module(supply.module)
            for part in supply.factory.split("."):
                factory = getattr(factory, part)
            made[supply.name] = factory()
        except Exception as error:
            raise UsageError(
                f"{flag} cannot be used: {type(error).__name__}: {error}",
                hint="the module is looked up from the main module's folder and the project's folder",
            ) from error
    return made

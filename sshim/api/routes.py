"""Which operation a method and path mean. The table itself is in `app`; the OpenAPI file mirrors it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sshim.api.envelope import Reply
from sshim.errors import RequestRefused
from sshim.permissions import Action

if TYPE_CHECKING:
    from sshim.api.call import Call

BASE = "/client/v4"
Operation = Callable[["Call"], Awaitable[Reply]]

_ACCOUNT = re.compile(r"[0-9a-fA-F]{32}")
_PARAMETER = re.compile(r"\{(\w+)\}")
ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""What can be an id at all; anything else in its place names nothing."""


@dataclass(frozen=True, slots=True)
class Route:
    """An operation: its path below the base with `{parameters}`, and what a credential must allow.
    `action` None: any valid credential will do."""

    method: str
    path: str
    operation: Operation
    action: Action | None


class Router:
    """Finds routes. Adding two for one method and path is a mistake of ours."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._paths: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in self.routes:
            methods = self._paths.setdefault(tuple(route.path.strip("/").split("/")), {})
            assert route.method not in methods, f"two routes for {route.method} {route.path}"
            methods[route.method] = route

    def find(self, method: str, target: str) -> tuple[Route, Mapping[str, str]]:
        """The route and its path parameters for a target without its query. Raises `RequestRefused`:
        7003 for an account id of another form, 1000 for an empty part, 7000, 7001 for a wrong method."""
        parts = target.removeprefix(BASE).removeprefix("/").split("/")
        names = [_decoded(part) for part in parts]
        if names[0] == "accounts" and len(names) > 1 and not _ACCOUNT.fullmatch(names[1]):
            raise RequestRefused(
                404,
                7003,
                f"Could not route to {_shown(target)}, perhaps your object identifier is invalid?",
            )
        if "" in names[1:]:
            raise RequestRefused(404, 1000, "not_found")
        for pattern, methods in self._paths.items():
            found = _match(pattern, names)
            if found is None:
                continue
            if method not in methods:
                raise RequestRefused(
                    405,
                    7001,
                    f"Method {method} not available for that URI.",
                    headers=(("Allow", ", ".join(sorted(methods))),),
                )
            return methods[method], found
        raise RequestRefused(404, 7000, "No route for that URI")


def _match(pattern: tuple[str, ...], names: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(names):
        return None
    found: dict[str, str] = {}
    for expected, name in zip(pattern, names, strict=True):
        parameter = _PARAMETER.fullmatch(expected)
        if parameter is not None:
            found[parameter[1]] = name
        elif expected != name:
            return None
    return found


def _decoded(part: str) -> str:
    return unquote(part, errors="replace")


def _shown(target: str) -> str:
    """The target as an error may repeat it: printable ASCII, not endless."""
    return "".join(c if " " < c < "\x7f" else "?" for c in target[:200])

"""Who may do what: one table of roles (and token permissions) against actions.

Source: the access-control table of the Secrets Store documentation; token permissions "Edit" (also called
"Write") and "Read" stand beside the roles.
"""

from __future__ import annotations

from typing import Literal

from sshim.errors import PermissionDenied

Action = Literal["read", "write", "bind_worker", "link_gateway"]
"""read: metadata, quota, audit; write: create, edit, duplicate, delete; bind_worker; link_gateway."""

ROLES: dict[str, frozenset[Action]] = {
    "super-administrator": frozenset({"read", "write", "bind_worker", "link_gateway"}),
    "admin": frozenset({"read", "write"}),
    "deployer": frozenset({"read", "bind_worker", "link_gateway"}),
    "reporter": frozenset({"read"}),
}

TOKEN_PERMISSIONS: dict[str, frozenset[Action]] = {
    "edit": frozenset({"read", "write", "bind_worker", "link_gateway"}),
    "read": frozenset({"read"}),
}

ROLE_TITLES = {
    "super-administrator": "Super Administrator",
    "admin": "Secrets Store Admin",
    "deployer": "Secrets Store Deployer",
    "reporter": "Secrets Store Reporter",
    "edit": "Account Secrets Store Edit",
    "read": "Account Secrets Store Read",
}

_WORDS: dict[Action, str] = {
    "read": "read metadata",
    "write": "change secrets or stores",
    "bind_worker": "bind a secret to a Worker",
    "link_gateway": "link a secret to an AI Gateway",
}

_HINTS: dict[Action, str] = {"bind_worker": "sshim dev --as deployer"}
"""What to try where the role was chosen by a flag."""


def actions_of(role: str) -> frozenset[Action]:
    """What the role or token permission of that name allows; unknown names allow nothing."""
    return ROLES.get(role) or TOKEN_PERMISSIONS.get(role) or frozenset()


def allowed(role: str, action: Action) -> bool:
    """Whether the role or token permission of that name allows the action."""
    return action in actions_of(role)


def require(role: str, action: Action) -> None:
    """Raises `PermissionDenied` unless `allowed`."""
    if not allowed(role, action):
        raise PermissionDenied(ROLE_TITLES.get(role, role), _WORDS[action], hint=_HINTS.get(action))

"""Handing values out to the person who owns them, for an export. Recorded before anything is shown."""

from __future__ import annotations

from collections.abc import Collection

from sshim.control.secrets import Secrets
from sshim.errors import SecretNotFound
from sshim.model import Secret, SecretValue
from sshim.permissions import Action
from sshim.store.rows import secret_of
from sshim.store.schema import SECRETS


class Reveals(Secrets):
    """Export."""

    __slots__ = ()

    def reveal_secrets(
        self, store_id: str, *, purpose: str, names: Collection[str] | None = None
    ) -> list[tuple[Secret, SecretValue]]:
        """Every secret of the store with its value, or those of `names`, by name. Each access is in the audit
        log, with its `purpose`, before this returns. Needs the permissions to change and to bind. Raises
        `StoreNotFound`, `SecretNotFound`."""
        needs: tuple[Action, ...] = ("write", "bind_worker")
        with self._writing("access", "secret", needs=needs, store_id=store_id, purpose=purpose) as draft:
            self._store_in(draft, store_id)
            rows = draft.tables[SECRETS.name].values()
            found = sorted((secret_of(row) for row in rows if row[1] == store_id), key=lambda each: each.name)
            if names is not None:
                for name in sorted(set(names) - {secret.name for secret in found}):
                    raise SecretNotFound(store_id, name)
                found = [secret for secret in found if secret.name in names]
            opened = [(secret, SecretValue(draft.unseal(secret.id))) for secret in found]
            for secret in found:
                said = {"store_id": store_id, "name": secret.name, "purpose": purpose}
                self._note(draft, "access", "secret", secret.id, **said)
        return opened

"""Many secrets brought in at once: created, updated or left as they are, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from sshim import permissions
from sshim.control.secrets import Secrets, put_value
from sshim.control.stores import check_store_id, free_name
from sshim.errors import LimitReached, SecretNotFound
from sshim.model import NewSecret, Secret, SecretValue, Store, check_name, check_scopes, check_value
from sshim.record import NamedTuple
from sshim.store.draft import Draft
from sshim.store.rows import sealed_part, secret_of, secret_row, store_row
from sshim.store.schema import SECRETS, STORES, Row

SCOPE = "workers"
"""What a new secret is for when nothing else is said."""

STORE_NAME = "default_secrets_store"
"""Name of a store that is made since a secret names its id."""


class Wanted(NamedTuple):
    """A secret as it is to be. None for `scopes` or `comment` leaves what is there. `keep` leaves the value
    of a secret that exists, and then `value` may be None. `bound`: a Worker is to be able to read it. A new
    secret gets the id `secret_id` (32 hex digits) unless another one has it."""

    store_id: str
    name: str
    value: SecretValue | None
    scopes: tuple[str, ...] | None = None
    comment: str | None = None
    keep: bool = False
    bound: bool = False
    secret_id: str | None = None


class Outcome(NamedTuple):
    """What becomes, or became, of one of them; `changed` names what differs: value, scopes, comment."""

    step: Literal["create", "update", "leave"]
    store_id: str
    name: str
    changed: tuple[str, ...] = ()


class Imports(Secrets):
    """Plan and import."""

    __slots__ = ()

    def plan_import(self, wanted: Iterable[Wanted]) -> list[Outcome]:
        """What `import_secrets` would do now. Raises as it does, and changes nothing."""
        checked = [_checked(each) for each in wanted]
        with self._reading("secret"):
            permissions.require(self.actor.role, "write")
            held = {(row[1], row[2]): row for row in self._rows(SECRETS).values()}
            outcomes = []
            for each in checked:
                row = held.get((each.store_id, each.name))
                outcomes.append(_outcome(each, row, lambda row: self.store.value(row[0], expected=row)))
            fresh = sum(outcome.step == "create" for outcome in outcomes)
            if fresh and len(held) + fresh > self.limits.secrets:
                raise LimitReached("secrets", self.limits.secrets, slug="maximum_secrets_exceeded")
            return outcomes

    def import_secrets(self, wanted: Sequence[Wanted], *, source: str) -> list[Outcome]:
        """Does it, in one change with its audit records; a store that is missing is made. `source` tells
        those records where the values came from. Raises `LimitReached`, `SecretNotFound` where a value to be
        kept is not there, and what the model's checks raise."""
        checked = [_checked(each) for each in wanted]
        with self._writing("create", "secret", names=[each.name for each in wanted], source=source) as draft:
            return [self._bring(draft, each, source) for each in checked]

    def _bring(self, draft: Draft, wanted: Wanted, source: str) -> Outcome:
        rows = draft.tables[SECRETS.name].values()
        row = next((row for row in rows if row[1:3] == (wanted.store_id, wanted.name)), None)
        outcome = _outcome(wanted, row, lambda row: SecretValue(draft.unseal(row[0])))
        if row is None:
            assert wanted.value is not None, "_outcome has seen to that"
            self._ensure(draft, wanted.store_id)
            scopes = wanted.scopes or (SCOPE,)
            new = NewSecret(wanted.name, wanted.value, scopes, wanted.comment or "")
            free = wanted.secret_id if wanted.secret_id not in draft.tables[SECRETS.name] else None
            self._create(draft, wanted.store_id, new, secret_id=free, source=source)
        elif outcome.step == "update":
            self._change(draft, row, wanted, outcome, source)
        return outcome

    def _change(self, draft: Draft, row: Row, wanted: Wanted, outcome: Outcome, source: str) -> None:
        old = secret_of(row)
        secret = old._replace(
            scopes=_scopes(old, wanted),
            comment=old.comment if wanted.comment is None else wanted.comment,
            modified=max(self.clock(), old.modified),
            version=old.version + ("value" in outcome.changed),
        )
        if "value" in outcome.changed and wanted.value is not None:
            put_value(draft, secret, wanted.value)
        else:
            draft.put(SECRETS, secret_row(secret, sealed_part(row)))
        said: dict[str, Any] = {"store_id": secret.store_id, "name": secret.name, "source": source}
        said["value_modified"] = "value" in outcome.changed
        if "scopes" in outcome.changed:
            said["scopes"] = list(secret.scopes)
        if "comment" in outcome.changed:
            said["comment_modified"] = True
        self._note(draft, "update", "secret", secret.id, **said)

    def _ensure(self, draft: Draft, store_id: str) -> None:
        if store_id in draft.tables[STORES.name]:
            return
        now = self.clock()
        name = free_name(STORE_NAME, (row[1] for row in draft.tables[STORES.name].values()))
        draft.put(STORES, store_row(Store(store_id, self.account_id, name, now, now)))
        self._note(draft, "create", "store", store_id, name=name)


def _checked(wanted: Wanted) -> Wanted:
    return wanted._replace(
        store_id=check_store_id(wanted.store_id),
        name=check_name("secret", wanted.name),
        value=None if wanted.value is None else check_value(wanted.value.reveal()),
        scopes=None if wanted.scopes is None else check_scopes(wanted.scopes),
    )


def _outcome(wanted: Wanted, row: Row | None, value_of: Callable[[Row], SecretValue | None]) -> Outcome:
    if row is None:
        if wanted.value is None:
            raise SecretNotFound(
                wanted.store_id,
                wanted.name,
                why="it was deleted meanwhile",
                hint="the same command, once more",
            )
        return Outcome("create", wanted.store_id, wanted.name, ("value", "scopes", "comment"))
    old = secret_of(row)
    changed = []
    if not wanted.keep and wanted.value is not None and value_of(row) != wanted.value:
        changed.append("value")
    if _scopes(old, wanted) != old.scopes:
        changed.append("scopes")
    if wanted.comment is not None and wanted.comment != old.comment:
        changed.append("comment")
    return Outcome("update" if changed else "leave", wanted.store_id, wanted.name, tuple(changed))


def _scopes(old: Secret, wanted: Wanted) -> tuple[str, ...]:
    if wanted.scopes is not None:
        return wanted.scopes
    return tuple(sorted({*old.scopes, SCOPE})) if wanted.bound else old.scopes

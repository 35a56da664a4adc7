"""`ControlPlane`: all operations on an account, in the name of one actor."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sshim.control.gateway_keys import GatewayKeys
from sshim.control.imports import Imports
from sshim.control.reader import Reader
from sshim.control.reveal import Reveals
from sshim.control.tokens import Tokens
from sshim.control.usages import Usages
from sshim.errors import SshimError
from sshim.model import Actor, AuditEvent
from sshim.store.audit import AuditAction
from sshim.store.audit_log import AuditQuery, read_log, verify_log

if TYPE_CHECKING:
    from sshim.redaction import Redactor


class ControlPlane(GatewayKeys, Tokens, Usages, Reveals, Imports):
    """The account behind one door. Every operation checks the actor's permission, and every change commits
    together with its audit record.

    Raises `PermissionDenied` where the actor's role does not suffice; `StoreError` and `AccessError` when
    the store cannot be trusted or opened.
    """

    __slots__ = ()

    def audit(
        self,
        *,
        action: str | None = None,
        resource_type: str | None = None,
        resource_id: str | None = None,
        actor: str | None = None,
        result: bool | None = None,
        since: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
        direction: str = "desc",
    ) -> list[AuditEvent]:
        """Audit records that match, the newest first unless `direction` is "asc"; each is proven to be as it
        was written. `since` is inclusive, `before` exclusive. Raises `Corrupt`."""
        query = AuditQuery(action, resource_type, resource_id, actor, result, since, before, limit, direction)
        with self._reading("audit"):
            return read_log(self.store, query)

    def audit_proof(self) -> tuple[int, int | None]:
        """How many audit records there are, and the number of the first that is missing or was changed
        (None: all are as they were written)."""
        with self._reading("audit"):
            return verify_log(self.store)

    def changes(self) -> tuple[int, int]:
        """Two numbers that say whether anything is new: of changes, and of audit records. Costs
        microseconds while nobody writes."""
        state = self.store.state()
        return (0, 0) if state is None else (state.head.generation, state.head.audit_seq)

    def reader(
        self,
        *,
        worker: str | None,
        environment: str | None,
        actor: Actor | None = None,
        strict: bool | None = None,
        ahead: bool = False,
        redactor: Redactor | None = None,
    ) -> Reader:
        """A `SecretReader` whose reads are recorded as those of this Worker and environment. `strict` records
        each read before its value is handed out (None: as the store was opened), `ahead` the first of each
        minute; `redactor` learns every value that is opened."""
        return Reader(
            self.store,
            actor=actor or self.actor._replace(interface="worker"),
            worker=worker,
            environment=environment,
            clock=self.clock,
            strict=self.store.strict_audit if strict is None else strict,
            ahead=ahead,
            redactor=redactor,
        )

    def record_refusal(
        self,
        error: SshimError,
        action: AuditAction,
        resource_type: str,
        resource_id: str = "",
        **metadata: Any,
    ) -> None:
        """Records a call that was refused before it came here, such as one without a good credential. No
        more of them than of our own refusals; never raises for a log that cannot be written."""
        self._refused(error, action, resource_type, resource_id, metadata)

    def acting_as(self, actor: Actor) -> ControlPlane:
        """The same account in the name of somebody else, over the same connection."""
        other = self._replace(actor=actor)
        other._refusals, other._sighted = self._refusals, self._sighted
        return other

    def close(self) -> None:
        """Closes the store."""
        self.store.close()

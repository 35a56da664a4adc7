"""What a refused call leaves in the audit log: a record each, but never a flood of them.

Beyond so many a minute they are only counted, and the next record tells how many went before it unwritten.
"""

from __future__ import annotations

from aiohttp import web

from sshim.api.attempts import Attempts
from sshim.api.door import Door
from sshim.api.log import ServeLog
from sshim.errors import RequestRefused, SshimError
from sshim.model import Actor

RECORDS_PER_MINUTE = 60

_ACTIONS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


class Refusals:
    """Writes refused calls into the audit log of the store behind `door`."""

    def __init__(self, door: Door, log: ServeLog, *, within: Attempts | None = None) -> None:
        self._door, self._log = door, log
        self._within = within or Attempts(RECORDS_PER_MINUTE)
        self._unwritten = 0

    async def record(
        self,
        request: web.BaseRequest,
        actor: Actor | None,
        refusal: RequestRefused,
        *,
        resource: tuple[str, str] = ("account", ""),
    ) -> None:
        """One refused call, asked by `actor` (None: nobody known). `resource` is type and id. Never raises:
        a store that cannot be written must not turn a refusal into anything else."""
        if not self._within.add():
            self._unwritten += 1
            return
        who = actor or Actor(role="none", id="unknown", interface="api", ip=request.remote)
        metadata = {
            "method": request.method,
            "path": request.raw_path.partition("?")[0][:200],
            "status": refusal.status,
            "code": refusal.number,
        }
        if self._unwritten:
            metadata["unwritten"], self._unwritten = self._unwritten, 0
        action = _ACTIONS.get(request.method, "access")
        kind, name = resource
        try:
            await self._door.run(who, lambda control: control.refused(action, kind, name, metadata))
        except SshimError as error:
            self._log.error(f"a refused call could not be recorded: {error.message}", hint=error.hint)

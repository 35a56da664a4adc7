"""The wire below the Worker's `fetch` in tests: calls meet the routes of the test that makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sshim.errors import UsageError
from sshim.testing.outbound import CannedReply, OutboundCall
from sshim.worker import direct

if TYPE_CHECKING:
    from sshim.testing.client import WorkerClient


class TestNetwork:
    """A `Transport` that asks the active client's `outbound`; only what that allows goes out. A handler that
    is called without any client has the real network."""

    __test__ = False

    def __init__(self, active: Callable[[], WorkerClient | None]) -> None:
        self._active = active
        self._real = direct.HttpTransport()
        self.in_use = False

    async def send(self, outgoing: direct.Outgoing) -> direct.Reply:
        """One exchange; raises `ExpectationFailed` for a call that no route answers."""
        client = self._active()
        if client is None or client.outbound.allows(outgoing.method, outgoing.url):
            self.in_use = True
            return await self._real.send(outgoing)
        headers = {name.lower(): value for name, value in outgoing.headers}
        call = OutboundCall(outgoing.method, outgoing.url, headers, await direct.read(outgoing.body))
        route = client.outbound.route_for(call)
        try:
            answer = await route.answer(call)
        except OSError as error:
            raise direct.NetworkError(str(error) or type(error).__name__) from error
        return _reply(answer, str(route))

    async def close(self) -> None:
        """Close connections to real servers, while the loop that they belong to still runs."""
        if self.in_use:
            self.in_use = False
            await self._real.close()


def _reply(answer: Any, route: str) -> direct.Reply:
    if isinstance(answer, CannedReply):
        return direct.canned_reply(answer.status, answer.headers, answer.body)
    js_response = getattr(answer, "js_object", answer)
    if getattr(type(js_response), "js_name", None) != "Response":
        kind = type(answer).__name__
        raise UsageError(f"the route {route} returned {kind}", hint="return a workers.Response")
    return direct.reply(js_response)

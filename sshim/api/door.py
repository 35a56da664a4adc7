"""The way from the event loop to the control plane: one thread for it, and one for what takes long.

Changes are one at a time anyway, so the calls of all listeners go through here in the order they came.
Reading the audit log proves all of it, which takes a while when it is long; that does not hold up others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from sshim.model import Actor

if TYPE_CHECKING:
    from sshim.control import ControlPlane

Result = TypeVar("Result")
Planes = Callable[[Actor], "ControlPlane"]
"""Gives the control plane as one actor sees it; cheap, since the store below is open already."""


class Door:
    """Runs calls on the control plane. `open_planes` opens the store; it is called once, in the thread."""

    def __init__(self, open_planes: Callable[[], Planes]) -> None:
        self._open_planes = open_planes
        self._planes: Planes | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sshim-store")
        self._slow_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sshim-audit")

    async def open(self) -> None:
        """Open the store now, so that what is wrong with it is said at the start. Raises as the store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._ready)

    async def run(
        self, actor: Actor, call: Callable[[ControlPlane], Result], *, slow: bool = False
    ) -> Result:
        """What `call` returns, given the control plane as `actor` sees it. Raises what it raises. A caller
        that is cancelled does not undo or interrupt the call. A `slow` one may be overtaken."""

        def work() -> Result:
            return call(self._ready()(actor))

        if slow:
            await self.open()
        thread = self._slow_thread if slow else self._thread
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    def close(self) -> None:
        """Let calls under way end, then end the threads."""
        self._slow_thread.shutdown(wait=True)
        self._thread.shutdown(wait=True)

    def _ready(self) -> Planes:
        if self._planes is None:
            self._planes = self._open_planes()
        return self._planes

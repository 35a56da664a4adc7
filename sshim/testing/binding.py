"""Secrets Store bindings as a test sees them: each read goes to the secrets of the test that runs, and a
`get()` that nobody awaits is noticed.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sshim.config.settings import WorkerConfig
from sshim.errors import SshimError
from sshim.model import SecretValue
from sshim.testing.event import current_event
from sshim.worker.bindings import SecretsStoreSecret

if TYPE_CHECKING:
    from sshim.testing.client import WorkerClient

Active = Callable[[], "WorkerClient | None"]
"""Gives the client of the test that runs; None while modules are collected."""


class ActiveReader:
    """A `SecretReader` that asks the active client's secrets."""

    __slots__ = ("_active",)

    def __init__(self, active: Active) -> None:
        self._active = active

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        client = self._active()
        if client is None:
            raise SshimError("Disallowed operation called within global scope: no test runs yet")
        event = current_event.get()
        if event is not None:
            event.reads.append(binding or secret_name)
        return await client.secrets.read(store_id, secret_name, scope, binding=binding)


@dataclass(slots=True)
class _Call:
    binding: str
    where: str
    coroutine: Coroutine[Any, Any, str] = field(repr=False)


class Calls:
    """The `get()` calls whose coroutine may still be waited for."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._limit = 64

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, binding: str, coroutine: Coroutine[Any, Any, str], where: str) -> None:
        """Remember a call; `where` is `file:line` of it."""
        if len(self._calls) >= self._limit:
            self._calls = [call for call in self._calls if _unstarted(call)]
            self._limit = 64 + 2 * len(self._calls)
        self._calls.append(_Call(binding, where, coroutine))

    def unawaited(self) -> list[str]:
        """A sentence for each call that nothing has begun to await; they are closed and forgotten."""
        forgotten = [call for call in self._calls if _unstarted(call)]
        self._calls.clear()
        for call in forgotten:
            call.coroutine.close()
        return [
            f"env.{call.binding}.get() was called without await at {call.where}: "
            f"write `await env.{call.binding}.get()`"
            for call in forgotten
        ]


def _unstarted(call: _Call) -> bool:
    return inspect.getcoroutinestate(call.coroutine) == inspect.CORO_CREATED


class WatchedSecret(SecretsStoreSecret):
    """The binding, with a memory of its calls."""

    __slots__ = ("_active",)

    def __init__(self, binding: str, store_id: str, secret_name: str, active: Active) -> None:
        super().__init__(binding, store_id, secret_name, ActiveReader(active), self._explain)
        self._active = active

    def get(self) -> Coroutine[Any, Any, str]:
        coroutine = super().get()
        client = self._active()
        if client is not None:
            caller = sys._getframe(1)
            where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
            client.calls.add(self._binding, coroutine, client.shown(where))
        return coroutine

    def _explain(self, error: SshimError, binding: str) -> None:
        client = self._active()
        if client is not None:
            client.diagnosis.unread(error, binding)


def watched(config: WorkerConfig, active: Active) -> dict[str, Any]:
    """The bindings of a configuration by name."""
    return {
        secret.binding: WatchedSecret(secret.binding, secret.store_id, secret.secret_name, active)
        for secret in config.secrets
    }

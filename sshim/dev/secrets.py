"""How a worker process gets at secrets: a recipe that travels to it and opens the store there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sshim.model import Actor, SecretReader, SecretValue

if TYPE_CHECKING:
    from sshim.control import ControlPlane
    from sshim.store.open import StoreOptions


class ReaderFactory(Protocol):
    """Picklable; called once in the process that serves the Worker. Raises `StoreError` or `AccessError`."""

    def __call__(self) -> SecretReader: ...


@dataclass(frozen=True, slots=True)
class StoreReaders:
    """Opens the encrypted store for one Worker. `role` is whom the Worker acts as."""

    store: StoreOptions = field(repr=False)
    role: str
    worker: str | None
    environment: str | None

    def __call__(self) -> SecretReader:
        return self.control().reader(
            worker=self.worker,
            environment=self.environment,
            actor=Actor(self.role, id=self.worker or "local", interface="worker"),
        )

    def control(self) -> ControlPlane:
        """The account behind its door, for the table of bindings."""
        from sshim.control import ControlPlane
        from sshim.store.open import open_store

        return ControlPlane(open_store(self.store), actor=Actor(self.role, interface="worker"))


@dataclass(frozen=True, slots=True)
class OverriddenReaders:
    """`inner`, with some secrets given on the command line: (store id, secret name, value)."""

    inner: ReaderFactory
    values: tuple[tuple[str, str, str], ...] = field(repr=False)

    def __call__(self) -> SecretReader:
        given = {(store_id, name): SecretValue(value) for store_id, name, value in self.values}
        return _Overridden(self.inner(), given)


class _Overridden:
    def __init__(self, inner: SecretReader, given: dict[tuple[str, str], SecretValue]) -> None:
        self._inner, self._given = inner, given

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        given = self._given.get((store_id, secret_name))
        return given or await self._inner.read(store_id, secret_name, scope, binding=binding)


class WatchedReader:
    """`inner`, telling `seen` each value that comes out of it for the first time."""

    def __init__(self, inner: SecretReader, seen: Callable[[str], None]) -> None:
        self._inner, self._seen = inner, seen
        self._last: dict[tuple[str, str], SecretValue] = {}

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        value = await self._inner.read(store_id, secret_name, scope, binding=binding)
        key = (store_id, secret_name)
        last = self._last.get(key)
        if last is not value and last != value:
            self._seen(value.reveal())
        self._last[key] = value
        return value

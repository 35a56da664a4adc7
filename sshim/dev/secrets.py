"""How a worker process gets at secrets: a recipe that travels to it and opens the store there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sshim.errors import SecretNotFound
from sshim.model import Actor, SecretReader, SecretValue
from sshim.redaction import Redactor

if TYPE_CHECKING:
    from sshim.control import ControlPlane
    from sshim.store.open import StoreOptions


class ReaderFactory(Protocol):
    """Picklable. `open` is entered once in the process that serves the Worker; it tells `redactor` each
    value that is read, and raises `StoreError` or `AccessError`."""

    def open(self, stack: ExitStack, redactor: Redactor) -> SecretReader: ...


@dataclass(frozen=True, slots=True)
class StoreReaders:
    """Opens the encrypted store for one Worker, which acts as `role`."""

    store: StoreOptions = field(repr=False)
    role: str
    worker: str | None
    environment: str | None

    def open(self, stack: ExitStack, redactor: Redactor) -> SecretReader:
        """A reader that is closed with `stack`."""
        control = stack.enter_context(self.control())
        actor = Actor(self.role, interface="worker")
        reader = control.reader(
            worker=self.worker, environment=self.environment, actor=actor, redactor=redactor
        )
        stack.callback(reader.close)
        return reader

    @contextmanager
    def control(self) -> Iterator[ControlPlane]:
        """The account behind its door."""
        from sshim.control import ControlPlane
        from sshim.store.open import open_store

        control = ControlPlane(open_store(self.store), actor=Actor(self.role))
        try:
            yield control
        finally:
            control.close()


@dataclass(frozen=True, slots=True)
class NoReaders:
    """For a Worker without Secrets Store bindings: no store is opened, or made."""

    def open(self, stack: ExitStack, redactor: Redactor) -> SecretReader:
        """A reader that finds nothing."""
        return _Given({}, None)


@dataclass(frozen=True, slots=True)
class GivenReaders:
    """`inner`, with some secrets given on the command line: (store id, secret name, value)."""

    inner: ReaderFactory
    values: tuple[tuple[str, str, str], ...] = field(repr=False)

    def open(self, stack: ExitStack, redactor: Redactor) -> SecretReader:
        """A reader that knows the given values, and asks the inner one for others."""
        for _, _, value in self.values:
            redactor.add(value)
        given = {(store_id, name): SecretValue(value) for store_id, name, value in self.values}
        return _Given(given, self.inner.open(stack, redactor))


class _Given:
    def __init__(self, given: dict[tuple[str, str], SecretValue], inner: SecretReader | None) -> None:
        self._given, self._inner = given, inner

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        given = self._given.get((store_id, secret_name))
        if given is not None:
            return given
        if self._inner is None:
            raise SecretNotFound(store_id, secret_name)
        return await self._inner.read(store_id, secret_name, scope, binding=binding)

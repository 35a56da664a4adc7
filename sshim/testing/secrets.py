"""The secrets of one test: seeded by hand, held in memory, gone with the test.

Names and values keep production's rules (`sshim.model`). No store is opened, so nothing of the developer's
own can be read or changed by a test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field

from sshim.config.settings import SecretBinding
from sshim.errors import InvalidValue, NotSeeded, SecretNotFound, SshimError, UnknownBinding
from sshim.model import SecretValue, check_name, check_value, near_names

Key = tuple[str, str]
"""Store id and secret name."""


@dataclass(slots=True)
class _Fault:
    """A failure of `get()`: raised `left` more times, for ever if None."""

    error: BaseException
    left: int | None


@dataclass(slots=True)
class _Held:
    """What is known of every secret, by store and name; `unseeded` has the bindings of reads that failed."""

    values: dict[Key, SecretValue] = field(default_factory=dict)
    missing: set[Key] = field(default_factory=set)
    faults: dict[Key, _Fault] = field(default_factory=dict)
    delays: dict[Key, float] = field(default_factory=dict)
    read: set[Key] = field(default_factory=set)
    unseeded: dict[Key, str] = field(default_factory=dict)


class _View(MutableMapping[str, str]):
    """A mapping of names to values over the held secrets; a subclass says which secret a name means."""

    def __init__(self, held: _Held, on_value: Callable[[str], None]) -> None:
        self._held = held
        self._on_value = on_value

    def _key(self, name: str) -> Key:
        raise NotImplementedError

    def _names(self) -> Iterable[str]:
        raise NotImplementedError

    def __getitem__(self, name: str) -> str:
        """The seeded value; raises `NotSeeded` when there is none."""
        __tracebackhide__ = True
        value = self._held.values.get(self._key(name))
        if value is None:
            raise NotSeeded(name)
        return value.reveal()

    def __setitem__(self, name: str, value: str) -> None:
        """Give the secret a value, also in mid-test; raises `InvalidName`, `InvalidValue`, `ValueTooLong`."""
        __tracebackhide__ = True
        key = self._key(name)
        if not isinstance(value, str):
            kind = type(value).__name__
            raise InvalidValue(f"the value of {name} must be text, not {kind}", hint="seed it as str")
        self._held.values[key] = check_value(value)
        self._held.missing.discard(key)
        self._on_value(value)

    def __delitem__(self, name: str) -> None:
        """Make the secret missing; raises `NotSeeded` when it has no value."""
        __tracebackhide__ = True
        if self._held.values.pop(self._key(name), None) is None:
            raise NotSeeded(name)
        self._held.missing.add(self._key(name))

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in self._names() if self._key(name) in self._held.values])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}=***' for name in self)})"

    def missing(self, name: str) -> None:
        """`get()` fails as it does in production for a secret that does not exist; on purpose, so that a
        strict test allows it."""
        __tracebackhide__ = True
        key = self._key(name)
        self._held.values.pop(key, None)
        self._held.missing.add(key)

    def fail(self, name: str, error: str | BaseException, *, times: int | None = None) -> None:
        """`get()` raises `error` for the next `times` reads (None: always). A text becomes a `JsException`
        of that message, an exception is raised as it is."""
        __tracebackhide__ = True
        raised = SshimError(error) if isinstance(error, str) else error
        self._held.faults[self._key(name)] = _Fault(raised, times)

    def delay(self, name: str, seconds: float) -> None:
        """`get()` takes this long."""
        __tracebackhide__ = True
        self._held.delays[self._key(name)] = seconds

    def recover(self, name: str) -> None:
        """End what `fail` and `delay` began."""
        __tracebackhide__ = True
        self._held.faults.pop(self._key(name), None)
        self._held.delays.pop(self._key(name), None)


class StoreSecrets(_View):
    """The secrets of one store by their own names, bound or not."""

    def __init__(self, store_id: str, held: _Held, on_value: Callable[[str], None]) -> None:
        super().__init__(held, on_value)
        self._store_id = store_id

    def _key(self, name: str) -> Key:
        __tracebackhide__ = True
        return self._store_id, check_name("secret", name)

    def _names(self) -> Iterable[str]:
        return [name for store_id, name in self._held.values if store_id == self._store_id]


class Secrets(_View):
    """The secrets of a test by binding name: `secrets["API_KEY"] = "value"`.

    `reads` lists the bindings in the order the Worker asked for them. It is also the `SecretReader` that the
    Worker's `env` reads from.
    """

    def __init__(
        self,
        bindings: Iterable[SecretBinding] = (),
        *,
        where: str = "the wrangler configuration",
        on_value: Callable[[str], None] = lambda _value: None,
    ) -> None:
        super().__init__(_Held(), on_value)
        self._bindings: dict[str, Key] = {b.binding: (b.store_id, b.secret_name) for b in bindings}
        self._where = where
        self.reads: list[str] = []

    def _key(self, name: str) -> Key:
        __tracebackhide__ = True
        try:
            return self._bindings[name]
        except KeyError:
            known = tuple(self._bindings)
            raise UnknownBinding(name, near=near_names(name, known), known=known, where=self._where) from None

    def _names(self) -> Iterable[str]:
        return self._bindings

    def store(self, store_id: str) -> StoreSecrets:
        """The secrets of that store by secret name: `secrets.store(id)["api-key"] = "value"`."""
        return StoreSecrets(store_id, self._held, self._on_value)

    async def read(
        self, store_id: str, secret_name: str, scope: str, *, binding: str | None = None
    ) -> SecretValue:
        """As `SecretReader.read`: the value, or the failure that the test asked for."""
        held, key = self._held, (store_id, secret_name)
        held.read.add(key)
        self.reads.append(binding or secret_name)
        if delay := held.delays.get(key):
            await asyncio.sleep(delay)
        fault = held.faults.get(key)
        if fault is not None and fault.left != 0:
            if fault.left is not None:
                fault.left -= 1
            raise fault.error
        try:
            return held.values[key]
        except KeyError:
            name = binding or secret_name
            if key not in held.missing:
                held.unseeded[key] = name
            raise SecretNotFound(
                store_id,
                secret_name,
                near=near_names(secret_name, [seeded for store, seeded in held.values if store == store_id]),
                hint=f'secrets["{name}"] = "…"',
            ) from None

    def violations(self) -> list[str]:
        """What a strict test does not allow, a sentence each: reads of what was never seeded, and seeds that
        were never read."""
        held = self._held
        unused = [key for key in held.values if key not in held.read]
        said = []
        for (store_id, name), binding in held.unseeded.items():
            candidates = [secret for _, secret in unused]
            said.append(
                f"env.{binding} was read, but this test seeds no secret {name!r} in store {store_id}"
                + _meant(near_names(name, candidates))
            )
        for store_id, name in unused:
            names = [b for b, key in self._bindings.items() if key == (store_id, name)]
            if names:
                said.append(f"the value seeded for {' and '.join(names)} was never read")
            else:
                bound = [secret for store, secret in self._bindings.values() if store == store_id]
                said.append(
                    f"the value seeded for {name!r} in store {store_id} was never read: no binding of "
                    f"{self._where} names it{_meant(near_names(name, bound))}"
                )
        return said


def _meant(names: tuple[str, ...]) -> str:
    return f" (did you mean {names[0]!r}?)" if names else ""

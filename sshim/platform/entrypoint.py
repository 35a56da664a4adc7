"""The module `_pyodide_entrypoint_helper`: what the official SDK asks of the runtime around it.

`cloudflareWorkersModule` is the JavaScript module "cloudflare:workers", with `env` and `waitUntil` set by the
server of the Worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.objects import Object, properties_of
from sshim.platform.options import unwrap
from sshim.platform.promise import Promise, rejected, resolved
from sshim.platform.proxy import JsObject, JsProxy, own_properties

_patched: ContextVar[Any] = ContextVar("patched", default=None)


class Env(JsObject):
    """The importable `env`: the Worker's bindings, or what `patch_env` puts in their place for a while."""

    js_name = "Object"
    __slots__ = ("_bindings",)

    def __init__(self) -> None:
        self._bind(Object._make())

    def _bind(self, bindings: Any) -> None:
        object.__setattr__(self, "_bindings", bindings)

    def _current(self) -> Any:
        patched = _patched.get()
        return self._bindings if patched is None else patched

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._current(), name, value)

    def __dir__(self) -> list[str]:
        return sorted(self._own())

    def _own(self) -> dict[str, Any]:
        current = self._current()
        return own_properties(current) if isinstance(current, JsProxy) else vars(current)


class WorkersModule(JsObject):
    """The module "cloudflare:workers". Set `env` to the Worker's bindings; what it shows may be patched."""

    js_name = "Module"
    __slots__ = ("_env", "waitUntil")

    def __init__(self) -> None:
        self._env = Env._make()
        self.waitUntil: Callable[[Any], None] = _keep_running

    @property
    def env(self) -> Any:
        """The bindings."""
        return self._env

    @env.setter
    def env(self, bindings: Any) -> None:
        self._env._bind(bindings)

    def __getattr__(self, name: str) -> Any:
        if name in ("WorkerEntrypoint", "DurableObject", "WorkflowEntrypoint", "RpcTarget", "RpcStub"):
            raise AttributeError(
                f"cloudflare:workers {name} is a class of JavaScript; use the one of `workers`"
            )
        return super().__getattr__(name)


class SocketsModule(JsObject):
    """The module "cloudflare:sockets", which can be imported but not used."""

    js_name = "Module"
    __slots__ = ()

    def connect(self, *args: Any, **options: Any) -> Any:
        """Refuses, with what to use instead."""
        message = "connect() of cloudflare:sockets is not in sshim: use Python's asyncio.open_connection"
        raise js_error("NotSupportedError", message)


_background: set[asyncio.Future[Any]] = set()


def _keep_running(awaitable: Any) -> None:
    """Run an awaitable to its end, its failure going to the event loop's handler: the default `waitUntil`."""
    if inspect.isawaitable(value := unwrap(awaitable)):
        future = asyncio.ensure_future(_wait(value))
        _background.add(future)
        future.add_done_callback(_background.discard)


async def _wait(awaitable: Any) -> Any:
    return await awaitable


class _WorkflowSteps(JsObject):
    """The SDK's own JavaScript module workflows.js: here its wrapping of a step changes nothing."""

    js_name = "Module"
    __slots__ = ()

    def wrapWorkflowStep(self, step: Any = None) -> Any:
        """The step itself: errors need no translation where no JavaScript lies between."""
        return step


class EntrypointHelper(ModuleType):
    """The module object; one for each Worker process."""

    def __init__(self) -> None:
        super().__init__("_pyodide_entrypoint_helper", "What the Workers SDK asks of the runtime.")
        self.cloudflareWorkersModule = WorkersModule._make()
        self.cloudflareSocketsModule = SocketsModule._make()

    def doAnImport(self, name: Any = None) -> Promise:
        """A promise of a JavaScript module by name; rejected for all but the ones named in this module."""
        known: dict[str, Any] = {
            "cloudflare:workers": self.cloudflareWorkersModule,
            "cloudflare:sockets": self.cloudflareSocketsModule,
        }
        if name in known:
            return resolved(known[name])
        if str(name).endswith("workflows.js"):
            return resolved(_WorkflowSteps._make())
        message = f'No such module "{name}": sshim runs Workers on CPython without a JavaScript engine.'
        return rejected(js_error("Error", message))

    def patchWaitUntil(self, ctx: Any = None) -> None:
        """Let `ctx.waitUntil` take Python awaitables, which it does here by nature."""

    def patch_env_helper(self, patch: Any = None) -> Iterator[None]:
        """A generator during whose one step the importable env is the patch alone, in this context."""
        token = _patched.set(Object._make(dict(properties_of(patch))))
        try:
            yield
        finally:
            # A test fixture may be finished in another context than it was begun in.
            with contextlib.suppress(ValueError):
                _patched.reset(token)


__all__ = ["EntrypointHelper", "Env", "WorkersModule"]

"""The one module that knows the official SDK from the inside.

`workers-runtime-sdk` runs unmodified on `sshim.platform`. Its conversions between Python and JavaScript
(`workers.rpc`) are private and may move; the rest of `worker/` uses them only through `Sdk`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sshim.errors import SourceError
from sshim.platform import hook


class Sdk:
    """The SDK's classes and conversions, imported once the platform stands."""

    def __init__(self) -> None:
        try:
            self.workers: ModuleType = importlib.import_module("workers")
            rpc = importlib.import_module("workers.rpc")
        except ImportError as error:
            raise SourceError(
                f"the Workers SDK cannot be imported: {error}",
                hint="pip install 'workers-runtime-sdk>=1.8' into the environment of sshim",
            ) from error
        self.Request: Callable[[Any], Any] = self.workers.Request
        self.Response: type = self.workers.Response
        self.WorkerEntrypoint: type = self.workers.WorkerEntrypoint
        self.from_rpc: Callable[[Any], Any] = rpc.python_from_rpc
        self.to_rpc: Callable[[Any], Any] = rpc.python_to_rpc
        self.wrap_env: Callable[[Any], Any] = rpc._EnvWrapper
        """`env` as handlers see it. Attributes once read are kept by the wrapper."""

    def forget_env(self, modules: Iterable[ModuleType]) -> None:
        """Drop what wrappers kept by `from workers import env` in these modules remember."""
        for module in modules:
            for value in list(vars(module).values()):
                if type(value) is self.wrap_env:
                    kept = vars(value)
                    for name in [name for name in kept if name != "_env"]:
                        del kept[name]


def install(
    compatibility_date: str | None,
    compatibility_flags: Sequence[str],
    *,
    env: Any = None,
    wait_until: Callable[[Any], None] | None = None,
) -> Sdk:
    """Put the JavaScript platform in place for this process and import the SDK on top of it.

    `env` is what `from workers import env` shows, also while the user's module is imported. Raises
    `SourceError` when the SDK is missing.
    """
    prepare(compatibility_date, compatibility_flags, env=env, wait_until=wait_until)
    return Sdk()


def prepare(
    compatibility_date: str | None,
    compatibility_flags: Sequence[str],
    *,
    env: Any = None,
    wait_until: Callable[[Any], None] | None = None,
) -> None:
    """What `install` does below the SDK, so that the SDK can be imported on top of it by anyone."""
    hook.install(compatibility_date, compatibility_flags)
    helper: Any = importlib.import_module("_pyodide_entrypoint_helper")
    module = helper.cloudflareWorkersModule
    if env is not None:
        module.env = env
    if wait_until is not None:
        module.waitUntil = wait_until
    run_blocking_calls_inline()


def compat_flag(name: str) -> bool:
    """Whether the compatibility flag is in force by date or by name, as `install` was told."""
    return bool(getattr(importlib.import_module("_cloudflare_compat_flags"), name, False))


class _InlineThreads:
    """Import hook that makes `anyio.to_thread.run_sync` call its function inline.

    Workers have no threads, so in production the SDK runs synchronous FastAPI routes, dependencies and
    background tasks on the event loop; a handler that relies on a thread must fail here as well.
    """

    name = "anyio.to_thread"

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        if fullname != self.name:
            return None
        with _without(self):
            spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        original = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            original(module)
            _make_inline(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


@contextmanager
def _without(finder: Any) -> Any:
    sys.meta_path.remove(finder)
    try:
        yield
    finally:
        sys.meta_path.insert(0, finder)


def _make_inline(module: ModuleType) -> None:
    async def run_sync(func: Callable[..., Any], *args: Any, **_options: Any) -> Any:
        return func(*args)

    module.run_sync = run_sync  # type: ignore[attr-defined]


def run_blocking_calls_inline() -> None:
    """Make anyio's thread calls run on the event loop, now or when anyio is imported; idempotent."""
    loaded = sys.modules.get(_InlineThreads.name)
    if loaded is not None:
        _make_inline(loaded)
    elif not any(isinstance(finder, _InlineThreads) for finder in sys.meta_path):
        sys.meta_path.insert(0, _InlineThreads())

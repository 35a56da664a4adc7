"""`js.caches`: Workers that mention it can be imported; each use says that it is not emulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sshim.platform.exceptions import js_error
from sshim.platform.promise import Promise, rejected
from sshim.platform.proxy import JsObject


def _refused(name: str) -> Callable[..., Promise]:
    message = f"caches.{name} is not in sshim, which does not emulate the Cache API"

    def refuse(*args: Any, **options: Any) -> Promise:
        return rejected(js_error("NotSupportedError", message))

    return refuse


class Cache(JsObject):
    """The object `js.caches.default`, each of whose promises is rejected with the reason."""

    js_name = "Cache"
    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in ("match", "put", "delete"):
            return _refused(f"default.{name}")
        return super().__getattr__(name)


class CacheStorage(JsObject):
    """The object `js.caches`."""

    js_name = "CacheStorage"
    __slots__ = ("default",)

    def __init__(self) -> None:
        self.default = Cache._make()

    def __getattr__(self, name: str) -> Any:
        if name == "open":
            return _refused("open")
        return super().__getattr__(name)


caches = CacheStorage._make()

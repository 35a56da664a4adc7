"""Certificate authorities loaded when the first TLS connection is made, in place of at every start: aiohttp
loads them while it is imported, which takes a sixth of the warm process's time."""

from __future__ import annotations

import contextlib
import importlib
import ssl
from typing import Any


class LateTrust(ssl.SSLContext):
    """A context whose `load_default_certs` is still to be done; a connection does it."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """As `SSLContext` does, with the authorities loaded."""
        self._load()
        return self.wrap_bio(*args, **options)

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """As `SSLContext` does, with the authorities loaded."""
        self._load()
        return self.wrap_socket(*args, **options)

    def _load(self) -> None:
        self.__class__ = ssl.SSLContext  # type: ignore[assignment]  # whose methods these are from now on
        self.load_default_certs()


def import_late_trusting(module: str) -> None:
    """Import a module; contexts it makes meanwhile are given their authorities on first use."""
    waiting: list[ssl.SSLContext] = []

    def put_off(self: ssl.SSLContext, purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH) -> None:
        if purpose is ssl.Purpose.SERVER_AUTH:
            waiting.append(self)
        else:
            loads(self, purpose)

    loads = ssl.SSLContext.load_default_certs
    ssl.SSLContext.load_default_certs = put_off  # type: ignore[method-assign]
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    finally:
        ssl.SSLContext.load_default_certs = loads  # type: ignore[method-assign]
    for context in waiting:
        context.__class__ = LateTrust

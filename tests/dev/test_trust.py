"""Certificate authorities are loaded by the first connection, and until then by nothing."""

from __future__ import annotations

import ssl
import subprocess
import sys

import pytest

from sshim.dev.trust import LateTrust, import_late_trusting

LOOK = """
import ssl
from sshim.dev.trust import LateTrust, import_late_trusting
import_late_trusting("aiohttp.connector")
from aiohttp import connector
context = connector._SSL_CONTEXT_VERIFIED
print(type(context).__name__, context.verify_mode.name, context.check_hostname)
eager = ssl.create_default_context()
context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.example")
print(type(context) is ssl.SSLContext, context.cert_store_stats() == eager.cert_store_stats())
"""


def test_the_client_that_fetches_trusts_the_system_once_it_connects() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["LateTrust CERT_REQUIRED True", "True True"]


def test_contexts_made_afterwards_are_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    import_late_trusting("nothing_of_this_name")
    assert type(ssl.create_default_context()) is ssl.SSLContext


def test_a_socket_makes_it_load_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.__class__ = LateTrust
    loaded: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda self, *purpose: loaded.append(self))
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda self, *given, **options: "wrapped")
    assert context.wrap_socket(None) == context.wrap_socket(None) == "wrapped"
    assert loaded == [context]

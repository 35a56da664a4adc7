"""Python Workers and their secrets in unit tests: the pytest plugin, and `sshim.testing.worker` without
pytest. Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sshim.testing.client import WorkerClient
    from sshim.testing.event import ScheduledResult
    from sshim.testing.outbound import Outbound, OutboundCall
    from sshim.testing.secrets import Secrets
    from sshim.testing.session import worker
    from sshim.testing.websocket import WebSocketSession
    from sshim.worker.direct import chunks

__all__ = [
    "Outbound",
    "OutboundCall",
    "ScheduledResult",
    "Secrets",
    "WebSocketSession",
    "WorkerClient",
    "chunks",
    "worker",
]

_HOME = {
    "Outbound": "sshim.testing.outbound",
    "OutboundCall": "sshim.testing.outbound",
    "ScheduledResult": "sshim.testing.event",
    "Secrets": "sshim.testing.secrets",
    "WebSocketSession": "sshim.testing.websocket",
    "WorkerClient": "sshim.testing.client",
    "chunks": "sshim.worker.direct",
    "worker": "sshim.testing.session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)

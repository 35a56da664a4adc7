"""How a Worker is served: what the command line decides and the configuration does not."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a Worker is served. `error_page` makes the HTML of a 500 from its text; `redact` takes secret
    values out of a text; `supplied` are stand-ins for bindings by name; `peers` are the sockets of the other
    Workers, by their names."""

    allowed_hosts: tuple[str, ...] = ()
    bound_host: str = "127.0.0.1"
    scheme: str = "http"
    strict_dispatch: bool = False
    test_scheduled: bool = False
    site_packages: tuple[Path, ...] = ()
    supplied: Mapping[str, Any] = field(default_factory=dict)
    redact: Callable[[str], str] = str
    error_page: Callable[[str], str] | None = None
    ssl: ssl.SSLContext | None = None
    peers: Mapping[str, Path] = field(default_factory=dict)

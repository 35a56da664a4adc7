"""Port numbers for tests that need one before anybody listens on it.

A port that was any free one a moment ago may be another program's by now: thousands of connections are made
meanwhile, and each of them gets one too.
"""

from __future__ import annotations

import contextlib
import random
import socket

_UNASKED = range(21_000, 32_000)
"""Below what a system gives to those who ask for any port."""


def free_port() -> int:
    """One that is free on both loopback addresses, and that nobody is given unasked."""
    dice = random.SystemRandom()  # several processes of one test run may share a seed
    while True:
        port = dice.choice(_UNASKED)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for family, ip in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                if family == socket.AF_INET or socket.has_ipv6:
                    stack.enter_context(socket.socket(family)).bind((ip, port))
            return port

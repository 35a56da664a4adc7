"""A Worker that is stuck in an endless loop, and a client that does not wait for it."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from tests.dev.running import PATIENCE, entry

ENDLESS = entry(
    """if request.url.endswith("/loop"):
    while True:
        pass
return Response("one")"""
)


def ask_and_forget(url: str) -> None:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
    try:
        connection.request("GET", where.path or "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def wait_until_busy(pids: list[int]) -> None:
    """Until one of these processes has burnt 0.2 s of CPU since the call."""

    def ticks() -> int:
        total = 0
        for pid in pids:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += int(fields[11])
        return total

    before, deadline = ticks(), time.monotonic() + PATIENCE
    while ticks() - before < 20:
        assert time.monotonic() < deadline, "nothing is busy"
        time.sleep(0.02)

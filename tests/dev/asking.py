"""A Worker that stops in the debugger, and a request that is on its way while a test types."""

from __future__ import annotations

import contextlib
import http.client
import threading

from tests.dev.running import PATIENCE, Dev, entry

STOPS = entry(
    """if "debug" in request.url:
    count = 41
    breakpoint()
    count += 1
    return Response(str(count))
if "input" in request.url:
    return Response("hello " + input("who? "))
return Response("one")"""
)


class Asking:
    """A request that is on its way while the test types."""

    def __init__(self, dev: Dev, path: str) -> None:
        self._dev, self._path = dev, path
        self._answers: list[tuple[int, str]] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._answers.append(self._dev.get(self._path))

    def answer(self) -> tuple[int, str]:
        self._thread.join(PATIENCE)
        return self._answers[0]


def prompt(dev: Dev, count: int) -> None:
    dev.until(r"\(Pdb\) ", count=count)

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


def interrupt(dev: Dev, count: int) -> None:
    """Ctrl-C at the debugger's prompt, which then comes for the `count`th time. Python's readline misses a
    Ctrl-C in the instant between its prompt and its wait for input; a person whose key has no effect presses
    it again."""
    for patience in (2.0, 2.0, PATIENCE):
        dev.type("\x03")
        if dev.says(r"\(Pdb\) ", count=count, within=patience):
            break
    prompt(dev, count)

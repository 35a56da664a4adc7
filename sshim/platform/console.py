"""`js.console`: messages to the standard streams, as workerd's console writes them."""

from __future__ import annotations

import sys
import time
from typing import Any

from sshim.platform.inspection import format_message, inspect
from sshim.platform.primitives import js_string, truthy
from sshim.platform.proxy import JsObject


class Console(JsObject):
    """The console. `log`, `info` and `debug` go to standard output, `warn` and `error` to standard error."""

    js_name = "Object"
    __slots__ = ("_counts", "_groups", "_times")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._times: dict[str, float] = {}
        self._groups = 0

    def _write(self, text: str, *, problem: bool = False) -> None:
        margin = "  " * self._groups
        if margin:
            text = margin + text.replace("\n", "\n" + margin)
        # Looked up at each message: whoever collects the log may have replaced the streams.
        stream = sys.stderr if problem else sys.stdout
        stream.write(text + "\n")

    def log(self, *args: Any) -> None:
        """Write a message."""
        self._write(format_message(args))

    info = debug = log

    def warn(self, *args: Any) -> None:
        """Write a warning."""
        self._write(format_message(args), problem=True)

    error = warn

    def trace(self, *args: Any) -> None:
        """Write a message headed by "Trace"."""
        self._write(" ".join(["Trace:", format_message(args)]).removesuffix(": "), problem=True)

    def dir(self, value: Any = None, *ignored: Any) -> None:
        """Write a value, text in quotes."""
        self._write(inspect(value))

    dirxml = table = log

    def assert_(self, condition: Any = False, *args: Any) -> None:
        """Write "Assertion failed" and the message if the condition is false."""
        if not truthy(condition):
            message = format_message(args)
            self._write(f"Assertion failed: {message}" if message else "Assertion failed", problem=True)

    def count(self, label: Any = "default") -> None:
        """Write how often the label was counted."""
        name = js_string(label)
        self._counts[name] = self._counts.get(name, 0) + 1
        self._write(f"{name}: {self._counts[name]}")

    def countReset(self, label: Any = "default") -> None:
        """Count the label from the start again."""
        self._counts.pop(js_string(label), None)

    def time(self, label: Any = "default") -> None:
        """Start a stop-watch."""
        self._times[js_string(label)] = time.perf_counter()

    def timeLog(self, label: Any = "default", *args: Any) -> None:
        """Write what a stop-watch shows."""
        name = js_string(label)
        if name in self._times:
            shown = f"{name}: {(time.perf_counter() - self._times[name]) * 1000:.3f}ms"
            self._write(f"{shown} {format_message(args)}".rstrip())

    def timeEnd(self, label: Any = "default") -> None:
        """Write what a stop-watch shows, and stop it."""
        self.timeLog(label)
        self._times.pop(js_string(label), None)

    def group(self, *args: Any) -> None:
        """Indent the messages that follow."""
        if args:
            self.log(*args)
        self._groups += 1

    groupCollapsed = group

    def groupEnd(self) -> None:
        """End the innermost group."""
        self._groups = max(self._groups - 1, 0)

    def clear(self) -> None:
        """Nothing: a log is not cleared."""

    def toString(self) -> str:
        """`[object console]`."""
        return "[object console]"


# `assert` is a word of Python's own: user code reaches it as console.assert_ or by getattr.
console = Console._make()

"""Single keys while `sshim dev` runs in a terminal.

The terminal is changed only as far as needed (no line buffering, no echo; Ctrl-C and Ctrl-Z keep their
meaning), only while this program is in the foreground, and it is put back whatever happens. Without termios
(Windows) there are no hot keys.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO

_HAS_TERMIOS = sys.platform != "win32"

HELP = (
    ("o", "open in the browser"),
    ("r", "reload the Worker"),
    ("c", "clear the screen"),
    ("d", "open the dashboard"),
    ("h", "show this help"),
    ("q", "quit (x and Ctrl-C too)"),
)


class HotKeys:
    """The keyboard of one terminal. `take` and `release` may be called at any time, in any order."""

    def __init__(self, stdin: TextIO | None) -> None:
        self._stdin = stdin
        self._before: list[Any] | None = None

    @property
    def untaken(self) -> bool:
        """Whether there is a terminal whose keys are not received, as in its background."""
        try:
            return _HAS_TERMIOS and self._before is None and os.isatty(self.fileno())
        except (OSError, ValueError):
            return False

    @property
    def possible(self) -> bool:
        """Whether there is a terminal to read keys from, with this program in its foreground."""
        if not _HAS_TERMIOS or self._stdin is None:
            return False
        try:
            descriptor = self._stdin.fileno()
            return os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """The descriptor that is readable when a key was pressed. ValueError without a standard input."""
        if self._stdin is None:
            raise ValueError("there is no standard input")
        return self._stdin.fileno()

    def take(self) -> bool:
        """Begin to receive single keys; False when that is not possible."""
        if self._before is not None:
            return True
        if not self.possible:
            return False
        import termios

        descriptor = self.fileno()
        with contextlib.suppress(termios.error):
            before = termios.tcgetattr(descriptor)
            wanted = termios.tcgetattr(descriptor)
            wanted[3] &= ~(termios.ICANON | termios.ECHO)
            wanted[6][termios.VMIN], wanted[6][termios.VTIME] = 1, 0
            termios.tcsetattr(descriptor, termios.TCSADRAIN, wanted)
            self._before = before
        return self._before is not None

    def release(self) -> None:
        """Put the terminal back as it was found."""
        before, self._before = self._before, None
        if before is None or not self.possible:
            return
        import termios

        with contextlib.suppress(termios.error):
            termios.tcsetattr(self.fileno(), termios.TCSADRAIN, before)

    def read(self) -> str:
        """Keys pressed since, lower-case; "" when there will be no more. An arrow key comes as a blank."""
        try:
            data = os.read(self.fileno(), 256)
        except OSError:
            return ""
        if not data:
            return ""
        text = data.decode(errors="replace")
        return " " if text.startswith("\x1b") else text.lower()

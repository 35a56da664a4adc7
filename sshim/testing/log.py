"""What a Worker says during a test, where pytest captures it: `console` on stdout, the rest in `logging`."""

from __future__ import annotations

import logging
import sys

from sshim.worker.log import Level

logger = logging.getLogger("sshim.worker")


class TestLog:
    """A `Log` (see `sshim.worker.log`) for one test."""

    __test__ = False

    def request(self, method: str, path: str, status: int, reason: str, ms: float) -> None:
        """One answered request."""
        logger.info("%s %s %s %s (%.0fms)", method, path, status, reason, ms)

    def console(self, level: Level, text: str) -> None:
        """`console.*` of the handler, a line each."""
        sys.stdout.write(text + "\n")

    def error(self, text: str, *, detail: str = "") -> None:
        """Something failed."""
        logger.error("%s", f"{text}\n{detail}" if detail else text)

    def warning(self, text: str) -> None:
        """A hint about the handler."""
        logger.warning("%s", text)

    def info(self, text: str) -> None:
        """Something worth a line."""
        logger.info("%s", text)

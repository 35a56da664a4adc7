"""What the log hears of a Worker's failures: one line each, with the user's own frames, redacted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sshim.errors import SshimError
from sshim.model import near_names
from sshim.platform.fetch import network
from sshim.platform.transport import HttpTransport
from sshim.worker import frames
from sshim.worker.log import Log

_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@")
_QUERY = re.compile(r"(//[^?#\s]*)[?#]\S*")

_MISTAKEN = {
    "SecretsStoreSecret": "a Secrets Store binding is not its value: use `await env.BINDING.get()`",
    "coroutine": "a coroutine stands where its result should: is an `await` missing, as in "
    "`await env.BINDING.get()`?",
}
"""Types that are taken for the value they lead to, and what to write instead."""

_TYPE_NAMES = re.compile(r"\w+(?!\w|\.\w)")
"""Words of an error, without those of a method's name, as in `SecretsStoreSecret.get()`."""

_AI_GATEWAY = "https://gateway.ai.cloudflare.com/"
_GATEWAY_HINT = "`sshim dev --gateway` answers here what is fetched from the AI Gateway"


def _public(text: str) -> str:
    """The text with its URLs cut down to what is no secret: no credentials, query or fragment."""
    return _QUERY.sub(r"\1", _CREDENTIALS.sub("", text))


class Reporter:
    """Writes to `log`; `root` is the folder whose frames are the user's, `redact` takes values out."""

    def __init__(self, log: Log, root: Path, redact: Callable[[str], str]) -> None:
        self._log = log
        self._root = root
        self._redact = redact
        self._hinted: set[str] = set()
        self.env: Any = None
        """The Worker's bindings, once they are made."""

    def uncaught(self, error: BaseException) -> str:
        """Log an exception that nobody caught; returns the user's view of it, as an answer may show it."""
        text = self._redact(frames.format_exception(error, self._root))
        # Without frames of the user's the text is the line itself.
        detail = text if "\n" in text else ""
        self._log.error(self._redact(f"Uncaught {frames.error_line(error)}"), detail=detail)
        if isinstance(error, (TypeError, AttributeError)):
            for name in _TYPE_NAMES.findall(str(error)):
                if name in _MISTAKEN:
                    self.hint(_MISTAKEN[name])
        missing = error.name if isinstance(error, AttributeError) and error.obj is self.env else None
        if missing and self.env is not None:
            for near in near_names(missing, vars(self.env))[:1]:
                self.hint(self._redact(f"env has no {missing}: did you mean env.{near}?"))
        return text

    def from_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what only the event loop heard of: a listener's exception, a task that nobody awaited."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.uncaught(error)
        else:
            self._log.error(self._redact(str(context.get("message", "an unknown failure of the event loop"))))

    def secret(self, error: SshimError, binding: str) -> None:
        """Log why a binding could not be read, and what cures it."""
        hint = f"  Try: {error.hint}" if error.hint else ""
        self._log.error(f"env.{binding}: {error.message}", detail=hint)

    def lost(self, url: str, reason: str) -> None:
        """Log why a `fetch` failed, of which the Worker hears only that the connection was lost."""
        self._log.warning(self._redact(f"fetch {_public(url)}: {_public(reason)}"))
        if url.startswith(_AI_GATEWAY) and isinstance(network.transport, HttpTransport):
            self.hint(_GATEWAY_HINT)

    def hint(self, text: str) -> None:
        """Log advice, once."""
        if text not in self._hinted:
            self._hinted.add(text)
            self._log.warning(text)

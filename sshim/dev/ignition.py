"""Starting the warm process, before anything else is imported: its own imports take longest, and the rest of
the program is loaded meanwhile. Imports nothing that the interpreter has not loaded anyway."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself would load half of `enum` and `re`
import _socket
import os
import sys

WITHHELD = frozenset({"SSHIM_KEY", "SSHIM_STORE_URL"})
"""Variables that open the store: nothing that a handler or its own child processes should find."""


class Ignited:
    """A warm process and our end of its socket, which goes to whoever takes it."""

    __slots__ = ("_sock", "pid")

    def __init__(self, pid: int, sock: _socket.socket) -> None:
        self.pid, self._sock = pid, sock

    def take(self) -> int:
        """The descriptor, from now on the caller's to close."""
        return self._sock.detach()

    def put_out(self) -> None:
        """End the process after all."""
        self._sock.close()
        os.kill(self.pid, _signal.SIGKILL)
        os.waitpid(self.pid, 0)


def ignite(environ: dict[str, str]) -> Ignited:
    """Start the warm process with this environ. Does not wait for its imports."""
    ours, theirs = _socket.socketpair()
    os.set_inheritable(theirs.fileno(), True)
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    code = f"import sys; sys.path.append({home!r}); from sshim.dev.warm import main; main({theirs.fileno()})"
    handed_on = {name: text for name, text in environ.items() if name not in WITHHELD}
    # posix_spawn costs a third of `import subprocess` alone. -P: a secrets.py or email.py in the folder the
    # user stands in must not be taken for the standard library's. A Ctrl-C is not for this process; until it
    # can say so itself, signals of that kind are held back.
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *_interpreter_flags(), "-P", "-c", code],
        handed_on,
        setsigmask=[_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP],
    )
    theirs.close()
    return Ignited(pid, ours)


def _interpreter_flags() -> list[str]:
    """Options of this interpreter that the new one must share, such as `-X dev` and `-W error`."""
    flags = [f"-W{option}" for option in sys.warnoptions]
    for name, value in sys._xoptions.items():
        flags += ["-X", name if value is True else f"{name}={value}"]
    if sys.flags.dont_write_bytecode:
        flags.append("-B")
    if sys.flags.no_user_site:
        flags.append("-s")
    if sys.flags.ignore_environment:
        flags.append("-E")
    return flags

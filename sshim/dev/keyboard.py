"""What the keys of a running `sshim dev` do, and who has the keyboard: the supervisor, or a debugger in a
worker process, one at a time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping

from sshim.dev.hotkeys import HELP, HotKeys
from sshim.dev.loop import Loop
from sshim.dev.messages import TerminalGranted
from sshim.dev.process import WorkerProcess
from sshim.dev.terminal import Terminal


class Keyboard:
    """The keyboard of one supervisor. `reload`, `dashboard` and `quit` are what those keys do."""

    def __init__(
        self,
        keys: HotKeys,
        loop: Loop,
        terminal: Terminal,
        *,
        url: str,
        environ: Mapping[str, str],
        reload: Callable[[], None],
        dashboard: Callable[[], None],
        quit: Callable[[], None],
    ) -> None:
        self._keys, self._loop, self._terminal = keys, loop, terminal
        self._url, self._environ = url, environ
        self._waiting: deque[WorkerProcess] = deque()
        self._over = False
        self._actions: dict[str, Callable[[], None]] = {
            "o": self._open,
            "d": dashboard,
            "r": reload,
            "c": terminal.clear,
            "h": self._help,
            "?": self._help,
            "q": quit,
            "x": quit,
        }

    @property
    def lent(self) -> bool:
        """Whether a debugger has the terminal, and with it the meaning of Ctrl-C."""
        return bool(self._waiting)

    @property
    def untaken(self) -> bool:
        """Whether keys would be listened to if this program were in the foreground."""
        return not self._over and not self.lent and self._keys.untaken

    def open(self) -> bool:
        """Begin to listen to keys; False without a terminal, and once `end` was called."""
        if self._over or not self._keys.take():
            return False
        self._loop.watch(self._keys, self._on_keys)
        return True

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._loop.forget(self._keys)
        self._keys.release()

    def end(self) -> None:
        """No key counts from now on: what is typed next is for the shell."""
        self._over = True
        self.close()

    def lend(self, worker: WorkerProcess) -> None:
        """A debugger wants the terminal; it waits while another one has it."""
        self._waiting.append(worker)
        if len(self._waiting) == 1:
            self.close()
            worker.channel.send(TerminalGranted())

    def take_back(self, worker: WorkerProcess) -> None:
        """A debugger is done, or its process is gone."""
        held = bool(self._waiting) and self._waiting[0] is worker
        if worker in self._waiting:
            self._waiting.remove(worker)
        if held and self._waiting:
            self._waiting[0].channel.send(TerminalGranted())
        elif held:
            self.open()

    def suspend(self) -> None:
        """Ctrl-Z: stop with the terminal as it was, go on when the shell says so."""
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        self.close()
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        if not self.lent:
            self.open()

    # -- keys --------------------------------------------------------------------------------------------

    def _on_keys(self) -> None:
        pressed = self._keys.read()
        if not pressed:
            self.close()
        for key in pressed:
            action = self._actions.get(key)
            if action is not None and not self._over:
                action()

    def _help(self) -> None:
        self._terminal.info("\n".join(f"  {key}  {does}" for key, does in HELP))

    def _open(self) -> None:
        # The address in any case: an opener may be there and find no browser.
        opened = open_in_browser(self._url, self._environ)
        self._terminal.info(f"{'opening' if opened else 'no browser was found to open'} {self._url}")


def open_in_browser(url: str, environ: Mapping[str, str]) -> bool:
    """Open `url` in the user's browser without waiting for it: BROWSER if set, else the system's opener."""
    import shlex
    import subprocess

    opener = "open" if sys.platform == "darwin" else "xdg-open"
    command = shlex.split(environ.get("BROWSER", "").split(os.pathsep)[0]) or [opener]
    if any("%s" in word for word in command):
        command = [word.replace("%s", url) for word in command]
    else:
        command.append(url)
    silent = subprocess.DEVNULL
    try:
        subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent, start_new_session=True)
    except OSError:
        return False
    return True

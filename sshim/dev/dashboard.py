"""The dashboard, a program of its own, opened from `sshim dev` over the same store and ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sshim.dev.loop import Loop
from sshim.dev.terminal import Terminal

if TYPE_CHECKING:
    from sshim.store.open import StoreOptions

COMMAND = (sys.executable, "-m", "sshim", "dashboard", "--quiet")


class DashboardProgram:
    """Starts `sshim dashboard`, which serves the account if nothing does yet, and shows what it says."""

    def __init__(
        self, loop: Loop, terminal: Terminal, store: StoreOptions, environ: Mapping[str, str]
    ) -> None:
        self._loop, self._terminal = loop, terminal
        # by environ, since an address may hold a password
        place = {"SSHIM_STORE_URL": store.url} if store.url else {"SSHIM_HOME": str(store.home)}
        self._environ = {**{k: v for k, v in environ.items() if k != "SSHIM_STORE_URL"}, **place}
        self._running: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        """Open it in the browser; what goes wrong is said when it is known."""
        try:
            program = subprocess.Popen(
                COMMAND,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as error:
            self._terminal.info(f"the dashboard cannot be started: {error.strerror}")
            return
        self._running.append(program)
        assert program.stdout is not None
        os.set_blocking(program.stdout.fileno(), False)
        self._loop.watch(program.stdout, lambda: self._hear(program))

    def close(self) -> None:
        """End the programs that were started here."""
        while self._running:
            program = self._running.pop()
            program.terminate()
            self._end(program)

    def _hear(self, program: subprocess.Popen[bytes]) -> None:
        assert program.stdout is not None
        data = program.stdout.read(65_536)
        for line in (data or b"").decode(errors="replace").splitlines():
            self._terminal.info(f"dashboard: {line}")
        if data == b"":
            self._running.remove(program)
            self._end(program)

    def _end(self, program: subprocess.Popen[bytes]) -> None:
        assert program.stdout is not None
        self._loop.forget(program.stdout)
        program.stdout.close()
        try:
            program.wait(6.0)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

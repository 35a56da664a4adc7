"""A program started with an environ of its own, and our part while it runs: signals are passed on, its end
becomes ours.

The child shares our terminal, process group and streams, so what is typed reaches it without us: of signals
those are passed on that were sent to this process alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sshim.dev.cores import allow_dumps, forbid_dumps
from sshim.errors import UsageError
from sshim.record import NamedTuple

NOT_FOUND, NOT_RUNNABLE = 127, 126
"""Exit codes of a shell for a command that is not there, and one that is no program."""

_KERNEL = 0x80
"""`si_code` of a signal from the terminal, which the whole group got."""

_PASSED_ON = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")


class Held(NamedTuple):
    """The signals kept back for the child, and the mask that was in force before."""

    heard: frozenset[Any]
    before: frozenset[Any]


@contextlib.contextmanager
def held_signals() -> Iterator[Held]:
    """Keeps signals back, in this thread and in those it starts, until `run_child` can pass them on. Other
    threads must not be older: the system gives a signal to any thread that lets it through."""
    if sys.platform == "win32":
        yield Held(frozenset(), frozenset())
        return
    known = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
    heard = frozenset(number for number in known if signal.getsignal(number) is not signal.SIG_IGN)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard | {signal.SIGCHLD})
    try:
        yield Held(heard, frozenset(before))
    finally:
        while late := signal.sigpending() & heard:
            signal.sigwait(late)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_child(command: Sequence[str], environ: Mapping[str, str], held: Held, core_limit: int) -> int:
    """Starts a program found on the PATH of `environ`, waits, and returns its exit code: 128 + n when signal
    n ended it. Raises `UsageError` with exit code 127 or 126 when it cannot be started. `core_limit` is the
    program's own, in bytes."""
    program = _found(command[0], environ.get("PATH", os.defpath))
    if program is None:
        raise _unusable(command[0])
    try:
        if sys.platform == "win32":
            return _wait_on_windows([program, *command[1:]], environ)
        allow_dumps(core_limit)
        try:
            pid = _spawn(program, command, environ, held)
        finally:
            forbid_dumps()
        return _wait(pid, held)
    except FileNotFoundError:
        raise _refused(f"{command[0]} names an interpreter that is not there", NOT_FOUND) from None
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise _refused(
                "the secrets and the command line are too large together for this system", NOT_RUNNABLE
            ) from None
        raise _refused(f"{command[0]} cannot be run: {error.strerror}", NOT_RUNNABLE) from None


def _found(name: str, path: str) -> str | None:
    """The program of that name, looked for as a shell does."""
    if sys.platform == "win32":
        import shutil

        return shutil.which(name, path=path)
    folders = [""] if os.path.dirname(name) else path.split(os.pathsep)
    candidates = (os.path.join(folder, name) for folder in folders)
    return next((each for each in candidates if os.path.isfile(each) and os.access(each, os.X_OK)), None)


def _unusable(name: str) -> UsageError:
    """Why nothing of that name can be run."""
    if os.path.dirname(name) and os.path.exists(name):
        what = "is a folder" if os.path.isdir(name) else "is not executable"
        return _refused(f"{name} {what}", NOT_RUNNABLE)
    return _refused(f"there is no command {name}", NOT_FOUND)


def _refused(message: str, code: int) -> UsageError:
    error = UsageError(message, hint="sshim run -- COMMAND [ARGUMENT]...")
    error.exit_code = code
    return error


def _spawn(program: str, command: Sequence[str], environ: Mapping[str, str], held: Held) -> int:
    return os.posix_spawn(
        program,
        list(command),
        dict(environ),
        setsigmask=held.before,
        setsigdef=[getattr(signal, name) for name in _IGNORED_BY_PYTHON if hasattr(signal, name)],
    )


def _wait(pid: int, held: Held) -> int:
    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    while True:
        number, from_terminal = _next_signal(held.heard | {signal.SIGCHLD}, at_terminal)
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return 128 - code if code < 0 else code
        elif not from_terminal:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _next_signal(heard: frozenset[Any], at_terminal: bool) -> tuple[int, bool]:
    """The next signal, and whether the child has got it too."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(heard)
        return info.si_signo, info.si_code == _KERNEL
    number = signal.sigwait(heard)  # macOS does not tell who sent it
    typed = number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGWINCH)
    return number, typed and at_terminal


def _wait_on_windows(command: Sequence[str], environ: Mapping[str, str]) -> int:
    import subprocess

    child = subprocess.Popen(command, env=dict(environ))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the console has told the child too

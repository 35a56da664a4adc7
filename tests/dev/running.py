"""`python -m sshim dev` as a user runs it, with or without a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import termios
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL, SIGTERM

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0
"""Seconds that anything may take, on however busy a machine, before a test gives up."""

CONFIG = """name = "w"
main = "src/entry.py"
compatibility_date = "2026-08-01"
compatibility_flags = ["python_workers"]
"""


def entry(body: str, before: str = "") -> str:
    """A Worker whose `fetch` has this body, after `before`."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        f"from workers import Response, WorkerEntrypoint\n{before}\n\n"
        f"class Default(WorkerEntrypoint):\n    async def fetch(self, request):\n{lines}\n"
    )


def text(answer: str) -> str:
    """A Worker that always answers this."""
    return entry(f"return Response({answer!r})")


class Project:
    """A Worker's folder, and a home for its store."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "project", folder / "home"
        (self.folder / "src").mkdir(parents=True)
        self.entry = self.folder / "src" / "entry.py"
        self.config = self.folder / "wrangler.toml"
        self.config.write_text(CONFIG)
        self.entry.write_text(text("one"))

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a program started here."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        own = {
            "HOME": str(self.home),
            "SSHIM_HOME": str(self.home / "store"),
            "PYTHONPATH": str(ROOT),
        }
        return kept | own | {"TERM": "xterm"} | more

    def sshim(self, *arguments: str, value: str = "", **environ: str) -> str:
        """Run another command to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "sshim", *arguments],
            input=value,
            cwd=self.folder,
            env=self.environ(**environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Dev:
    """One running `sshim dev`. `terminal` gives it a pseudo terminal of its own, `detached` none;
    `program` runs something else in its place."""

    def __init__(
        self,
        project: Project,
        *arguments: str,
        terminal: bool = False,
        detached: bool = False,
        port: int | None = 0,
        program: list[str] | None = None,
        **environ: str,
    ) -> None:
        flags = [] if port is None else ["--port", str(port)]
        command = program or [sys.executable, "-m", "sshim", "dev", *flags, *arguments]
        self.project = project
        self._out, self._err = bytearray(), bytearray()
        self._seen = 0
        self._news = threading.Condition()
        self._code: int | None = None
        if terminal:
            self.pid, self._tty = pty.fork()
            if self.pid == 0:
                os.chdir(project.folder)
                os.execvpe(command[0], command, project.environ(**environ))
            self._follow(self._tty, self._out)
        else:
            self._process = subprocess.Popen(
                command,
                cwd=project.folder,
                env=project.environ(**environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=detached,
            )
            self.pid = self._process.pid
            assert self._process.stdout and self._process.stderr
            self._follow(self._process.stdout.fileno(), self._out)
            self._follow(self._process.stderr.fileno(), self._err)

    # -- what it says ------------------------------------------------------------------------------------

    @property
    def out(self) -> str:
        """Everything on stdout (with a terminal: everything) so far."""
        return self._out.decode(errors="replace").replace("\r\n", "\n")

    @property
    def err(self) -> str:
        return self._err.decode(errors="replace")

    def says(self, wanted: str, *, count: int = 1, within: float) -> bool:
        """Whether `wanted` has been said `count` times before `within` seconds are over."""
        try:
            self.until(wanted, count=count, within=within)
        except AssertionError:
            return False
        return True

    def until(self, wanted: str, *, count: int = 1, within: float = PATIENCE) -> str:
        """Wait until `wanted` (a regular expression) has been said `count` times; the last match."""
        deadline = time.monotonic() + within
        with self._news:
            while True:
                found = re.findall(wanted, self.out + self.err, re.MULTILINE)
                if len(found) >= count:
                    return str(found[count - 1])
                left = deadline - time.monotonic()
                assert left > 0, f"never said {wanted!r} ({count}x):\n{self.out}\n-- stderr:\n{self.err}"
                self._news.wait(left)

    def ready(self) -> Dev:
        """Wait for the ready line."""
        self.url = self.until(r"Ready on (https?://\S+) \(\d+ ms\)")
        return self

    def type(self, keys: str) -> None:
        """Type into the terminal."""
        os.write(self._tty, keys.encode())

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed, as it does for a shell."""
        return bool(termios.tcgetattr(self._tty)[3] & termios.ECHO)

    # -- what it serves ----------------------------------------------------------------------------------

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """Status and text of an answer."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, headers=names)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def answers(self, wanted: str, path: str = "/") -> str:
        """Ask until the answer contains `wanted`."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in (answer := self.get(path)[1]):
            assert time.monotonic() < deadline, f"still answers {answer!r}\n{self.out}\n{self.err}"
            time.sleep(0.01)
        return answer

    # -- its life ----------------------------------------------------------------------------------------

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE) -> int:
        """The exit code, once it has ended."""
        deadline = time.monotonic() + seconds
        while self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
                break
            assert time.monotonic() < deadline, f"still running:\n{self.out}\n-- stderr:\n{self.err}"
            time.sleep(0.005)
        for thread in self._threads:
            thread.join(PATIENCE)
        return self._code

    def stop(self, number: int = SIGTERM) -> int:
        """End it; the exit code."""
        self.signal(number)
        return self.wait()

    def children(self) -> list[int]:
        """Process ids of everything it has started, directly or not."""
        return descendants(self.pid)

    def clean_up(self) -> None:
        """End it whatever state it is in."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, SIGKILL)
            self.wait()
        if hasattr(self, "_process"):
            self._process.returncode = self._code
            for stream in (self._process.stdout, self._process.stderr):
                assert stream
                stream.close()
        else:
            os.close(self._tty)

    def _follow(self, descriptor: int, into: bytearray) -> None:
        def read() -> None:
            while True:
                try:
                    select.select([descriptor], [], [])
                    data = os.read(descriptor, 65_536)
                except OSError:
                    data = b""
                with self._news:
                    into.extend(data)
                    self._news.notify_all()
                if not data:
                    return

        thread = threading.Thread(target=read, daemon=True)
        self._threads = [*getattr(self, "_threads", []), thread]
        thread.start()


Start = Callable[..., Dev]


def descendants(pid: int) -> list[int]:
    """Process ids below this one, from /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def alive(pid: int) -> bool:
    """Whether a process exists and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_gone(pids: list[int]) -> bool:
    """Whether every one of these processes ends."""
    deadline = time.monotonic() + PATIENCE
    while any(map(alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True

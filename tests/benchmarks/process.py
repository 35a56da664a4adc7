"""Processes under measurement: started, waited for, weighed by /proc, ended by id."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Program:
    """A running program in a session of its own. It prints to a file, which nobody spends time on while it
    is measured."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def lines(self) -> list[str]:
        """What it has printed by now, the last line perhaps in part."""
        return self.log.read_text(errors="replace").splitlines(keepends=True)

    def wait_for(self, text: str, timeout: float = 60) -> str:
        """The first printed line that holds `text`; raises TimeoutError with what was printed."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = self.popen.poll() is not None
            for line in self.lines:
                if text in line and line.endswith("\n"):
                    return line
            if ended:
                break
            time.sleep(0.002)
        raise TimeoutError(f"{text!r} was never printed:\n" + "".join(self.lines))

    def family(self) -> list[int]:
        """The ids of the program and all its descendants."""
        return family(self.popen.pid)

    def proportional_memory(self) -> int:
        """Bytes of proportional set size of the whole family."""
        return sum(_proportional(pid) for pid in self.family())

    def cpu_seconds(self) -> float:
        """User and system time of the whole family."""
        return sum(_cpu(pid) for pid in self.family())


@contextmanager
def run(
    argv: Sequence[str], *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Start a program and end it, and every process it started, at the end of the block."""
    with tempfile.NamedTemporaryFile(suffix=".log", delete=False) as log:
        popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environ) if environ is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    program = Program(popen, Path(log.name))
    try:
        yield program
    finally:
        members = program.family()
        popen.send_signal(signal.SIGTERM)
        try:
            popen.wait(10)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        program.log.unlink()


def family(pid: int) -> list[int]:
    """`pid` and its descendants that are alive."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, pending = [], [pid]
    while pending:
        one = pending.pop()
        found.append(one)
        pending += children.get(one, [])
    return found


def _proportional(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

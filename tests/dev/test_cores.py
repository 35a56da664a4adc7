"""What a process that crashes leaves behind."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshim.dev.cores import allow_dumps, forbid_dumps
from tests.dev.running import Start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits of processes are read from /proc")


@pytest.fixture
def dumps() -> Iterator[None]:
    """This process, and those that it starts, may leave a dump."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] != resource.RLIM_INFINITY:
        pytest.skip("this machine forbids dumps by itself")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


def limit_of(pid: int) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4] for line in lines if line.startswith("Max core file size"))


@pytest.mark.usefixtures("dumps")
@pytest.mark.parametrize("flags", [(), ("--no-reload",)])
def test_no_process_of_dev_leaves_a_dump(start: Start, flags: tuple[str, ...]) -> None:
    dev = start(*flags).ready()
    assert {limit_of(pid) for pid in (dev.pid, *dev.children())} == {"1"}


def crash(before: str, folder: Path) -> bool:
    """Whether an interpreter that is ended by Ctrl-\\ behind these lines dumps its memory."""
    code = f"import os, signal\n{before}\nos.chdir({str(folder)!r})\nos.kill(os.getpid(), signal.SIGQUIT)"
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)
    return os.WCOREDUMP(os.waitpid(pid, 0)[1])


@pytest.mark.usefixtures("dumps")
def test_a_limit_of_one_keeps_the_system_from_a_dump_and_can_be_taken_back(tmp_path: Path) -> None:
    ours = "from sshim.dev.cores import allow_dumps, forbid_dumps\nbefore = forbid_dumps()"
    assert not crash(ours, tmp_path)
    assert crash(ours + "\nallow_dumps(before)", tmp_path) == crash("", tmp_path)


def test_what_was_in_force_is_put_back() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    assert forbid_dumps() == before[0]
    assert resource.getrlimit(resource.RLIMIT_CORE) == (min(1, before[1]) if before[1] >= 0 else 1, before[1])
    allow_dumps(before[0])
    assert resource.getrlimit(resource.RLIMIT_CORE) == before

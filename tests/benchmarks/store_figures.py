"""`get()` in process and commits of many processes, beside plain SQLite."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sshim.errors import SshimError
from sshim.worker.bindings import SecretsStoreSecret
from tests.benchmarks import bare_sqlite
from tests.benchmarks.account import Account
from tests.benchmarks.figures import Figure
from tests.benchmarks.project import STORE_ID, Project
from tests.faults import hammer

_ROUNDS, _READS = 5, 2_000
_SECRETS = 100
_WRITERS, _SECONDS = 8, 4.0


def get(project: Project) -> Figure:
    """The median time of `await env.X.get()` while nobody writes, a round a sample."""

    def no_diagnosis(error: SshimError, binding: str) -> None:
        raise error

    async def ours(binding: SecretsStoreSecret) -> float:
        times = []
        for _ in range(_READS):
            began = time.perf_counter()
            await binding.get()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    def theirs() -> float:
        times = []
        for _ in range(_READS):
            began = time.perf_counter()
            peer.execute("SELECT value FROM secrets WHERE name = 'N0'").fetchone()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    with tempfile.TemporaryDirectory() as folder:
        account, peer = Account(Path(folder)), bare_sqlite.fill(Path(folder) / "bare.db", _SECRETS)
        account.fill(_SECRETS)
        binding = SecretsStoreSecret("X", STORE_ID, "N0", account.reader, no_diagnosis)
        asyncio.run(ours(binding))
        rounds = [(asyncio.run(ours(binding)) * 1e6, theirs() * 1e6) for _ in range(_ROUNDS)]
        account.close()
        peer.close()
    note = f"a row of plain SQLite: {statistics.median(peer for _, peer in rounds):.3g} µs"
    return Figure("get() of an unchanged store", "µs", [mine for mine, _ in rounds], budget=20, note=note)


def get_changed(project: Project) -> Figure:
    """The first `get()` after a change of another connection, in a store of 100 secrets."""
    with tempfile.TemporaryDirectory() as folder:
        account = Account(Path(folder))
        account.fill(_SECRETS)
        account.read_changed()
        times = [account.read_changed() * 1e3 for _ in range(30)]
        account.close()
    return Figure(f"get() after a change, {_SECRETS} secrets", "ms", times, budget=1)


def commits(project: Project) -> list[Figure]:
    """Commits a second of eight processes, every one of them proven afterwards, and the longest wait."""
    ours, waits, theirs = [], [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            tally = hammer.run(Path(folder) / "ours", writers=_WRITERS, seconds=_SECONDS, rotate=False)
            if tally.failures:
                raise RuntimeError("\n".join(tally.failures))
            ours.append(float(str(tally.notes["commits/s"])))
            waits.append(float(str(tally.notes["longest wait ms"])) / 1e3)
            theirs.append(_bare_commits(Path(folder) / "bare.db"))
    name = f"commits, {_WRITERS} processes"
    note = f"plain SQLite: {statistics.median(theirs):,.0f}/s"
    return [
        Figure(name, "/s", ours, budget=300, at_most=False, note=note),
        Figure(f"longest wait, {_WRITERS} processes", "s", waits, budget=1),
    ]


def _bare_commits(path: Path) -> float:
    bare_sqlite.fill(path, _WRITERS).close()
    command = [sys.executable, "-m", "tests.benchmarks.bare_sqlite", str(path), str(_SECONDS)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(_WRITERS)]
    return sum(int(writer.communicate(timeout=60)[0]) for writer in writers) / _SECONDS


ALL: dict[str, Callable[[Project], Figure | list[Figure]]] = {
    "get": get,
    "get-changed": get_changed,
    "commits": commits,
}

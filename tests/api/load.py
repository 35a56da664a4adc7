"""Held load on `sshim serve`: python -m tests.api.load --seconds 600

16 clients make 50 requests a second between them: create, list of 100, get, update and delete of secrets.
Times count from when a request was due, so that a stall shows in every request behind it. Ends with code 1
when a request failed, a 99th percentile is above its budget, or the memory has grown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sshim.model import ACCOUNT_ID
from tests.api.program import make_token, serving

CLIENTS = 16
RATE = 50.0
KEPT = 100
"""Secrets that stay for the whole run; created ones come on top and go again."""

BUDGET_MS = 25.0
WITHIN_BUDGET = ("create", "list", "get")
MAX_GROWTH = 1.05
SETTLED = 0.2
"""The part of a run after which memory counts as settled."""


@dataclass
class Results:
    """Milliseconds by operation, what went wrong, resident memory over time in KiB, processor time."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def percentile(self, operation: str, part: float) -> float:
        ordered = sorted(self.times[operation])
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    @property
    def growth(self) -> float:
        """The last fifth of the memory samples over the first fifth after settling."""
        settled = self.memory[int(len(self.memory) * SETTLED) :]
        fifth = max(1, len(settled) // 5)
        first, last = settled[:fifth], settled[-fifth:]
        return (sum(last) / len(last)) / (sum(first) / len(first))

    def passed(self) -> bool:
        slow = [name for name in WITHIN_BUDGET if self.percentile(name, 0.99) > BUDGET_MS]
        return not slow and not self.errors and self.growth <= MAX_GROWTH


def resident(pid: int) -> int:
    """Resident memory of a process in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def cpu(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """One client: its own connection, its own secrets."""

    def __init__(self, session: aiohttp.ClientSession, base: str, number: int, results: Results) -> None:
        self.session, self.base, self.number, self.results = session, base, number, results
        self.made: list[str] = []
        self.kept: list[str] = []
        self.count = 0

    async def run(self, start: float, until: float) -> None:
        """Sends a request each time one is due."""
        period = CLIENTS / RATE
        due = start + self.number * period / CLIENTS
        turn = self.number
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            operation = ("get", "list", "create", "get", "update", "list", "delete")[turn % 7]
            if operation == "delete" and not self.made:
                operation = "create"
            await self.timed(operation, due)
            due += period
            turn += 1

    async def timed(self, operation: str, due: float) -> None:
        try:
            await getattr(self, operation)()
        except (aiohttp.ClientError, TimeoutError, AssertionError) as error:
            self.results.errors.append(f"{operation}: {type(error).__name__} {error}")
        self.results.times[operation].append((time.monotonic() - due) * 1000)

    async def ask(self, method: str, path: str = "", body: Any = None) -> Any:
        async with self.session.request(method, self.base + path, json=body) as answer:
            content = await answer.json()
            assert answer.status == 200, f"{answer.status} {content['errors']}"
            return content["result"]

    async def get(self) -> None:
        self.count += 1
        await self.ask("GET", f"/{self.kept[self.count % len(self.kept)]}")

    async def list(self) -> None:
        assert len(await self.ask("GET", "?per_page=100")) == 100

    async def create(self) -> None:
        self.count += 1
        name = f"C{self.number}_{self.count}"
        (made,) = await self.ask("POST", "", [{"name": name, "value": "v" * 200, "scopes": ["workers"]}])
        self.made.append(made["id"])

    async def update(self) -> None:
        self.count += 1
        secret = self.kept[self.number]
        await self.ask("PATCH", f"/{secret}", {"value": f"changed {self.count}"})

    async def delete(self) -> None:
        await self.ask("DELETE", f"/{self.made.pop()}")


async def load(url: str, token: str, pid: int, seconds: float) -> Results:
    """Runs the clients for so long."""
    results = Results()
    stores = f"{url}/accounts/{ACCOUNT_ID}/secrets_store/stores"
    headers = {"Authorization": f"Bearer {token}"}
    sessions = [
        aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=10))
        for _ in range(CLIENTS)
    ]
    try:
        async with sessions[0].post(stores, json={"name": "main"}) as answer:
            base = f"{stores}/{(await answer.json())['result']['id']}/secrets"
        new = [{"name": f"K_{n:03}", "value": "v" * 200, "scopes": ["workers"]} for n in range(KEPT)]
        async with sessions[0].post(base, json=new) as answer:
            kept = [secret["id"] for secret in (await answer.json())["result"]]
        clients = [Client(session, base, number, results) for number, session in enumerate(sessions)]
        for client in clients:
            client.kept = kept
        used = cpu(pid)
        start = time.monotonic() + 0.5
        running = [asyncio.ensure_future(client.run(start, start + seconds)) for client in clients]
        while not all(task.done() for task in running):
            results.memory.append(resident(pid))
            await asyncio.wait(running, timeout=min(2.0, seconds / 20))
        for task in running:
            task.result()
        results.cpu_seconds = cpu(pid) - used
    finally:
        for session in sessions:
            await session.close()
    return results


def main(arguments: list[str] | None = None) -> int:
    """The command; prints one line an operation, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serving(home, "--quiet", "--max-secrets", "10000") as program:
            token = make_token(home)
            results = asyncio.run(load(program.url, token, program.process.pid, given.seconds))
    figures = {
        "requests": sum(map(len, results.times.values())),
        "errors": len(results.errors),
        "memory_kib": [results.memory[0], results.memory[-1]],
        "cpu_ms_per_request": round(
            results.cpu_seconds * 1000 / max(1, sum(map(len, results.times.values()))), 2
        ),
        "memory_growth": round(results.growth, 3),
        "ms": {
            name: {part: round(results.percentile(name, at), 1) for part, at in _PARTS.items()}
            for name in sorted(results.times)
        },
        "passed": results.passed(),
    }
    if given.json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures, results)
    return 0 if results.passed() else 1


_PARTS = {"p50": 0.5, "p99": 0.99, "worst": 1.0}


def _print(figures: dict[str, Any], results: Results) -> None:
    for name, parts in figures["ms"].items():
        print(f"{name:8}" + "".join(f"  {part} {ms:7.1f} ms" for part, ms in parts.items()))
    first, last = figures["memory_kib"]
    print(f"{figures['requests']} requests, {figures['errors']} errors, memory {first} to {last} KiB,")
    print(f"{figures['cpu_ms_per_request']} ms of processor time a request")
    for error in results.errors[:5]:
        print(f"  {error}")
    print("within budget" if figures["passed"] else "NOT within budget")


if __name__ == "__main__":
    sys.exit(main())

"""What the gateway costs: python -m tests.gateway.load --seconds 30

Streamed requests to a provider of our own, 20 a second, each as often straight as through the gateway of
`sshim serve`, in turn: the difference of the medians is the latency that the gateway adds to the first byte.
Then 100 streams at one time, and the memory of the process meanwhile. Ends with code 1 above a budget.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from sshim.model import ACCOUNT_ID
from tests.api.load import resident
from tests.api.program import command, environ, make_token, serving
from tests.gateway.upstream import running

RATE = 20.0
STREAMS = 100
STREAM_SECONDS = 10.0
ADDED_MS = 5.0
MEMORY_MB = 80.0
KEY = "sk-first-key-0123456789"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}


@dataclass
class Results:
    """Milliseconds to the first byte, chunks of each stream, resident memory in MB, what went wrong."""

    direct: list[float] = field(default_factory=list)
    through: list[float] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)
    memory: float = 0.0
    memory_before: float = 0.0
    errors: list[str] = field(default_factory=list)

    @property
    def added(self) -> float:
        return statistics.median(self.through) - statistics.median(self.direct)

    def passed(self) -> bool:
        whole = len(self.chunks) == STREAMS and min(self.chunks) > 0.5 * max(self.chunks)
        return not self.errors and self.added <= ADDED_MS and self.memory <= MEMORY_MB and whole

    def text(self) -> str:
        lines = [
            f"first byte, p50 ms: {statistics.median(self.direct):.2f} straight, "
            f"{statistics.median(self.through):.2f} through: +{self.added:.2f} (budget {ADDED_MS:.0f})",
            f"first byte, p95 ms: {_p95(self.direct):.2f} straight, {_p95(self.through):.2f} through",
            f"{len(self.chunks)} streams of {min(self.chunks)} to {max(self.chunks)} chunks; memory "
            f"{self.memory_before:.1f} MB before, {self.memory:.1f} MB meanwhile (budget {MEMORY_MB:.0f})",
        ]
        return "\n".join([*lines, *self.errors[:10]])


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def provide(pipe: Connection) -> None:
    """A provider in a process of its own, until the pipe is closed."""
    with running() as upstream:
        pipe.send(upstream.url)
        try:
            pipe.recv()
        except EOFError:
            return


async def first_byte(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> float:
    """Milliseconds until the first byte of a streamed answer."""
    began = time.perf_counter()
    async with session.post(url, headers=headers, json=CHAT) as answer:
        assert answer.status == 200, answer.status
        await answer.content.readany()
        took = (time.perf_counter() - began) * 1000
        await answer.content.read()
    return took


async def latency(straight: str, through: str, token: str, seconds: float, results: Results) -> None:
    """Straight and through in turn, at the rate."""
    ways = [
        (f"{straight}/v1/chat/completions", {"Authorization": f"Bearer {KEY}"}, results.direct),
        (f"{through}/chat/completions", {"cf-aig-authorization": f"Bearer {token}"}, results.through),
    ]
    async with aiohttp.ClientSession() as session:
        for url, headers, _ in ways * 5:
            await first_byte(session, url, headers)
        start = time.perf_counter()
        for number in range(int(seconds * RATE)):
            await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
            for url, headers, times in ways if number % 2 else ways[::-1]:
                try:
                    times.append(await first_byte(session, url, headers))
                except (aiohttp.ClientError, AssertionError) as error:
                    results.errors.append(f"{type(error).__name__} {error}")


async def streams(through: str, token: str, pid: int, results: Results) -> None:
    """Many streams at one time."""
    headers = {"cf-aig-authorization": f"Bearer {token}"}
    results.memory_before = resident(pid) / 1024

    async def one(session: aiohttp.ClientSession) -> int:
        chunks = 0
        async with session.post(f"{through}/endless?every=0.25", headers=headers, json=CHAT) as answer:
            until = time.perf_counter() + STREAM_SECONDS
            while time.perf_counter() < until and await answer.content.readany():
                chunks += 1
        return chunks

    async def watch() -> None:
        while True:
            results.memory = max(results.memory, resident(pid) / 1024)
            await asyncio.sleep(0.2)

    watching = asyncio.ensure_future(watch())
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        results.chunks = list(await asyncio.gather(*(one(session) for _ in range(STREAMS))))
    watching.cancel()


def measure(seconds: float) -> Results:
    """All of it, against a program and a provider of its own."""
    results = Results()
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    provider = spawning.Process(target=provide, args=(theirs,), daemon=True)
    provider.start()
    theirs.close()
    straight = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serving(home, "--quiet", "--upstream", f"openai={straight}/v1") as program:
            subprocess.run(
                command("gateway", "key", "set", "openai"), input=KEY, text=True, check=True,
                env=environ(home), capture_output=True,
            )  # fmt: skip
            origin = program.ready_line.partition("gateway ")[2].partition(")")[0]
            through, token = f"{origin}/v1/{ACCOUNT_ID}/default/openai", make_token(home)
            asyncio.run(latency(straight, through, token, seconds, results))
            asyncio.run(streams(through, token, program.process.pid, results))
    ours.close()
    provider.join(5)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    results = measure(parser.parse_args().seconds)
    print(results.text())
    return 0 if results.passed() else 1


if __name__ == "__main__":
    sys.exit(main())

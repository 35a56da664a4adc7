"""Start, reload, throughput, memory and `secret create` of `sshim dev`, beside their peers."""

from __future__ import annotations

import http.client
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.load import http_load
from tests.benchmarks.process import Program, run
from tests.benchmarks.project import SSHIM, STORE_ID, Project

DEV = [*SSHIM, "dev", "--port", "0"]
_ROUNDS = 3
_SECONDS = 3.0


def port_of(line: str) -> int:
    """The port that a ready line names."""
    return int(line.partition("localhost:")[2].partition(" ")[0].strip("/").strip())


def answer(port: int, path: str = "/") -> tuple[int, str]:
    """Status and text of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def start(project: Project) -> Figure:
    """From the command to the first 200."""
    times, cpu = [], []
    for _ in range(5):
        began = time.perf_counter()
        with run(DEV, cwd=project.folder, environ=project.environ) as program:
            port = port_of(program.wait_for("Ready on"))
            assert answer(port)[0] == 200
            times.append(time.perf_counter() - began)
            cpu.append(program.cpu_seconds())
    note = f"CPU of all processes: {statistics.median(cpu):.2f} s"
    return Figure("start to first 200", "s", times, budget=0.6, at_most=True, note=note)


def reload(project: Project) -> Figure:
    """From saving the source to the first answer of the new one."""
    times = []
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        port = port_of(program.wait_for("Ready on"))
        assert answer(port)[0] == 200
        for version in range(1, 11):
            time.sleep(0.4)
            project.write_version(version)
            began = time.perf_counter()
            while answer(port, "/version")[1] != str(version):
                if time.perf_counter() - began > 10:
                    raise TimeoutError("the reload never came:\n" + "".join(program.lines))
                time.sleep(0.002)
            times.append((time.perf_counter() - began) * 1000)
    return Figure("save to new answer", "ms", times, budget=150, at_most=True)


def throughput(project: Project) -> Figure:
    """Requests a second of the secret handler over those of bare aiohttp, rounds interleaved."""
    bare_argv = [sys.executable, str(Path(__file__).with_name("bare_aiohttp.py"))]
    ratios, cpu = [], []
    with (
        run(bare_argv) as bare,
        run(DEV, cwd=project.folder, environ=project.environ) as dev,
    ):
        bare_port = int(bare.wait_for("Ready on").split()[-1])
        dev_port = port_of(dev.wait_for("Ready on"))
        http_load(bare_port, seconds=0.5)
        http_load(dev_port, seconds=0.5)
        for _ in range(_ROUNDS):
            bare_rate, bare_cpu = _rate(bare, bare_port)
            dev_rate, dev_cpu = _rate(dev, dev_port)
            ratios.append(dev_rate / bare_rate)
            cpu.append(bare_cpu / dev_cpu)
            print(
                f"  bare {bare_rate:,.0f}/s {bare_cpu * 1e6:.0f} us,"
                f" dev {dev_rate:,.0f}/s {dev_cpu * 1e6:.0f} us",
                file=sys.stderr,
            )
    note = f"by CPU per request: {statistics.median(cpu):.2f}"
    return Figure("requests/s, of bare aiohttp's", "x", ratios, budget=0.6, at_most=False, note=note)


def _rate(program: Program, port: int) -> tuple[float, float]:
    before = program.cpu_seconds()
    answered = http_load(port, seconds=_SECONDS)
    return answered.per_second, (program.cpu_seconds() - before) / answered.requests


def memory(project: Project) -> Figure:
    """Proportional memory of every process of `dev` after some requests."""
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        port = port_of(program.wait_for("Ready on"))
        http_load(port, seconds=1)
        return Figure(
            "memory of dev, all processes",
            "MB",
            [program.proportional_memory() / 1e6],
            budget=120,
            at_most=True,
        )


def create(project: Project) -> Figure:
    """CPU of `sshim secret create`, start of the interpreter included."""
    times = []
    for number in range(10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        project.sshim("secret", "create", STORE_ID, "--name", f"n{number}", "--scopes", "workers", value="v")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return Figure("secret create", "ms CPU", times, budget=100, at_most=True)


def interpreter(project: Project) -> Figure:
    """CPU of an interpreter that does nothing, for comparison."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", ""], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return Figure("(an interpreter that does nothing)", "ms CPU", times)


ALL: dict[str, Callable[[Project], Figure]] = {
    "start": start,
    "reload": reload,
    "throughput": throughput,
    "memory": memory,
    "create": create,
    "interpreter": interpreter,
}

"""`python -m tests.postgres [--seconds S] [--write]`: what one shared database carries, and what limits it.

A private server with its usual durability, 1, 10 and 100 clients on it directly and through PgBouncer, then
10,000 secrets in 50 stores. `--write` puts the tables into the guide of `examples/team_store`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NamedTuple

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.control.reader import Reader
from sshim.model import SecretValue, new_secret
from sshim.store.open import StoreOptions, open_store
from tests.postgres import crowd
from tests.postgres.cluster import Cluster, running
from tests.postgres.load import ACTOR, opened, options_at
from tests.postgres.pooler import pooler_program, pooling

GUIDE = Path(__file__).parents[2] / "examples" / "team_store" / "README.md"
START, END = "<!-- from python -m tests.postgres --write -->\n", "<!-- end of the tables -->"
CLIENTS = (1, 10, 100)
STORES, SECRETS = 50, 10_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.postgres", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each job of a crowd runs")
    parser.add_argument("--write", action="store_true", help="put the tables into the guide")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(fsync="on", max_connections="500", shared_buffers="128MB") as cluster,
    ):
        lines = []
        for line in _lines(cluster, Path(folder), args.seconds):
            print(line, flush=True)
            lines.append(line)
    found = "\n".join(lines)
    if args.write:
        before, start, rest = GUIDE.read_text(encoding="utf-8").partition(START)
        _, end, after = rest.partition(END)
        assert start and end, f"{GUIDE} has no place for the tables"
        GUIDE.write_text(f"{before}{start}\n{found}\n\n{end}{after}", encoding="utf-8")


def _lines(cluster: Cluster, folder: Path, seconds: float) -> Iterator[str]:
    (version,) = cluster.sql("SHOW server_version")[0]
    load = f"{os.getloadavg()[0]:.0f}"
    yield f"PostgreSQL {version}, {os.cpu_count()} cores, which other programs used too: a load of {load}."
    yield ""
    yield from _crowds(cluster, folder, seconds)
    yield ""
    yield from _many(cluster, folder)


def _crowds(cluster: Cluster, folder: Path, seconds: float) -> Iterator[str]:
    yield "| clients | reads/s | one read | commands/s | changes/s | a change, p50, p99 | arrival, p50, p99 |"
    yield "|---|---|---|---|---|---|---|"
    for clients in CLIENTS:
        yield _row(f"{clients}", options_at(cluster.url(f"direct{clients}"), folder), clients, seconds)
    if pooler_program() is not None:
        with pooling(cluster, size=10) as port:
            for clients in CLIENTS:
                url = cluster.url(f"pooled{clients}", port=port)
                yield _row(f"{clients}, PgBouncer", options_at(url, folder), clients, seconds)


def _row(name: str, options: StoreOptions, clients: int, seconds: float) -> str:
    plane = opened(options, create=True)
    store = plane.create_store("main").id
    names = ["NEWS", *(f"N{number}" for number in range(min(clients, 99)))]
    plane.create_secrets(store, [new_secret(each, "0", ("workers",)) for each in names])
    plane.close()

    def measured(job: crowd.Job) -> crowd.Gathered:
        return crowd.gather(crowd.Task(job, options, store, clients, seconds))

    reads, opens, writes = (_Times.of(measured(job)) for job in (crowd.reads, crowd.openings, crowd.writes))
    news = _Times.of(_arrivals(options, store, clients, seconds))
    return (
        f"| {name} | {reads.rate:,.0f} | {reads.p50 * 1e6:.1f} µs | {opens.rate:,.0f} | {writes.rate:,.0f} "
        f"| {writes.p50 * 1e3:.0f}, {writes.p99 * 1e3:.0f} ms "
        f"| {news.p50 * 1e3:.1f}, {news.p99 * 1e3:.1f} ms |"
    )


class _Times(NamedTuple):
    rate: float
    p50: float
    p99: float

    @classmethod
    def of(cls, found: crowd.Gathered) -> _Times:
        every = sorted(each for one in found.measured for each in one)
        return cls(len(every) / found.seconds, every[len(every) // 2], every[int(len(every) * 0.99)])


def _arrivals(options: StoreOptions, store: str, clients: int, seconds: float) -> crowd.Gathered:
    answered: dict[float, float] = {}
    plane = opened(options)
    secret = plane.find_secret(store, "NEWS")

    def change(over: Event) -> None:
        for number in range(1, int(seconds * 5) + 1):
            plane.update_secret(store, secret.id, value=SecretValue(str(number)))
            answered[number] = time.monotonic()
            time.sleep(0.2)
        time.sleep(1.0)

    found = crowd.gather(crowd.Task(crowd.arrivals, options, store, clients, seconds), change)
    plane.close()
    late = [
        [max(0.0, moment - answered[number]) for number, moment in zip(one[::2], one[1::2], strict=True)]
        for one in found.measured
    ]
    return crowd.Gathered(late, found.seconds)


def _many(cluster: Cluster, folder: Path) -> Iterator[str]:
    options = options_at(cluster.url("many"), folder)
    opened(options, create=True).close()
    plane = ControlPlane(open_store(options), actor=ACTOR, limits=Limits(stores=STORES, secrets=SECRETS))
    began = time.perf_counter()
    stores = [plane.create_store(f"store_{number}").id for number in range(STORES)]
    for store in stores:
        names = [f"N{number}" for number in range(SECRETS // STORES)]
        for at in range(0, len(names), 100):
            some = [new_secret(name, "value", ("workers",)) for name in names[at : at + 100]]
            plane.create_secrets(store, some)
    filled = time.perf_counter() - began
    reader = plane.reader(worker=None, environment=None)
    for _ in range(50):
        reader.read_now(stores[0], "N0", "workers")
    secret = plane.find_secret(stores[0], "N0")

    def opening() -> None:
        other = opened(options)
        one = other.reader(worker=None, environment=None)
        one.read_now(stores[-1], "N0", "workers")
        one.close()
        other.close()

    def arrival() -> float:
        value = str(time.perf_counter())
        plane.update_secret(stores[0], secret.id, value=SecretValue(value))
        began = time.perf_counter()
        while reader.read_now(stores[0], "N0", "workers").reveal() != value:
            time.sleep(0.0005)
        return time.perf_counter() - began

    def change() -> None:
        plane.update_secret(stores[0], secret.id, comment=str(time.perf_counter()))

    yield f"| {SECRETS:,} secrets in {STORES} stores | |"
    yield "|---|---|"
    yield f"| made, 100 at a time | {SECRETS / filled:,.0f} secrets/s |"
    yield f"| 1,000 reads, nothing changed | {_median(lambda: _reads(reader, stores[0]))} |"
    yield f"| a command: connect, prove all of it, read one | {_median(opening)} |"
    yield f"| one change | {_median(change)} |"
    yield f"| arrival of a change elsewhere | {statistics.median(arrival() for _ in range(9)) * 1e3:.0f} ms |"
    yield f"| size in the database | {_size(cluster):.0f} MB |"
    reader.close()
    plane.close()


def _reads(reader: Reader, store: str) -> None:
    for _ in range(1000):
        reader.read_now(store, "N0", "workers")


def _median(job: Callable[[], None]) -> str:
    """Wall time of a job, and the time of this client's processor in it."""
    taken = []
    for _ in range(9):
        began, busy = time.perf_counter(), time.process_time()
        job()
        taken.append((time.perf_counter() - began, time.process_time() - busy))
    wall, busy = (statistics.median(each) * 1e3 for each in zip(*taken, strict=True))
    return f"{wall:.3g} ms, {busy:.3g} ms of the client's processor"


def _size(cluster: Cluster) -> float:
    found = cluster.sql(
        "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class "
        "WHERE relnamespace = 'many'::regnamespace AND relkind = 'r'"
    )
    return int(str(found[0][0])) / 1e6


if __name__ == "__main__":
    main()

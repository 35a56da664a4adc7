"""Many clients of one store at once, over a few processes: what each job measures in one client."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from typing import Any, NamedTuple

from sshim.model import SecretValue
from sshim.store.open import StoreOptions
from tests.postgres.load import opened, read_once

PROCESSES = 10
_PATIENCE = 300.0


Job = Callable[["Client"], list[float]]


class Task(NamedTuple):
    """What a crowd does: `job` in each client, for `seconds`, on secrets `N0`, `N1`, … of a store."""

    job: Job
    options: StoreOptions
    store_id: str
    clients: int
    seconds: float


class Client(NamedTuple):
    """One of a crowd. `begin` lets all of them start together; `over` is set when the measuring ends."""

    task: Task
    number: int
    begin: Barrier
    over: Event

    @property
    def name(self) -> str:
        """The secret that this client changes: its own, as far as the quota of 100 goes."""
        return f"N{self.number % 99}"


class Gathered(NamedTuple):
    """What the job measured in each client, and how many seconds it took until the last one was through."""

    measured: list[list[float]]
    seconds: float


def gather(task: Task, meanwhile: Callable[[Event], None] | None = None) -> Gathered:
    """Runs a crowd; `meanwhile` runs here once all have begun."""
    context = multiprocessing.get_context("spawn")
    begin, over, results = context.Barrier(task.clients + 1), context.Event(), context.Queue()
    processes = [
        context.Process(
            target=_host, args=(task, range(first, task.clients, PROCESSES), begin, over, results)
        )
        for first in range(min(PROCESSES, task.clients))
    ]
    for process in processes:
        process.start()
    try:
        begin.wait(_PATIENCE)
        began = time.perf_counter()
        if meanwhile is None:
            time.sleep(task.seconds)
        else:
            meanwhile(over)
        over.set()
        found = [results.get(timeout=_PATIENCE) for _ in range(task.clients)]
        took = time.perf_counter() - began
    finally:
        over.set()
        for process in processes:
            process.join(30)
            process.kill()
    for each in found:
        if isinstance(each, str):
            raise RuntimeError(each)
    return Gathered(found, took)


def _host(task: Task, numbers: range, begin: Barrier, over: Event, results: Queue[Any]) -> None:
    def run(number: int) -> None:
        try:
            results.put(task.job(Client(task, number, begin, over)))
        except BaseException as error:
            begin.abort()
            results.put(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def reads(client: Client) -> list[float]:
    """Seconds of each `get()` of an unchanged store."""
    plane = opened(client.task.options)
    reader = plane.reader(worker=None, environment=None)
    for _ in range(50):  # until the watch has taken over
        reader.read_now(client.task.store_id, client.name, "workers")
    client.begin.wait(_PATIENCE)
    found = []
    while not client.over.is_set():
        began = time.perf_counter()
        for _ in range(100):
            reader.read_now(client.task.store_id, client.name, "workers")
        found += [(time.perf_counter() - began) / 100] * 100
    reader.close()
    plane.close()
    return found


def writes(client: Client) -> list[float]:
    """Seconds of each change of the client's own secret."""
    plane = opened(client.task.options)
    secret = plane.find_secret(client.task.store_id, client.name)
    client.begin.wait(_PATIENCE)
    found = []
    while not client.over.is_set():
        began = time.perf_counter()
        plane.update_secret(client.task.store_id, secret.id, value=SecretValue(str(began)))
        found.append(time.perf_counter() - began)
    plane.close()
    return found


def openings(client: Client) -> list[float]:
    """Seconds that a command needs to connect, prove the store and read one value."""
    client.begin.wait(_PATIENCE)
    found = []
    while not client.over.is_set():
        began = time.perf_counter()
        read_once(client.task.options, client.task.store_id, client.name)
        found.append(time.perf_counter() - began)
    return found


def arrivals(client: Client) -> list[float]:
    """For each change of the secret `NEWS` that is seen here its value, a number, and the moment when `get()`
    first gave it, by the clock that all processes share."""
    plane = opened(client.task.options)
    reader = plane.reader(worker=None, environment=None)
    pause = 0.001 * max(1, client.task.clients // 10)
    seen: list[float] = []

    def look() -> str:
        return reader.read_now(client.task.store_id, "NEWS", "workers").reveal()

    for _ in range(50):
        last = look()
    client.begin.wait(_PATIENCE)
    while not client.over.is_set():
        if (now := look()) != last:
            seen += [float(now), time.monotonic()]
            last = now
        time.sleep(pause)
    reader.close()
    plane.close()
    return seen

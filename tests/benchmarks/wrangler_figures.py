"""The same jobs done by wrangler, rounds interleaved, as ratios of its time, rate or memory."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.load import http_load
from tests.benchmarks.main_figures import DEV, answer, port_of
from tests.benchmarks.process import Program, run
from tests.benchmarks.project import STORE_ID, Project
from tests.benchmarks.wrangler import Wrangler, find_modules, make_wrangler

_ROUNDS = 3


@functools.cache
def _peer(folder: Path) -> Wrangler:
    modules = find_modules()
    if modules is None:
        raise LookupError("no wrangler: `npm install wrangler`, and SSHIM_NODE_MODULES=…/node_modules")
    return make_wrangler(folder / "wrangler", modules)


@contextmanager
def _our_dev(project: Project) -> Iterator[tuple[Program, int]]:
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        yield program, port_of(program.wait_for("Ready on"))


@contextmanager
def _both(project: Project) -> Iterator[tuple[tuple[Program, int], tuple[Program, int]]]:
    """Ours and theirs, program and port, when both have answered."""
    with _our_dev(project) as ours, _peer(project.folder.parent).dev() as theirs:
        for _, port in (ours, theirs):
            _until(port, "/", "the value")
        yield ours, theirs


def _until(port: int, path: str, wanted: str) -> None:
    """Asks until the answer is `wanted`."""
    ends = time.perf_counter() + 60
    while True:
        try:
            if answer(port, path) == (200, wanted):
                return
        except OSError:
            pass
        if time.perf_counter() > ends:
            raise TimeoutError(f"{path} never answered {wanted!r}")
        time.sleep(0.002)


def _ratios(name: str, ours: Callable[[], float], theirs: Callable[[], float], **more: object) -> Figure:
    pairs = [(ours(), theirs()) for _ in range(_ROUNDS)]
    for mine, peer in pairs:
        print(f"  {name}: {mine:.3g} against {peer:.3g}", file=sys.stderr)
    unit = str(more.pop("unit", "x"))
    return Figure(name, unit, [mine / peer for mine, peer in pairs], **more)  # type: ignore[arg-type]


def start(project: Project) -> Figure:
    """From the command to the first answer."""
    peer = _peer(project.folder.parent)

    def ours() -> float:
        began = time.perf_counter()
        with _our_dev(project) as (_, port):
            _until(port, "/", "the value")
            return time.perf_counter() - began

    def theirs() -> float:
        began = time.perf_counter()
        with peer.dev() as (_, port):
            _until(port, "/", "the value")
            return time.perf_counter() - began

    return _ratios("start, of wrangler dev's", ours, theirs, budget=0.35)


def reload(project: Project) -> Figure:
    """From saving the source to the first answer of the new one."""
    peer = _peer(project.folder.parent)
    with _both(project) as ((_, our_port), (_, their_port)):
        version = 0

        def saved(write: Callable[[int], None], port: int) -> float:
            nonlocal version
            version += 1
            time.sleep(1)  # both watch again by then
            began = time.perf_counter()
            write(version)
            _until(port, "/version", str(version))
            return time.perf_counter() - began

        return _ratios(
            "save to new answer, of wrangler dev's",
            lambda: saved(project.write_version, our_port),
            lambda: saved(peer.write_version, their_port),
            budget=0.25,
        )


def throughput(project: Project) -> Figure:
    """Requests a second of the secret handler."""
    with _both(project) as ((_, our_port), (_, their_port)):
        http_load(their_port, seconds=1)
        return _ratios(
            "requests/s, of wrangler dev's",
            lambda: http_load(our_port, seconds=2).per_second,
            lambda: http_load(their_port, seconds=2).per_second,
            budget=20,
            at_most=False,
        )


def memory(project: Project) -> Figure:
    """Proportional memory of all processes after some requests."""
    with _both(project) as ((our_program, our_port), (their_program, their_port)):
        http_load(our_port, seconds=1)
        http_load(their_port, seconds=1)
        return _ratios(
            "memory, of wrangler dev's",
            our_program.proportional_memory,
            their_program.proportional_memory,
            budget=0.25,
        )


def create(project: Project) -> Figure:
    """Wall time of creating a secret."""
    peer = _peer(project.folder.parent)
    count = iter(range(1_000))

    def ours() -> float:
        name = f"w{next(count)}"
        began = time.perf_counter()
        project.sshim("secret", "create", STORE_ID, "--name", name, "--scopes", "workers", value="v")
        return time.perf_counter() - began

    def theirs() -> float:
        command = ("secrets-store", "secret", "create", STORE_ID, "--name", f"w{next(count)}")
        began = time.perf_counter()
        peer.call(*command, "--value", "v", "--scopes", "workers")
        return time.perf_counter() - began

    return _ratios("secret create, of wrangler's", ours, theirs, budget=0.1)


def list_secrets(project: Project) -> Figure:
    """Wall time of listing the secrets of a store."""
    peer = _peer(project.folder.parent)

    def timed(call: Callable[..., str], *args: str) -> float:
        began = time.perf_counter()
        call(*args)
        return time.perf_counter() - began

    return _ratios(
        "secret list, of wrangler's",
        lambda: timed(project.sshim, "secret", "list", STORE_ID),
        lambda: timed(peer.call, "secrets-store", "secret", "list", STORE_ID),
        budget=0.1,
    )


ALL: dict[str, Callable[[Project], Figure]] = {
    "wrangler-start": start,
    "wrangler-reload": reload,
    "wrangler-throughput": throughput,
    "wrangler-memory": memory,
    "wrangler-create": create,
    "wrangler-list": list_secrets,
}

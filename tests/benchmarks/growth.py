"""How costs grow: with the secrets in a store, the bindings, the source files, the connections."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.account import Account
from tests.benchmarks.figures import Curve
from tests.benchmarks.load import http_load
from tests.benchmarks.main_figures import DEV, answer, port_of
from tests.benchmarks.process import run
from tests.benchmarks.project import CONFIG, Project

_SECRETS = (1, 10, 100, 1_000, 10_000)


def secrets(project: Project) -> list[Curve]:
    """Opening a store, then reading, listing and creating, with ever more secrets in it; wall time."""
    with tempfile.TemporaryDirectory() as folder:
        account = Account(Path(folder))
        curves = [
            Curve("open and read one", "secrets", "ms", []),
            Curve("get() of an unchanged store", "secrets", "µs", []),
            Curve("get() after a change", "secrets", "ms", []),
            Curve("list", "secrets", "ms", []),
            Curve("create one", "secrets", "ms", []),
        ]
        measures = (
            account.open_and_read,
            account.read,
            account.read_changed,
            account.list,
            account.create,
        )
        for size in _SECRETS:
            account.fill(size)
            for curve, measure in zip(curves, measures, strict=True):
                taken = statistics.median(measure() for _ in range(5))
                curve.points.append((size, taken * (1e6 if curve.unit == "µs" else 1e3)))
        account.close()
    return curves


def bindings(project: Project) -> list[Curve]:
    """From the command to the first 200, with ever more bindings in the configuration."""
    config = project.folder / "wrangler.toml"
    entry = CONFIG[CONFIG.index("[[") :]
    points = []
    try:
        for count in (1, 10, 50, 200):
            config.write_text(
                CONFIG + "".join(entry.replace('"SECRET"', f'"SECRET_{n}"') for n in range(1, count))
            )
            points.append((count, statistics.median(_started(project) for _ in range(3))))
    finally:
        config.write_text(CONFIG)
    return [Curve("start to first 200", "bindings", "s", points)]


def files(project: Project) -> list[Curve]:
    """Start, and reload after saving the entry, with ever more modules that it imports."""
    folder = project.source.parent / "many"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    project.write_version(0)  # whatever was measured before has left another
    entry = project.source.read_text()
    starts, reloads = [], []
    try:
        for count in (1, 10, 100, 500):
            for number in range(count):
                (folder / f"part_{number}.py").write_text(f"def value():\n    return {number}\n" * 20)
            imports = "".join(f"import many.part_{number}\n" for number in range(count))
            project.source.write_text(imports + entry)
            starts.append((count, statistics.median(_started(project) for _ in range(3))))
            reloads.append((count, _reload(project, imports + entry)))
    finally:
        project.write_version(0)
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
    return [
        Curve("start to first 200", "source files", "s", starts),
        Curve("save to new answer", "source files", "ms", _scaled(reloads, 1e3)),
    ]


def connections(project: Project) -> list[Curve]:
    """Requests a second from ever more connections that each ask without a pause."""
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        port = port_of(program.wait_for("Ready on"))
        http_load(port, seconds=0.5)
        points = [
            (count, http_load(port, seconds=2, connections=count).per_second) for count in (1, 4, 16, 64, 256)
        ]
    return [Curve("requests/s", "connections", "/s", points)]


def _started(project: Project) -> float:
    began = time.perf_counter()
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        assert answer(port_of(program.wait_for("Ready on")))[0] == 200
        return time.perf_counter() - began


def _reload(project: Project, source: str) -> float:
    times = []
    with run(DEV, cwd=project.folder, environ=project.environ) as program:
        port = port_of(program.wait_for("Ready on"))
        for version in range(1, 6):
            time.sleep(0.5)
            began = time.perf_counter()
            project.source.write_text(source.replace("VERSION = 0", f"VERSION = {version}"))
            while answer(port, "/version")[1] != str(version):
                if time.perf_counter() - began > 30:
                    raise TimeoutError("the reload never came:\n" + "".join(program.lines))
                time.sleep(0.002)
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def _scaled(points: list[tuple[int, float]], by: float) -> list[tuple[int, float]]:
    return [(size, value * by) for size, value in points]


ALL: dict[str, Callable[[Project], list[Curve]]] = {
    "growth-secrets": secrets,
    "growth-bindings": bindings,
    "growth-files": files,
    "growth-connections": connections,
}

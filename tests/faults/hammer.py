"""Many processes on one store: counters, pairs that change together, a rotation of the key in between.

`python -m tests.faults.hammer ROOT NUMBER SECONDS` is one writer; `run` starts them and judges the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from sshim.control.secrets import put_value
from sshim.model import SecretValue, new_secret
from sshim.store.rows import secret_of
from sshim.store.schema import SECRETS
from tests.faults.scene import SCOPES, STORE, Scene
from tests.faults.tally import Tally

SHARED = ("COUNTER", "PAIR_A", "PAIR_B")


def work(scene: Scene, number: int, seconds: float) -> dict[str, float]:
    """Commits until the time is up: alternately through the one door, and reading and writing the shared
    counter in one change. The longest wait is that of the slowest commit."""
    plane = scene.plane(create=False)
    own = plane.find_secret(STORE, f"OWN_{number}").id
    ids = {secret.name: secret.id for secret in plane.list_secrets(STORE)}
    done = shared = 0
    waits = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        if done % 2:
            plane.update_secret(STORE, own, value=SecretValue(f"own {done}"))
        else:
            with plane.store.change() as draft:
                count = int(draft.unseal(ids["COUNTER"])) + 1
                for name in SHARED:
                    row = draft.tables[SECRETS.name][ids[name]]
                    secret = secret_of(row)._replace(version=row[8] + 1)
                    put_value(draft, secret, SecretValue(str(count)))
            shared += 1
        waits.append(time.perf_counter() - started)
        done += 1
    plane.close()
    waits.sort()
    return {"done": done, "shared": shared, "longest": waits[-1], "p50": waits[len(waits) // 2]}


def watch(scene: Scene, end: float, tally: Tally) -> None:
    """Reads meanwhile: what changes together is seen together."""
    plane = scene.plane(create=False)
    reader = plane.reader(worker="w", environment=None)
    waits = []
    last = 0
    while time.monotonic() < end:
        started = time.perf_counter()
        value = int(reader.read_now(STORE, "COUNTER", "workers").reveal())
        waits.append(time.perf_counter() - started)
        if value < last:
            tally.failed(f"the counter went back from {last} to {value}")
        last = value
        state = plane.store.state()
        assert state is not None
        rows = [row for row in state.tables[SECRETS.name].values() if row[2] in SHARED]
        if len({row[8] for row in rows}) != 1:
            tally.failed(f"a mixed state was seen: {[(row[2], row[8]) for row in rows]}")
        time.sleep(0.002)
    reader.close()
    plane.close()
    waits.sort()
    tally.notes["reader p99 ms"] = round(waits[int(len(waits) * 0.99)] * 1000, 2)


def run(root: Path, *, writers: int, seconds: float, rotate: bool = True) -> Tally:
    """Starts the writers, reads and rotates meanwhile, then counts."""
    tally = Tally(f"{writers} processes")
    scene = Scene(root)
    plane = scene.plane()
    plane.create_store(STORE, store_id=STORE)
    names = [f"OWN_{n}" for n in range(writers)]
    plane.create_secrets(STORE, [new_secret(name, "own", SCOPES) for name in names])
    plane.create_secrets(STORE, [new_secret(name, "0", SCOPES) for name in SHARED])
    plane.close()
    command = [sys.executable, "-m", "tests.faults.hammer", str(root)]
    processes = [
        subprocess.Popen([*command, str(n), str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(writers)
    ]
    if rotate:
        time.sleep(seconds / 2)
        care = scene.care()
        care.rotate_key()
        care.close()
    watch(scene, time.monotonic() + seconds / 2, tally)
    results = []
    for process in processes:
        out, err = process.communicate(timeout=seconds + 300)
        if process.returncode:
            tally.failed(f"a writer ended with {process.returncode}: {err.decode()[-300:]}")
        else:
            results.append(json.loads(out))
    _judge(scene, results, tally)
    done = [result["done"] for result in results]
    tally.tries = int(sum(done))
    tally.notes["commits/s"] = round(sum(done) / seconds)
    tally.notes["longest wait ms"] = round(max(result["longest"] for result in results) * 1000)
    tally.notes["p50 ms"] = round(sum(result["p50"] for result in results) / len(results) * 1000, 2)
    tally.notes["least/most share"] = round(min(done) / max(done), 2)
    return tally


def _judge(scene: Scene, results: list[dict[str, float]], tally: Tally) -> None:
    found = scene.look(thoroughly=True)
    assert found is not None
    shared = int(sum(result["shared"] for result in results))
    counted = {name: found.values[(STORE, name)] for name in SHARED}
    if set(counted.values()) != {str(shared)}:
        tally.failed(f"{shared} shared changes were acknowledged, the counters say {counted}")
    plane = scene.plane(create=False)
    own = int(sum(result["done"] - result["shared"] for result in results))
    versions = {secret.name: secret.version - 1 for secret in plane.list_secrets(STORE)}
    if sum(v for name, v in versions.items() if name not in SHARED) != own:
        tally.failed(f"{own} own changes were acknowledged, the versions say {versions}")
    records = len(plane.audit(action="update", resource_type="secret"))
    if records != own:
        tally.failed(f"{own} recorded changes were acknowledged, the audit log has {records}")
    plane.close()


if __name__ == "__main__":
    print(json.dumps(work(Scene(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3]))))

"""All fault tests as one program, with a line of figures for each.

python -m tests.faults            what CI runs, in about two minutes
python -m tests.faults --long     what a release is worth, in about an hour and a half
python -m tests.faults NAME ...   only these
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import canary, damage, full, hammer, mutants, power, race, refusal
from tests.faults.tally import Tally

Run = Callable[[Path, bool], Tally]


def _kill(root: Path, long: bool) -> Tally:
    command = [sys.executable, "-m", "tests.faults.kill", str(root), "10000" if long else "300", "11"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Tally(**json.loads(done.stdout))


def _refusal(root: Path, long: bool) -> Tally:
    with pytest.MonkeyPatch.context() as patch:
        return refusal.run(root, patch, share=1.0 if long else 0.2)


def _full(root: Path, long: bool) -> Tally:
    try:
        return full.run(root, tries=1000 if long else 80)
    except OSError as error:
        tally = Tally("full disk", notes={"skipped": str(error)})
        if os.environ.get("CI") == "true":
            tally.failed("no small file system can be mounted")
        return tally


def _eight(root: Path, long: bool) -> Tally:
    """With the figures that a release must reach; CI asks for none, since other work may slow it down."""
    tally = hammer.run(root, writers=8, seconds=30 if long else 3)
    for name, least, most in (
        ("commits/s", 300, None),
        ("longest wait ms", None, 1000),
        ("least/most share", 0.5, None),
        ("reader p99 ms", None, 5),
    ):
        found = float(str(tally.notes[name]))
        if long and ((least is not None and found < least) or (most is not None and found > most)):
            tally.failed(f"{name}: {found}")
    return tally


def _model(root: Path, long: bool) -> Tally:
    """The state machine by steps: each example has at most 40."""
    from hypothesis import settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.faults.test_model import SHORT, StoreModel

    examples = 2500 if long else 60
    tally = Tally("model", tries=examples * 40)
    try:
        run_state_machine_as_test(StoreModel, settings=settings(SHORT, max_examples=examples, database=None))
    except Exception as error:
        tally.failed(f"{type(error).__name__}: {error}")
    return tally


RUNS: dict[str, Run] = {
    "power": lambda root, long: power.run(root, states=100_000 if long else 2000),
    "kill": _kill,
    "flips": lambda root, long: damage.run_flips(root, step=1 if long else 61, count=2 if long else 1),
    "blocks": lambda root, long: damage.run_blocks(root, share=1.0 if long else 0.4),
    "mixes": lambda root, long: damage.run_mixes(root, tries=20_000 if long else 300),
    "verify": lambda root, long: damage.run_verify(root, step=7 if long else 173),
    "model": _model,
    "processes-2": lambda root, long: hammer.run(root, writers=2, seconds=30 if long else 3),
    "processes-8": _eight,
    "processes-32": lambda root, long: hammer.run(root, writers=32, seconds=30 if long else 3),
    "race": lambda root, long: race.run(root, tries=10_000 if long else 1500),
    "full": _full,
    "refusal": _refusal,
    "canary": lambda root, long: canary.run(root),
    "mutants": lambda root, long: mutants.run(root) if long else mutants.look(),
}


def main(arguments: list[str]) -> int:
    """Runs what is asked for; 1 when anything failed."""
    long = "--long" in arguments
    chosen = [name for name in arguments if name != "--long"] or list(RUNS)
    failed = False
    for name in chosen:
        # what waits for a disk is measured on one, the rest where syncing is free
        base = None if name.startswith("processes") else _memory()
        root = Path(tempfile.mkdtemp(prefix="sshim-faults-", dir=base))
        started = time.monotonic()
        tally = RUNS[name](root, long)
        shutil.rmtree(root, ignore_errors=True)
        print(f"{name}: {tally.line()} in {time.monotonic() - started:.0f} s", flush=True)
        for failure in tally.failures[:10]:
            print(f"    {failure}", flush=True)
        failed |= bool(tally.failures)
    return int(failed)


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

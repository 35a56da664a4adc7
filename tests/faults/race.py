"""Somebody keeps putting a link where our new file will be: we refuse or win, and never write through it."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from sshim.errors import SshimError
from sshim.store.disk import Disk
from tests.faults.tally import Tally

PRECIOUS = b"precious"


def run(root: Path, *, tries: int) -> Tally:
    """At least `tries` files, and until either side has won once."""
    tally = Tally("race for a name", notes={"made": 0, "refused": 0})
    victim, target = root / "victim", root / "fresh"
    victim.write_bytes(PRECIOUS)
    stop = threading.Event()

    def racer() -> None:
        while not stop.is_set():
            with contextlib.suppress(FileExistsError):
                target.symlink_to(victim)
            target.unlink(missing_ok=True)

    thread = threading.Thread(target=racer)
    thread.start()
    try:
        # on a busy machine one side may run for long before the other gets its turn
        while tally.tries < tries or (tally.tries < 1_000_000 and not all(tally.notes.values())):
            tally.tries += 1
            try:
                Disk().create(target, b"ours")
                tally.count("made")
            except (FileExistsError, SshimError):
                tally.count("refused")
    finally:
        stop.set()
        thread.join()
    if victim.read_bytes() != PRECIOUS:
        tally.failed("our file was written through the link")
    return tally

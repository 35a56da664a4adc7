"""`sshim store copy` or its database is killed: the target has the whole store or none, and it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sshim.control import ControlPlane
from sshim.control.desk import Limits
from sshim.model import new_secret
from sshim.store.care import StoreCare
from sshim.store.copying import copy_store
from sshim.store.open import StoreOptions, open_store
from tests.postgres.cluster import Cluster
from tests.postgres.load import ACTOR, opened, options_at, read_once

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
SECRETS = 700
COPY = """
import sys
from pathlib import Path
from sshim.store.copying import copy_store
from tests.postgres.load import options_at
shared = options_at(sys.argv[1], Path(sys.argv[2]))
source, target = shared, shared._replace(url=None, home=Path(sys.argv[2]) / sys.argv[4])
if sys.argv[3] == "to a database":
    source, target = target, source
print("begins", flush=True)
copy_store(source, target)
"""


def fill(options: StoreOptions) -> str:
    """A store of many secrets, and its id."""
    plane = ControlPlane(
        open_store(options._replace(create=True)), actor=ACTOR, limits=Limits(secrets=SECRETS)
    )
    store = plane.create_store("main").id
    plane.create_secrets(store, [new_secret(f"N{n}", f"value {n}", ("workers",)) for n in range(SECRETS)])
    plane.close()
    return store


def is_there(options: StoreOptions) -> bool:
    """Whether the target has a store; if it does, it is whole."""
    store = open_store(options)
    state = store.state()
    store.forget()
    if state is None:
        return False
    assert len(state.tables["secrets"]) == SECRETS
    return True


@pytest.mark.parametrize("way", ["to a database", "to a folder"])
def test_a_copy_that_is_killed_is_whole_or_not_there_and_goes_on(
    tmp_path: Path, fresh_url: Callable[[], str], way: str
) -> None:
    shared = options_at(fresh_url(), tmp_path)
    folder = shared._replace(url=None, home=tmp_path / "folder")
    source, target = (folder, shared) if way == "to a database" else (shared, folder)
    store = fill(source)
    for turn in range(4):
        argv = [sys.executable, "-c", COPY, str(shared.url), str(tmp_path), way, "folder"]
        copying = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        assert copying.stdout is not None and copying.stdout.readline() == "begins\n"
        time.sleep(0.06 * turn)
        copying.send_signal(signal.SIGKILL)
        copying.wait(30)
        copying.stdout.close()
        is_there(target)
    assert copy_store(source, target).secrets == SECRETS
    assert is_there(target)
    assert read_once(target, store, f"N{SECRETS - 1}") == f"value {SECRETS - 1}"
    assert StoreCare(target, actor=ACTOR).verify(deep=True).ok


def test_a_copy_whose_database_is_killed_says_so_and_goes_on(own_cluster: Cluster, tmp_path: Path) -> None:
    shared = options_at(own_cluster.url(), tmp_path)
    folder = shared._replace(url=None, home=tmp_path / "folder")
    fill(folder)
    argv = [sys.executable, "-c", COPY, str(shared.url), str(tmp_path), "to a database", "folder"]
    for turn in range(3):
        with subprocess.Popen(
            argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as copying:
            assert copying.stdout is not None and copying.stdout.readline() == "begins\n"
            time.sleep(0.1 * turn)
            own_cluster.kill()
            _, said = copying.communicate(timeout=300)
        own_cluster.start()
        if copying.returncode:
            assert said.splitlines()[-1].startswith("sshim.errors.StoreUnavailable: "), said
        is_there(shared)
    assert copy_store(folder, shared).secrets == SECRETS
    assert is_there(shared)
    opened(shared).close()

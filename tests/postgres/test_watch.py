"""Changes arrive at once, and a pooler that passes no notifications on is noticed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sshim.control.reader import Reader
from sshim.model import SecretValue, new_secret
from sshim.store.postgres import PostgresBackend
from sshim.store.postgres_connection import ANSWER_SECONDS
from sshim.store.postgres_url import read_url
from tests.postgres.cluster import Cluster
from tests.postgres.load import opened, options_at
from tests.postgres.pooler import pooler_program, pooling
from tests.settling import PATIENCE

pytestmark = pytest.mark.postgres


def until(reader: Reader, store_id: str, value: str) -> None:
    """Waits until the reader gives the value."""
    began = time.monotonic()
    while reader.read_now(store_id, "KEY", "workers").reveal() != value:
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.0005)


def all_arrive(url: str, folder: Path, turns: int) -> None:
    """Each of some changes arrives at another's reader."""
    plane = opened(options_at(url, folder), create=True)
    store = plane.create_store("main")
    secret = plane.create_secrets(store.id, [new_secret("KEY", "start", ("workers",))])[0]
    other = opened(options_at(url, folder))
    reader = other.reader(worker=None, environment=None)
    until(reader, store.id, "start")
    for turn in range(turns):
        plane.update_secret(store.id, secret.id, value=SecretValue(str(turn)))
        until(reader, store.id, str(turn))
    reader.close()
    other.close()
    plane.close()


def test_a_change_is_announced_and_not_only_found_by_asking(
    tmp_path: Path, fresh_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshim.store.postgres_watch.BEAT", 10 * PATIENCE)  # what is asked for comes too late
    all_arrive(fresh_url(), tmp_path, 20)


def test_what_a_transaction_saw_does_not_hide_what_was_announced_during_it(
    tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    plane = opened(options_at(url, tmp_path), create=True)
    backend = PostgresBackend(read_url(url), watched=True)
    before = backend.version()
    with backend.read():
        plane.create_store("main")
        began = time.monotonic()
        while backend.version() == before:
            assert time.monotonic() - began < 30
            time.sleep(0.0005)
    assert backend.version() != before
    backend.close()
    plane.close()


def require_pooler() -> None:
    """Skips the test when there is no PgBouncer; fails it in CI."""
    if pooler_program() is None:
        reason = "PgBouncer is not installed (apt-get install pgbouncer)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def test_through_a_pooler_changes_are_asked_for_and_status_says_so(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    require_pooler()
    schema = fresh_url().partition("schema=")[2]
    with pooling(cluster, size=3) as port:
        url = cluster.url(schema, port=port)
        all_arrive(url, tmp_path, 3)
        from sshim.store.shared import server_of

        options = options_at(url, tmp_path)
        assert "through a pooler" in server_of(options)
        assert "directly" in server_of(options._replace(url=cluster.url(schema)))


def test_a_writer_waits_for_the_poolers_connection_as_it_does_for_the_lock(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_pooler()
    monkeypatch.setattr("sshim.store.postgres.BRIEF", 1.1 - ANSWER_SECONDS)
    with pooling(cluster, size=1) as port:
        options = options_at(cluster.url(fresh_url().partition("schema=")[2], port=port), tmp_path)
        plane, other = opened(options, create=True), opened(options)
        generations: list[object] = []

        def write() -> None:
            with plane.store.opened().backend.write() as tx:
                generations.append(tx.version())

        waiting = threading.Thread(target=write)
        with other.store.opened().backend.write() as tx:
            waiting.start()
            time.sleep(1.4)
            assert generations == []
            generations.append(tx.version())
        waiting.join(30)
        assert len(generations) == 2 and generations[0] == generations[1]
        plane.close()
        other.close()


def test_a_forged_announcement_changes_nothing(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    plane = opened(options_at(url, tmp_path), create=True)
    store = plane.create_store("main")
    plane.create_secrets(store.id, [new_secret("KEY", "v", ("workers",))])
    reader = plane.reader(worker=None, environment=None)
    until(reader, store.id, "v")
    channel = f"sshim_{url.partition('schema=')[2]}"
    for payload in ("", "x", "9:zz", "999999:00", "9" * 400 + ":00", "-5:00", "1:é"):
        cluster.sql(f"SELECT pg_notify('{channel}', '{payload}')")
        assert reader.read_now(store.id, "KEY", "workers").reveal() == "v"
    ended = time.monotonic() + 0.5
    while time.monotonic() < ended:
        assert reader.read_now(store.id, "KEY", "workers").reveal() == "v"
    reader.close()
    plane.close()

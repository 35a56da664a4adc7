"""What breaks around a shared store: server, network, a standby, a superuser, an old dump, a client.

Every case holds the store to the same four: no wrong value, no false absence, no acknowledged change lost, no
error but ours.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sshim.errors import Corrupt, RolledBack, SshimError, StoreUnavailable
from sshim.model import SecretValue, new_secret
from sshim.store.care import StoreCare
from sshim.store.postgres_url import read_url
from sshim.store.postgres_watch import Watch
from tests.postgres.cluster import Cluster
from tests.postgres.load import ACTOR, Load, opened, options_at, read_once
from tests.postgres.proxy import Proxy

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]


def test_a_server_that_is_killed_under_load_loses_nothing(own_cluster: Cluster, tmp_path: Path) -> None:
    with Load(options_at(own_cluster.url(), tmp_path)) as load:
        for _ in range(3):
            load.until(3)
            own_cluster.kill()
            time.sleep(0.1)
            own_cluster.start()
        load.until(3)
    load.check()
    assert load.refused and load.reads


def test_a_standby_that_takes_over_has_every_acknowledged_change(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    standby = Cluster(Path(tempfile.mkdtemp(prefix="sshim-pg-")))
    try:
        standby.own()
        own_cluster.run(
            "pg_basebackup", "-h", str(own_cluster.root), "-p", str(own_cluster.port), "-U", "team",
            "-D", str(standby.data), "-R", "--no-sync", "-c", "fast", "-X", "stream",
        )  # fmt: skip
        standby.start()
        own_cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        own_cluster.sql("SELECT pg_reload_conf()")
        both = own_cluster.url().replace(
            f"127.0.0.1:{own_cluster.port}", f"127.0.0.1:{own_cluster.port},127.0.0.1:{standby.port}"
        )
        alone = options_at(standby.url(), tmp_path)
        with Load(options_at(both, tmp_path)) as load:
            load.until(3)
            with pytest.raises(StoreUnavailable, match="read-only replica"):
                opened(alone)
            own_cluster.kill()
            standby.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
            standby.sql("SELECT pg_promote()")
            load.until(3)
        load.check()
    finally:
        standby.stop()
        shutil.rmtree(standby.root, ignore_errors=True)


@pytest.mark.parametrize("how", ["cut", "silence"])
def test_a_network_that_is_cut_serves_what_was_read_and_writes_fail_at_once(
    cluster: Cluster, proxy: Proxy, tmp_path: Path, how: str, fresh_url: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    schema = fresh_url().partition("schema=")[2]
    options = options_at(cluster.url(schema, port=proxy.port), tmp_path)
    plane = opened(options, create=True)
    store = plane.create_store("main")
    secret = plane.create_secrets(store.id, [new_secret("KEY", "before", ("workers",))])[0]
    reader = plane.reader(worker=None, environment=None)
    assert reader.read_now(store.id, "KEY", "workers").reveal() == "before"
    getattr(proxy, how)()
    deadline = time.monotonic() + 60
    while "is lost: values read before serve" not in caplog.text:
        assert reader.read_now(store.id, "KEY", "workers").reveal() == "before"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    with pytest.raises(SshimError):
        plane.update_secret(store.id, secret.id, value=SecretValue("lost"))
    assert time.monotonic() - began < 30
    assert reader.read_now(store.id, "KEY", "workers").reveal() == "before"
    proxy.mend()
    elsewhere = opened(options_at(cluster.url(schema), tmp_path))
    elsewhere.update_secret(store.id, secret.id, value=SecretValue("after"))
    elsewhere.close()
    while reader.read_now(store.id, "KEY", "workers").reveal() != "after":
        assert time.monotonic() < deadline + 60
        time.sleep(0.05)
    reader.close()
    plane.close()


def test_a_connection_that_stays_lost_becomes_an_error(
    cluster: Cluster, proxy: Proxy, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    schema = fresh_url().partition("schema=")[2]
    opened(options_at(cluster.url(schema), tmp_path), create=True).close()
    watch = Watch(read_url(cluster.url(schema, port=proxy.port)), None, stale_for=0.5)
    assert watch.settle(30) and watch.version() is not None
    proxy.cut()
    deadline = time.monotonic() + 60
    with pytest.raises(StoreUnavailable, match="no connection since"):
        while time.monotonic() < deadline:
            assert watch.version() is not None
            time.sleep(0.02)
    with pytest.raises(SshimError):
        watch.require()
    watch.close()


TAMPER = {
    "swapped ciphertexts": "UPDATE {0}.secrets a SET ciphertext = b.ciphertext FROM {0}.secrets b "
    "WHERE a.id <> b.id",
    "a renamed secret": "UPDATE {0}.secrets SET name = 'OTHER' WHERE name = 'A'",
    "a wider scope": "UPDATE {0}.secrets SET scopes = 'ai_gateway,workers'",
    "a deleted row": "DELETE FROM {0}.secrets WHERE name = 'A'",
    "a deleted store": "DELETE FROM {0}.stores",
    "a copied row": "INSERT INTO {0}.secrets SELECT 'ff' || substr(id, 3), store_id, 'B2', comment, scopes, "
    "status, created, modified, version, term, suite, salt, commitment, digest, extra, mac, ciphertext "
    "FROM {0}.secrets WHERE name = 'A'",
    "an older generation": "UPDATE {0}.head SET generation = generation - 1",
    "a newer generation": "UPDATE {0}.head SET generation = generation + 1",
    "a cut log": "DELETE FROM {0}.audit WHERE seq = (SELECT max(seq) FROM {0}.audit)",
    "no head": "DELETE FROM {0}.head",
    "no header": "DELETE FROM {0}.header",
    "another format": "UPDATE {0}.header SET format = 7",
    "a damaged header": "UPDATE {0}.header SET body = replace(body, '1', '2')",
    "a text for a number": "ALTER TABLE {0}.secrets ALTER version TYPE text",
    "one more column": "ALTER TABLE {0}.secrets ADD note text",
    "a view instead of a table": "ALTER TABLE {0}.tokens RENAME TO t; CREATE VIEW {0}.tokens AS TABLE {0}.t",
    "an unlogged table": "ALTER TABLE {0}.audit SET UNLOGGED",
    "a default": "ALTER TABLE {0}.secrets ALTER name SET DEFAULT 'x'",
    "a policy": "ALTER TABLE {0}.secrets ENABLE ROW LEVEL SECURITY",
    "a rule": "CREATE RULE r AS ON DELETE TO {0}.secrets DO INSTEAD NOTHING",
    "a trigger": "CREATE FUNCTION {0}.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
    "CREATE TRIGGER t BEFORE INSERT ON {0}.secrets FOR EACH ROW EXECUTE FUNCTION {0}.f()",
}


@pytest.mark.parametrize("what", TAMPER)
def test_what_a_superuser_changes_is_refused(
    cluster: Cluster, tmp_path: Path, what: str, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    options = options_at(url, tmp_path)
    plane = opened(options, create=True)
    store = plane.create_store("main")
    plane.create_secrets(store.id, [new_secret(name, f"value of {name}", ("workers",)) for name in "AB"])
    running_reader = plane.reader(worker=None, environment=None)
    assert running_reader.read_now(store.id, "B", "workers").reveal() == "value of B"
    cluster.sql(TAMPER[what].format(url.partition("schema=")[2]))
    for name in "AB":
        with pytest.raises(SshimError) as refused:
            read_once(options, store.id, name)
        assert refused.value.code in ("corrupt", "too_new", "rolled_back")
        try:
            assert running_reader.read_now(store.id, name, "workers").reveal() == f"value of {name}"
        except SshimError as error:
            assert error.code in ("corrupt", "too_new", "rolled_back", "store_unavailable")
    running_reader.close()
    plane.close()
    report = StoreCare(options, actor=ACTOR).verify(deep=True)
    assert not report.ok


def test_a_database_put_back_from_a_dump_is_noticed_where_it_was_seen_newer(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    options = options_at(own_cluster.url(), tmp_path)
    plane = opened(options, create=True)
    store = plane.create_store("main")
    secret = plane.create_secrets(store.id, [new_secret("KEY", "old", ("workers",))])[0]
    dump = own_cluster.root / "dump"
    where = ("-h", str(own_cluster.root), "-p", str(own_cluster.port), "-U", "team", "-d", "postgres")
    own_cluster.run("pg_dump", *where, "-Fc", "-n", "sshim", "-f", str(dump))
    plane.update_secret(store.id, secret.id, value=SecretValue("new"))
    reader = plane.reader(worker=None, environment=None)
    assert reader.read_now(store.id, "KEY", "workers").reveal() == "new"
    own_cluster.sql("DROP SCHEMA sshim CASCADE")
    own_cluster.run("pg_restore", *where, str(dump))
    # a program that runs
    deadline = time.monotonic() + 60
    with pytest.raises(RolledBack):
        while time.monotonic() < deadline:
            assert reader.read_now(store.id, "KEY", "workers").reveal() == "new"
            time.sleep(0.05)
    reader.close()
    plane.close()
    # a command on a machine that has seen the newer state
    with pytest.raises(RolledBack):
        read_once(options, store.id, "KEY")
    # a machine that has not cannot know
    fresh = options_at(own_cluster.url(), tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "keys", tmp_path / "elsewhere" / "keys")
    (tmp_path / "elsewhere" / "keys").chmod(0o700)
    assert read_once(fresh, store.id, "KEY") == "old"
    # taken on purpose
    StoreCare(options, actor=ACTOR).accept_rollback()
    assert read_once(options, store.id, "KEY") == "old"


CLIENT = """
import sys
from pathlib import Path
from sshim.model import new_secret
from tests.postgres.load import opened, options_at
plane = opened(options_at(sys.argv[1], Path(sys.argv[2])))
for turn in range(100000):
    plane.create_secrets(sys.argv[3], [new_secret(f"{sys.argv[4]}_{turn}", "x" * 60000, ("workers",))])
    print(turn, flush=True)
    plane.delete_secret(sys.argv[3], plane.find_secret(sys.argv[3], f"{sys.argv[4]}_{turn}").id)
"""


def test_a_client_that_is_killed_while_it_writes_leaves_old_or_new(
    tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    options = options_at(url, tmp_path)
    plane = opened(options, create=True)
    store = plane.create_store("main")
    for turn in range(6):
        argv = [sys.executable, "-c", CLIENT, url, str(tmp_path), store.id, f"K{turn}"]
        client = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert client.stdout is not None
        assert client.stdout.readline().strip() == "0"
        time.sleep(0.003 * turn)
        client.send_signal(signal.SIGKILL)
        client.wait(30)
        client.stdout.close()
        # the lock is free again, and what is there is whole
        plane.create_secrets(store.id, [new_secret(f"AFTER{turn}", "v", ("workers",))])
        assert len([s for s in plane.list_secrets(store.id) if s.name.startswith(f"K{turn}")]) <= 1
    plane.close()
    report = StoreCare(options, actor=ACTOR).verify(deep=True)
    assert report.ok, report.as_dict()


def test_damage_is_the_class_of_what_a_superuser_does(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    options = options_at(url, tmp_path)
    opened(options, create=True).close()
    cluster.sql(f"DROP TABLE {url.partition('schema=')[2]}.tokens")
    with pytest.raises(Corrupt):
        opened(options)

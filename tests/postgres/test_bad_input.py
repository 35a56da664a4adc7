"""What a person can get wrong: one clear sentence, the next step, the right exit code, never the password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sshim.errors import PermissionDenied, SecretNotFound, SshimError, StoreUnavailable, UsageError
from sshim.model import Usage, new_secret
from sshim.store.open import open_store
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_url import read_url, redacted
from tests.postgres.cluster import PASSWORD, USER, Cluster
from tests.postgres.load import opened, options_at

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
STORE = "0123456789abcdef0123456789abcdef"
SECRET = "c4nary%2Fpa%40ss"


def refused(url: str, tmp_path: Path, *, create: bool = False) -> SshimError:
    with pytest.raises(SshimError) as found:
        opened(options_at(url, tmp_path), create=create).close()
    error = found.value
    assert error.hint and "\n" not in error.message
    for text in (PASSWORD, SECRET, "c4nary"):
        assert text not in str(error) + (error.hint or "") + repr(error)
    return error


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"mysql://me:{SECRET}@localhost/db", "not the URL of a PostgreSQL"),
        (f"http://me:{SECRET}@localhost/db", "not the URL of a PostgreSQL"),
        (f"postgresql://me:{SECRET}%zz@localhost/db", "cannot be read"),
        (f"postgresql://me:{SECRET}@localhost:abc/db", "port"),
        (f"postgresql://me:{SECRET}@localhost:99999/db", "port"),
        (f"postgresql://me:{SECRET}@localhost/db?nonsense=1", "cannot be read"),
        (f"postgresql://me:{SECRET}@localhost/db?schema=a;drop", "schema"),
        (f"postgresql://me:{SECRET}@localhost/db?schema=", "schema"),
        (f"postgresql://me:{SECRET}@db.example.com/db?sslmode=disable", "verify-full"),
        (f"postgresql://me:{SECRET}@db.example.com/db?sslmode=require", "verify-full"),
        (f"postgresql://me:{SECRET}@localhost/db?hostaddr=192.0.2.1&sslmode=disable", "verify-full"),
        (f"postgresql://me:{SECRET}@127.0.0.1,192.0.2.1/db?sslmode=disable", "verify-full"),
    ],
)
def test_a_wrong_url_is_a_usage_error(url: str, says: str, tmp_path: Path) -> None:
    error = refused(url, tmp_path)
    assert isinstance(error, UsageError) and error.exit_code == 2
    assert says in error.message


def test_a_database_elsewhere_is_only_reached_by_checked_tls() -> None:
    conninfo = read_url("postgresql://me@db.example.com/db").conninfo
    assert "sslmode=verify-full" in conninfo and "gssencmode=disable" in conninfo
    assert "verify-full" not in read_url("postgresql://me@127.0.0.1/db").conninfo


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:c4nary@h/d", "postgresql://u@h/d"),
        ("postgresql://u:c4n@ry:c4nary@h:5/d?x=c4nary", "postgresql://u@h:5/d"),
        ("postgresql://c4nary/x@h/d#c4nary", "postgresql://h/d"),
        ("postgresql://h/d?password=c4nary", "postgresql://h/d"),
        ("postgresql://u:c4n?ary@h/d", "postgresql://u@h/d"),
    ],
)
def test_what_is_shown_of_a_url_holds_no_password(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_a_server_without_tls_is_refused_when_tls_is_asked_for(cluster: Cluster, tmp_path: Path) -> None:
    error = refused(f"{cluster.url()}?sslmode=verify-full&sslrootcert=system", tmp_path)
    assert error.exit_code == 1 and "TLS" in error.message


def test_a_wrong_password_is_no_permission(cluster: Cluster, tmp_path: Path) -> None:
    error = refused(f"postgresql://{USER}:{SECRET}@127.0.0.1:{cluster.port}/postgres", tmp_path)
    assert error.exit_code == 4 and "user name or the password" in error.message


def test_an_unknown_database_is_named(cluster: Cluster, tmp_path: Path) -> None:
    error = refused(cluster.url(database="nowhere"), tmp_path)
    assert error.exit_code == 1 and "no such database" in error.message and "nowhere" in error.message


def test_nobody_at_the_port_is_one_sentence(tmp_path: Path) -> None:
    error = refused(f"postgresql://me:{SECRET}@127.0.0.1:1/db", tmp_path)
    assert error.exit_code == 1 and "no database answers there" in error.message


def test_a_user_without_rights_is_told_what_to_grant(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    cluster.sql("DROP ROLE IF EXISTS guest")
    cluster.sql(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    guest = url.replace(f"//{USER}:", "//guest:")
    error = refused(guest, tmp_path, create=True)
    assert error.exit_code == 4 and "right" in error.message and "GRANT" in (error.hint or "")
    assert not list((tmp_path / "keys").glob("*"))  # no key for a store that was not made
    opened(options_at(url, tmp_path), create=True).close()
    error = refused(guest, tmp_path)
    assert error.exit_code == 4 and "GRANT" in (error.hint or "")
    schema = url.partition("schema=")[2]
    cluster.sql(
        f"GRANT USAGE ON SCHEMA {schema} TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO guest"
    )
    reader = opened(options_at(guest, tmp_path))
    assert reader.list_stores() == []
    with pytest.raises(SshimError) as found:
        reader.create_store("main")
    assert found.value.exit_code == 4
    reader.close()


def test_a_user_who_may_only_read_reads_by_every_way_in(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    owner = opened(options_at(url, tmp_path), create=True)
    owner.create_store("main", store_id=STORE)
    owner.create_secrets(STORE, [new_secret("KEY", SECRET, ("workers",))])
    _, token = owner.create_token(role="reporter")
    owner.close()
    schema = url.partition("schema=")[2]
    cluster.sql("DROP ROLE IF EXISTS onlooker")
    cluster.sql(
        f"CREATE ROLE onlooker LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA {schema} TO onlooker; "
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO onlooker"
    )
    plane = opened(options_at(url.replace(f"//{USER}:", "//onlooker:"), tmp_path))
    try:
        actor = plane.authenticate(token.reveal())
        assert actor is not None and actor.role == "reporter"
        with pytest.raises(PermissionDenied):  # and not that the refusal could not be recorded
            plane.acting_as(actor).create_store("other")
        plane.record_usages([Usage("w", None, "KEY", STORE, "KEY", "/w.toml", datetime.now(UTC))])
        reader = plane.reader(worker="w", environment=None)
        assert reader.read_now(STORE, "KEY", "workers").reveal() == SECRET
        with pytest.raises(SecretNotFound):
            plane.reader(worker="w", environment=None, strict=True).read_now(STORE, "NONE", "workers")
    finally:
        plane.close()
        cluster.sql("DROP OWNED BY onlooker; DROP ROLE onlooker")


def test_a_schema_of_something_else_is_left_alone(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    schema = url.partition("schema=")[2]
    cluster.sql(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.users (id int)")
    error = refused(url, tmp_path, create=True)
    assert "belongs to something else" in error.message and "?schema=" in (error.hint or "")
    assert cluster.sql(f"SELECT count(*) FROM {schema}.users") == [(0,)]


def test_an_empty_schema_that_was_made_for_us_is_used(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    cluster.sql(f"CREATE SCHEMA {url.partition('schema=')[2]}")
    plane = opened(options_at(url, tmp_path), create=True)
    assert plane.create_store("main").name == "main"
    plane.close()


def test_a_newer_format_asks_for_a_newer_version(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    url = fresh_url()
    opened(options_at(url, tmp_path), create=True).close()
    cluster.sql(f"UPDATE {url.partition('schema=')[2]}.header SET format = 2")
    error = refused(url, tmp_path)
    assert error.code == "too_new" and "update sshim" in (error.hint or "")


def test_a_database_of_another_encoding_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sql("DROP DATABASE IF EXISTS latin")
    cluster.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    error = refused(cluster.url(database="latin"), tmp_path)
    assert "LATIN1" in error.message and error.exit_code == 1


def test_a_read_only_database_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.sql("DROP DATABASE IF EXISTS frozen")
    cluster.sql("CREATE DATABASE frozen")
    cluster.sql("ALTER DATABASE frozen SET default_transaction_read_only = on")
    error = refused(cluster.url(database="frozen"), tmp_path)
    assert "read-only" in error.message and error.exit_code == 1


def test_a_weak_commit_setting_of_the_server_does_not_weaken_ours(cluster: Cluster) -> None:
    cluster.sql("DROP DATABASE IF EXISTS hasty")
    cluster.sql("CREATE DATABASE hasty")
    cluster.sql("ALTER DATABASE hasty SET synchronous_commit = off")
    from sshim.store.postgres_tables import settings

    connection = Connection(read_url(cluster.url(database="hasty")))
    connection.query(f"BEGIN;{settings(connection, 1.0)}")
    assert connection.query("SELECT current_setting('synchronous_commit')") == [("on",)]
    connection.close()


def test_an_old_server_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshim.store.postgres_connection.OLDEST", 990000)
    with pytest.raises(StoreUnavailable, match="is needed"):
        Connection(read_url(cluster.url()))


def test_a_comment_with_a_nul_is_refused_and_the_store_goes_on(
    tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    plane = opened(options_at(fresh_url(), tmp_path), create=True)
    store = plane.create_store("main")
    from sshim.model import new_secret

    with pytest.raises(UsageError, match="NUL"):
        plane.create_secrets(store.id, [new_secret("KEY", "v", ("workers",), "a\0b")])
    plane.create_secrets(store.id, [new_secret("KEY", "v", ("workers",), "ab")])
    plane.close()


def test_a_lock_that_is_held_too_long_is_said_so(
    cluster: Cluster, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:

    url = fresh_url()
    options = options_at(url, tmp_path)._replace(lock_timeout=0.2)
    plane = opened(options, create=True)
    other = open_store(options)
    with other.opened().backend.write(), pytest.raises(SshimError) as found:
        plane.create_store("main")
    assert found.value.code == "locked"
    plane.create_store("main")
    other.close()
    plane.close()

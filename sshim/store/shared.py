"""Finding, and making, the store that a team shares: what `open` does for a URL."""

from __future__ import annotations

from collections.abc import Callable

from sshim.errors import SshimError
from sshim.store.format import Header, Seals
from sshim.store.making import first_rows, make_with_key
from sshim.store.open import StoreOptions, opened_with_key
from sshim.store.postgres import PostgresBackend
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_making import Absent, check_schema, create_postgres
from sshim.store.postgres_url import Address, read_url
from sshim.store.state import Made, Opened


def address_of(options: StoreOptions) -> Address:
    """The address in the options' URL. Raises `UsageError`."""
    assert options.url is not None
    return read_url(options.url)


def find_shared(options: StoreOptions) -> Callable[[], Opened | None]:
    """What opens the store that is at the URL at present."""
    address = address_of(options)

    def find() -> Opened | None:
        try:
            backend = PostgresBackend(address, lock_timeout=options.lock_timeout)
        except Absent:
            return None
        return opened_with_key(backend, options)

    return find


def open_backend(options: StoreOptions) -> PostgresBackend:
    """The database itself, for the care of the store. Raises FileNotFoundError when it has none."""
    try:
        return PostgresBackend(address_of(options), lock_timeout=options.lock_timeout)
    except Absent:
        raise FileNotFoundError from None


def server_of(options: StoreOptions) -> str:
    """What keeps the store, for people."""
    backend = open_backend(options)
    try:
        return backend.server()
    finally:
        backend.close()


def make_shared(options: StoreOptions) -> Made | None:
    """Makes schema, store and key when there is no store yet; None when there is one."""
    address = address_of(options)
    if is_there(address):
        return None

    taken: list[bool] = []

    def create(header: Header, keys: Seals) -> bool:
        done = create_postgres(address, first_rows(header, keys))
        if not done:
            taken.append(True)
        return done

    def may_be_ours() -> bool:
        if taken:
            return False
        try:
            return is_there(address)
        except SshimError:
            return True  # the answer was lost: a key too many is better than none

    return make_with_key(options, create, may_be_ours)


def is_there(address: Address) -> bool:
    """Whether there is a store. Raises what `check_schema` does."""
    connection = Connection(address)
    try:
        check_schema(connection)
    except Absent:
        return False
    finally:
        connection.close()
    return True

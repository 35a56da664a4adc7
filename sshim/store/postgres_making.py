"""Whether a schema holds a store of this format, and making one."""

# ruff: noqa: S608  names of tables and columns are the format's own, the schema's is checked by its form

from __future__ import annotations

import contextlib
from collections.abc import Callable

from sshim.errors import Corrupt, SshimError, StoreUnavailable, TooNew
from sshim.store.interface import Transaction
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_schema import catalog, definition, expected, schema_oid
from sshim.store.postgres_tables import PostgresTransaction, settings
from sshim.store.postgres_url import Address
from sshim.store.schema import ALL_TABLES, FORMAT


class Absent(Exception):
    """The database has no store in that schema. Never leaves `sshim.store`."""


def check_schema(connection: Connection) -> None:
    """Raises `Absent`, `TooNew`, `StoreUnavailable` when the schema is somebody else's, `Corrupt`."""
    address, name = connection.address, connection.address.schema
    where = address.location
    found = catalog(connection)
    if not found:
        raise Absent
    if found == expected():
        formats = connection.query(f"SELECT format FROM {name}.header")
        if formats and formats[0][0] > FORMAT:
            raise TooNew(where, formats[0][0], FORMAT)
        return
    if not {f"column {each}.id bigint true false" for each in ("header", "head")} <= found:
        raise StoreUnavailable(
            where,
            f"the schema {name!r} of this database belongs to something else",
            hint="add ?schema=NAME to the URL to keep the store in a schema of its own",
        )
    with contextlib.suppress(SshimError):
        formats = connection.query(f"SELECT format FROM {name}.header")
        if formats and isinstance(formats[0][0], int) and formats[0][0] > FORMAT:
            raise TooNew(where, formats[0][0], FORMAT)
    odd = sorted(found ^ expected())
    raise Corrupt(
        where, f"its tables are not those of the format ({odd[0]})", hint="ask who runs the database"
    )


def create_postgres(address: Address, fill: Callable[[Transaction], None]) -> bool:
    """Makes schema, tables and what `fill` puts in, in one transaction; False when somebody else has made a
    store there meanwhile."""
    connection = Connection(address)
    try:
        return fill_schema(connection, address.schema, fill)
    finally:
        connection.close()


def fill_schema(connection: Connection, name: str, fill: Callable[[Transaction], None]) -> bool:
    """See `create_postgres`."""
    _begin_making(connection, name)
    if _holds_store(connection):
        connection.execute("ROLLBACK")
        return False
    if schema_oid(connection) is None:
        connection.execute(f"CREATE SCHEMA {name}")
    for table in ALL_TABLES:
        connection.execute(definition(name, table))
    fill(PostgresTransaction(connection, (0, b""), fresh=True))
    connection.execute("COMMIT")
    return True


def give_name(staging: Address, wanted: Address) -> bool:
    """Makes what is in the schema of `staging` the store of `wanted`, in one transaction; False when there is
    one already."""
    connection = Connection(wanted)
    try:
        _begin_making(connection, wanted.schema)
        if _holds_store(connection):
            return False
        if schema_oid(connection) is None:
            connection.execute(f"ALTER SCHEMA {staging.schema} RENAME TO {wanted.schema}")
        else:  # a schema that was made for us: the tables move into it
            for table in ALL_TABLES:
                connection.execute(f"ALTER TABLE {staging.schema}.{table.name} SET SCHEMA {wanted.schema}")
            connection.execute(f"DROP SCHEMA {staging.schema}")
        connection.execute("COMMIT")
        return True
    finally:
        connection.close()


def _begin_making(connection: Connection, name: str) -> None:
    """Two creators wait for each other here: the second then finds the store of the first."""
    connection.query(f"BEGIN;{settings(connection, 10.0)}")
    connection.query("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext(%s))", (f"sshim {name}",))


def _holds_store(connection: Connection) -> bool:
    """Whether there is a store already; raises as `check_schema` for one that cannot be used."""
    try:
        check_schema(connection)
    except Absent:
        return False
    return True

"""The tables of format 1 in PostgreSQL, and what the catalog must say of them.

Texts keep byte order (collation C). Anything else in the schema, or about its tables, is refused: a trigger,
a rule, a policy, a view, a default, an unlogged table that a crash would empty.
"""

from __future__ import annotations

from functools import cache

from sshim.store.postgres_connection import Connection
from sshim.store.schema import ALL_TABLES, Table

_TYPES = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}


def _columns(table: Table) -> list[tuple[str, str, bool]]:
    """Name, type and whether it must be there, the payload last."""
    found = [(name, _TYPES[kind.split()[0]], "NULL" not in kind) for name, kind in table.columns]
    return found if table.payload is None else [*found, (table.payload, "bytea", True)]


def definition(schema: str, table: Table) -> str:
    """The statement that makes the table."""
    columns = [_column(*each) for each in _columns(table)]
    return f"CREATE TABLE {schema}.{table.name} ({', '.join(columns)}, PRIMARY KEY ({table.key}))"


def _column(name: str, kind: str, must: bool) -> str:
    collation = ' COLLATE pg_catalog."C"' if kind == "text" else ""
    return f"{name} {kind}{collation}{' NOT NULL' if must else ''}"


@cache
def expected() -> frozenset[str]:
    """The catalog's lines for a schema that holds exactly the format's tables."""
    lines = set()
    for table in ALL_TABLES:
        lines |= {f"r {table.name} p false", f"i {table.name}_pkey p false"}
        for name, kind, must in _columns(table):
            lines.add(f"column {table.name}.{name} {kind} {str(must).lower()} false")
    return frozenset(lines)


_CATALOG = """
SELECT c.relkind::text || ' ' || c.relname || ' ' || c.relpersistence::text || ' ' || c.relrowsecurity::text
  FROM pg_catalog.pg_class c WHERE c.relnamespace = %(ns)s::oid AND c.relkind <> 't'
UNION ALL
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
       || ' ' || a.attnotnull::text || ' ' ||
       (a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '')::text
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = %(ns)s::oid AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'trigger ' || t.tgname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = %(ns)s::oid
UNION ALL
SELECT 'rule ' || r.rulename FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
 WHERE c.relnamespace = %(ns)s::oid
UNION ALL
SELECT 'policy ' || p.polname FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
 WHERE c.relnamespace = %(ns)s::oid
UNION ALL
SELECT 'constraint ' || k.conname FROM pg_catalog.pg_constraint k
 WHERE k.connamespace = %(ns)s::oid AND k.contype NOT IN ('p', 'n')
UNION ALL
SELECT 'child of ' || c.relname FROM pg_catalog.pg_inherits h
  JOIN pg_catalog.pg_class c ON c.oid = h.inhparent WHERE c.relnamespace = %(ns)s::oid
UNION ALL
SELECT 'function ' || f.proname FROM pg_catalog.pg_proc f WHERE f.pronamespace = %(ns)s::oid
"""
"""One line for each thing in the schema with the oid `ns`."""


def schema_oid(connection: Connection) -> int | None:
    """The schema's number, None when there is no such schema."""
    rows = connection.query(
        "SELECT oid::bigint FROM pg_catalog.pg_namespace WHERE nspname = %s", (connection.address.schema,)
    )
    return rows[0][0] if rows else None


def catalog(connection: Connection) -> frozenset[str]:
    """What is in the schema, nothing when it is empty or not there."""
    oid = schema_oid(connection)
    return (
        frozenset() if oid is None else frozenset(row[0] for row in connection.query(_CATALOG, {"ns": oid}))
    )

"""PostgreSQL's errors in our words: one sentence, the next step, the right exit code."""

from __future__ import annotations

import re

from sshim.errors import Corrupt, InvalidValue, Locked, SshimError, StoreFull, StoreUnavailable
from sshim.errors import UnsafePermissions as Refused
from sshim.store.postgres_url import Address

_GRANT = 'GRANT USAGE ON SCHEMA {0} TO "USER"; GRANT ALL ON ALL TABLES IN SCHEMA {0} TO "USER"'
_AGAIN = "wait for the database to answer, then again"


def our_error(address: Address, error: Exception) -> SshimError:
    """The error of ours for what psycopg raised on an open connection."""
    state = getattr(error, "sqlstate", None) or ""
    where = address.location
    if state == "55P03":
        return Locked(where, None)
    if state in ("40001", "40P01", "57014"):
        return StoreUnavailable(where, "the database broke the statement off", hint="then again")
    if state == "42501":
        why = "refuses this user: the right to do that is missing"
        return Refused(where, why, hint=_GRANT.format(address.schema))
    if state == "25006":
        return read_only(address)
    if state.startswith("53") and state != "53300":
        return StoreFull(where, "the database has no room left")
    if state == "53300":
        return too_many(address)
    if state in ("XX001", "XX002"):
        return Corrupt(where, "the database finds its own files damaged", hint="restore the database")
    if state in ("42P01", "3F000", "42703"):
        return Corrupt(where, "a table of it is gone", hint="restore the database from its backup")
    if state.startswith("22") or (not state and type(error).__name__ == "DataError"):
        return InvalidValue("a text holds a character that PostgreSQL cannot keep, such as NUL")
    if not state or state.startswith(("08", "57P")):
        return StoreUnavailable(where, "the connection to the database is lost", hint=_AGAIN)
    return StoreUnavailable(where, f"the database refuses the statement ({state})", hint="see its log")


def connect_error(address: Address, error: Exception) -> SshimError:
    """The error of ours for a connection that could not be made. libpq gives only text here."""
    text, where = str(error), address.location
    for pattern, why, hint in _REFUSALS:
        if re.search(pattern, text):
            return Refused(where, why, hint=hint)
    for pattern, why, hint in _FAILURES:
        if re.search(pattern, text):
            return StoreUnavailable(where, why, hint=hint)
    if "too many clients" in text or "remaining connection slots" in text:
        return too_many(address)
    if "read-only" in text or "hot standby" in text:
        return read_only(address)
    line = address.hide(text.strip().splitlines()[-1] if text.strip() else "no answer")
    return StoreUnavailable(where, f"the database cannot be reached ({line[:200]})", hint="check the URL")


def read_only(address: Address) -> SshimError:
    """For a replica, or a database that takes no writes."""
    return StoreUnavailable(
        address.location,
        "this server is a read-only replica",
        hint="name the primary, or several hosts (HOST1,HOST2) to find it among them",
    )


def too_many(address: Address) -> SshimError:
    """For a server whose connections are all taken."""
    return StoreUnavailable(
        address.location,
        "the database takes no more connections",
        hint="close some, raise its max_connections, or put PgBouncer before it",
    )


_Rule = tuple[str, str, str]

_REFUSALS: tuple[_Rule, ...] = (
    (
        r"password authentication failed|no password supplied|authentication failed",
        "refuses the user name or the password",
        "check the user in the URL and the password in it, in PGPASSWORD or in ~/.pgpass",
    ),
    (
        r"no pg_hba.conf entry|pg_hba.conf rejects",
        "refuses this user from this machine",
        "allow it in the server's pg_hba.conf (hostssl … scram-sha-256)",
    ),
    (r'role ".*" (does not exist|is not permitted)', "knows no such user", "CREATE ROLE … LOGIN there"),
    (r"permission denied for database", "refuses this user", "GRANT CONNECT ON DATABASE … there"),
)

_FAILURES: tuple[_Rule, ...] = (
    (r'database ".*" does not exist', "there is no such database", "createdb NAME there, or correct the URL"),
    (
        r"does not support SSL|SSL was required",
        "the server offers no TLS",
        "turn ssl on at the server, or reach it through a tunnel on 127.0.0.1",
    ),
    (
        r"root certificate file|could not read root certificate",
        "the file of certificate authorities cannot be read",
        "correct sslrootcert=FILE in the URL",
    ),
    (
        r"root certificate|certificate verify failed|unable to get local issuer",
        "the server's certificate is of an authority that is not trusted here, or has expired",
        "add sslrootcert=FILE with that authority's certificate to the URL",
    ),
    (r"does not match host ?name", "the server's certificate is for another host", "use the name in it"),
    (
        r"could not translate host name|[Nn]ame or service not known|resolve",
        "its host name is not known",
        "check the host in the URL",
    ),
    (r"[Cc]onnection refused|No such file or directory", "no database answers there", "start it, or check "
     "host and port in the URL"),
    (r"time(d )?out|imeout expired", "the database does not answer", "check the network and the URL"),
    (r"starting up|shutting down|recovery mode", "the database is starting or stopping", _AGAIN),
    (r"closed the connection|reset by peer", "what answers there hangs up", "check that the URL names the "
     "database, and what stands before it"),
)  # fmt: skip

"""A `postgresql://` URL: what may be shown of it, and what it must say before a byte is sent.

The URL is libpq's own form with one parameter of ours: `schema` names the schema that holds the store
(default `sshim`), so that one database can hold several. Passwords never leave this module but to libpq.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sshim.errors import StoreUnavailable, UsageError
from sshim.record import NamedTuple
from sshim.sockets import is_loopback

SCHEMA_NAME = "sshim"
FORM = "postgresql://USER@HOST/DATABASE"

_PREFIXES = ("postgresql://", "postgres://")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")
_CONNECT_SECONDS = 5


class Address(NamedTuple):
    """Where a store is: `location` may be shown, `conninfo` is for libpq alone."""

    location: str
    conninfo: str
    schema: str
    password: str | None

    def __repr__(self) -> str:
        return f"Address({self.location})"

    def hide(self, text: str) -> str:
        """`text` without the password."""
        for spelling in {self.password, unquote(self.password or "")} - {None, ""}:
            text = text.replace(spelling or "", "***")
        return text


def is_url(text: str) -> bool:
    """Whether a text means a database rather than a folder."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def redacted(url: str) -> str:
    """A URL as it may be shown: no password, no parameters. Anything before the last `@` that is not a plain
    user name is left out, since it may be part of a password that was not percent-encoded."""
    scheme, _, rest = url.partition("://")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0] if "@" not in rest.partition("?")[2] else rest
    before, at, after = rest.rpartition("@")
    user = before.partition(":")[0]
    shown = f"{user}@" if at and re.fullmatch(r"[\w.%-]{1,64}", user) else ""
    return f"{scheme}://{shown}{re.split(r'[?#]', after, maxsplit=1)[0]}"


def read_url(url: str) -> Address:
    """The address of a URL. Raises `UsageError` for one that cannot be used, without quoting it, and
    `StoreUnavailable` when the driver is not installed."""
    if not url.startswith(_PREFIXES):
        raise UsageError(f"{redacted(url)!r} is not the URL of a PostgreSQL database", hint=f"use {FORM}")
    psycopg = driver()
    body, schema = _without_schema(url)
    if not _NAME.fullmatch(schema):
        raise UsageError(
            "the schema in the store URL may hold only a-z, 0-9 and '_' (48 at the most)",
            hint=f"use {FORM}?schema={SCHEMA_NAME}",
        )
    try:
        given = psycopg.conninfo.conninfo_to_dict(body)
    except psycopg.Error:
        raise UsageError(
            "the store URL cannot be read",
            hint=f"use {FORM}; percent-encode special characters of the password (@ is %40, / is %2F)",
        ) from None
    effective = {**_defaults(psycopg), **given}
    _check_port(effective)
    settings = {**given, "client_encoding": "UTF8", "gssencmode": "disable"}
    settings.setdefault("application_name", "sshim")
    settings.setdefault("connect_timeout", _CONNECT_SECONDS)
    for name, value in (("keepalives_idle", 10), ("keepalives_interval", 5), ("tcp_user_timeout", 15000)):
        settings.setdefault(name, value)
    if "," in str(effective.get("host") or ""):
        settings.setdefault("target_session_attrs", "read-write")
    if not _near(effective):
        _require_tls(effective)
        settings["sslmode"] = "verify-full"
        # libpq's own file of trusted authorities comes first; only without one the system's are asked
        if not effective.get("sslrootcert") and not Path("~/.postgresql/root.crt").expanduser().exists():
            settings["sslrootcert"] = "system"
    password = effective.get("password")
    conninfo = psycopg.conninfo.make_conninfo("", **settings)
    return Address(_location(effective, schema), conninfo, schema, str(password) if password else None)


def driver() -> Any:
    """psycopg, loaded when a database is used and not before. Raises `StoreUnavailable`."""
    try:
        import psycopg
        import psycopg.conninfo
        import psycopg.waiting
    except ImportError:
        raise StoreUnavailable(
            "the given URL", "the driver for PostgreSQL is missing", hint="pip install 'psycopg[binary]>=3.2'"
        ) from None
    return psycopg


def _defaults(psycopg: Any) -> dict[str, str]:
    """What libpq takes from its own variables (PGHOST, PGSSLMODE, …) where the URL says nothing."""
    found = psycopg.pq.Conninfo.get_defaults()
    return {each.keyword.decode(): each.val.decode() for each in found if each.val}


def _without_schema(url: str) -> tuple[str, str]:
    start, mark, query = url.partition("?")
    if not mark:
        return url, SCHEMA_NAME
    rest = [part for part in query.split("&") if not part.startswith("schema=")]
    named = [unquote(part[7:]) for part in query.split("&") if part.startswith("schema=")]
    return (f"{start}?{'&'.join(rest)}" if rest else start), (named[-1] if named else SCHEMA_NAME)


def _check_port(effective: Mapping[str, Any]) -> None:
    for port in str(effective.get("port") or "").split(","):
        if port and not (port.isdecimal() and 0 < int(port) < 65536):
            raise UsageError(
                "the port in the store URL is not a number from 1 to 65535",
                hint=f"use {FORM}; percent-encode special characters of the password (@ is %40, / is %2F)",
            )


def _near(effective: Mapping[str, Any]) -> bool:
    """Whether every host is this machine: a unix socket or a loopback address. A service file could name
    others."""
    if effective.get("service"):
        return False
    hosts = str(effective.get("hostaddr") or effective.get("host") or "")
    return all(_is_here(unquote(host)) for host in hosts.split(","))


def _is_here(host: str) -> bool:
    return host == "" or host.startswith(("/", "@")) or is_loopback(host.strip("[]"))


def _require_tls(effective: Mapping[str, Any]) -> None:
    chosen = effective.get("sslmode")
    if chosen not in (None, "", "prefer", "verify-full"):
        raise UsageError(
            f"a database on another machine is reached by sslmode=verify-full, not by {chosen}",
            hint="add ?sslmode=verify-full, and &sslrootcert=FILE for a certificate authority of your own",
        )


def _location(effective: Mapping[str, Any], schema: str) -> str:
    hosts = str(effective.get("host") or effective.get("hostaddr") or "localhost").split(",")
    ports = str(effective.get("port") or "5432").split(",")
    if len(ports) < len(hosts):
        ports = ports * len(hosts)
    shown = (f"[{host}]" if ":" in host and not host.startswith("[") else host for host in hosts)
    places = ",".join(f"{host}:{port}" for host, port in zip(shown, ports, strict=False))
    database = effective.get("dbname") or effective.get("user") or ""
    return f"postgresql://{places}/{database}" + ("" if schema == SCHEMA_NAME else f"?schema={schema}")

"""Typed stubs for `env`, as pure text of what the configuration binds. No value of a variable is written.

Without a chosen environment all of them are merged: a name's types are joined, and a name that some
environment lacks is optional.
"""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

from sshim.config.settings import Var, WorkerConfig
from sshim.record import NamedTuple

VERSION = 1
"""Of the stub's text; part of the digest, so that a change here makes older files stale."""

_HEADER = r"# sshim-types: (\d+) config=(\S+) env=(\S*) digest=([0-9a-f]{16})"
_EVERY = "*"

_BINDING_CLASS = '''
class SecretsStoreSecret:
    """A Secrets Store binding."""

    async def get(self) -> str:
        """The value; raises pyodide.ffi.JsException when the secret cannot be read."""
'''
_PROXY_CLASS = '''
class JsProxy:
    """A JavaScript object or array: items are attributes, to_py() is the Python form."""

    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, index: int) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def to_py(self, *, depth: int = -1) -> Any: ...
'''


class _Attribute:
    """A name of `env`: its types in order of appearance, the environments that have it, what it is."""

    __slots__ = ("environments", "kind", "types")

    def __init__(self, kind: str) -> None:
        self.types: list[str] = []
        self.environments: list[str] = []
        self.kind = kind


class Header(NamedTuple):
    """What a stub file says of its making: the configuration's file name, the environment (None: all merged,
    "": the top level), and a digest of the names and types that the configuration gave then."""

    version: int
    config: str
    environment: str | None
    digest: str


def header_of(text: str) -> Header | None:
    """The header of a stub file made by this module; None for any other file."""
    found = re.search(_HEADER, text[:2000])
    if found is None:
        return None
    version, config, environment, digest = found.groups()
    chosen = None if environment == _EVERY else unquote(environment)
    return Header(int(version), unquote(config), chosen, digest)


def digest(configs: Sequence[WorkerConfig]) -> str:
    """A short digest of the names and types of `env`. Give configurations read without `.dev.vars` and `.env`
    files: what lies beside one developer's checkout must not make another's stub stale."""
    return hashlib.sha256(f"{VERSION} {_body(configs)}".encode()).hexdigest()[:16]


def render(
    configs: Sequence[WorkerConfig], *, digest: str, source: str, environment: str | None = None
) -> str:
    """The text of a `.pyi` file for these configurations of one Worker, the top level first.

    `source` is the configuration's name as the header shows it; `environment` is None where all are merged.
    """
    shown = _EVERY if environment is None else quote(environment, safe="")
    body = _body(configs)
    parts = [
        f"# Names and types of env, made by `sshim types` from {source}. Do not edit: make it again.\n"
        f"# sshim-types: {VERSION} config={quote(source)} env={shown} digest={digest}\n"
    ]
    proxies = re.search(r"\bJsProxy\b", body) is not None
    if proxies:
        parts.append("from collections.abc import Iterator\n")
    if proxies or re.search(r"\bAny\b", body):
        parts.append("from typing import Any\n")
    if "SecretsStoreSecret" in body:
        parts.append(_BINDING_CLASS)
    if proxies:
        parts.append(_PROXY_CLASS)
    return "".join((*parts, "\n", body))


def _body(configs: Sequence[WorkerConfig]) -> str:
    """The class `Env`."""
    every = [config.environment or "the top level" for config in configs]
    lines = ["class Env:", '    """The bindings and variables of the Worker."""', ""]
    attributes = _attributes(configs)
    for name, attribute in attributes.items():
        types = " | ".join(attribute.types)
        note = attribute.kind
        lacking = [one for one in every if one not in attribute.environments]
        if lacking:
            types += " | None" if "Any" not in attribute.types else ""
            note = f"{note + '; ' if note else ''}not in {', '.join(lacking)}"
        comment = f"  # {note}" if note else ""
        if name.isidentifier() and not keyword.iskeyword(name):
            lines.append(f"    {name}: {types}{comment}")
        else:
            lines.append(f"    # {_quoted(name)}: {types}, only by getattr(env, {_quoted(name)}){comment}")
    if not attributes:
        lines.append("    ...")
    return "\n".join(lines) + "\n"


def _attributes(configs: Iterable[WorkerConfig]) -> dict[str, _Attribute]:
    found: dict[str, _Attribute] = {}
    for config in configs:
        environment = config.environment or "the top level"
        for name, type_, kind in _names(config):
            attribute = found.setdefault(name, _Attribute(kind=kind))
            if environment in attribute.environments:
                continue
            attribute.environments.append(environment)
            if type_ not in attribute.types:
                attribute.types.append(type_)
    for attribute in found.values():
        if "Any" in attribute.types:
            attribute.types = ["Any"]
    return found


def _names(config: WorkerConfig) -> Iterable[tuple[str, str, str]]:
    """Name, type and kind of everything in `env`. The first of a name counts: a variable of a file does not
    replace a binding."""
    for secret in config.secrets:
        yield secret.binding, "SecretsStoreSecret", ""
    for other in config.other_bindings:
        yield other.name, "Any", other.kind
    for name, var in config.vars.items():
        yield name, type_of(var), ""


def type_of(var: Var) -> str:
    """The Python type a handler sees for a variable."""
    value = var.value
    if var.type != "json" or isinstance(value, str):
        return "str"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        whole = isinstance(value, int) or (value.is_integer() and abs(value) < 2**53)
        return "int" if whole else "float"
    if isinstance(value, (dict, list)):
        return "JsProxy"
    return "Any"


def _quoted(name: str) -> str:
    return '"' + name.encode("unicode_escape").decode().replace('"', '\\"') + '"'

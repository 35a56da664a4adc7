"""The files of the page: a fixed few, read once, with the headers that keep everything else out of it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from aiohttp import web

from sshim.errors import RequestRefused

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-read=()",
    "Referrer-Policy": "no-referrer",
    "Server": "sshim",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""No inline code or style, nothing from elsewhere, no frame around it, and no text ever taken for markup."""

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
NAMES = (
    "page.html",
    "page.css",
    "page.js",
    "server.js",
    "parts.js",
    "secrets.js",
    "usages.js",
    "stores.js",
    "gateways.js",
    "tokens.js",
    "audit.js",
    "icon.svg",
)
"""Everything that can be asked for; the first one also at `/`."""


class File(NamedTuple):
    """One file of the page, as it is and packed."""

    kind: str
    content: bytes
    packed: bytes


@cache
def page_files() -> Mapping[str, File]:
    """All files by the path they are served at."""
    folder = files("sshim.dashboard")
    read = {f"/{name}": _file(name, folder.joinpath(name).read_bytes()) for name in NAMES}
    return {"/": read["/page.html"], **read}


def _file(name: str, content: bytes) -> File:
    return File(_TYPES[name.rpartition(".")[2]], content, gzip.compress(content, 9, mtime=0))


def serve_file(method: str, target: str, encodings: str) -> web.Response:
    """The file at a path, packed for a client that takes it so: nothing in it is secret. Raises
    `RequestRefused` 404, and 405 for methods other than GET and HEAD."""
    found = page_files().get(target)
    if found is None:
        raise RequestRefused(404, 7000, "there is no such page")
    if method not in ("GET", "HEAD"):
        raise RequestRefused(405, 7001, "this page can only be read", headers=(("Allow", "GET, HEAD"),))
    headers = {**HEADERS, "Content-Type": f"{found.kind}; charset=utf-8", "Vary": "Accept-Encoding"}
    if "gzip" in encodings:
        return web.Response(body=found.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=found.content, headers=headers)

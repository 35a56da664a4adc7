"""Static assets: which file answers a path, by the rules of `assets` in the configuration.

Source of the rules: the documentation of Workers Static Assets (`html_handling`, `not_found_handling`,
`run_worker_first`). Files are looked up below one folder; links that lead out of it are not followed.
"""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

HtmlHandling = Literal["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"]
NotFoundHandling = Literal["none", "single-page-application", "404-page"]

_NOT_SERVED = frozenset({"_headers", "_redirects", ".assetsignore", "_worker.js"})
_TEXT_TYPES = frozenset({"application/javascript", "application/json", "application/xml", "image/svg+xml"})


@dataclass(frozen=True, slots=True)
class File:
    """A file to answer with; `status` is 404 for a not-found page."""

    path: Path
    status: int = 200

    @property
    def content_type(self) -> str | None:
        """The media type by the file's suffix, text with its charset; None when unknown."""
        kind = mimetypes.guess_type(self.path.name)[0]
        if kind == "application/javascript":
            kind = "text/javascript"
        if kind and (kind.startswith("text/") or kind in _TEXT_TYPES):
            return f"{kind}; charset=utf-8"
        return kind

    def headers(self) -> list[tuple[str, str]]:
        """Content-Type, Cache-Control and ETag as production sends them."""
        stat = self.path.stat()
        etag = blake2b(f"{stat.st_mtime_ns}:{stat.st_size}".encode(), digest_size=16).hexdigest()
        found = [("cache-control", "public, max-age=0, must-revalidate"), ("etag", f'"{etag}"')]
        if self.content_type:
            found.append(("content-type", self.content_type))
        return found


@dataclass(frozen=True, slots=True)
class Redirect:
    """The canonical path of the same page; answered with 307."""

    location: str


@dataclass(frozen=True, slots=True)
class Page:
    """An answer from static assets: status, header pairs and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Assets:
    """The static files of one Worker."""

    def __init__(
        self,
        folder: Path,
        *,
        html_handling: HtmlHandling = "auto-trailing-slash",
        not_found_handling: NotFoundHandling = "none",
        run_worker_first: bool | tuple[str, ...] = False,
    ) -> None:
        self._folder = folder.resolve()
        self._html = html_handling
        self._not_found = not_found_handling
        self._worker_first = run_worker_first

    @classmethod
    def from_config(cls, assets: Mapping[str, Any], root: Path) -> Assets | None:
        """The assets of a configuration whose folder is `root`; None if no directory is named."""
        directory = assets.get("directory")
        if not isinstance(directory, str):
            return None
        first = assets.get("run_worker_first", False)
        return cls(
            root / directory,
            html_handling=assets.get("html_handling", "auto-trailing-slash"),
            not_found_handling=assets.get("not_found_handling", "none"),
            run_worker_first=tuple(first) if isinstance(first, list) else bool(first),
        )

    def before_worker(self, path: str) -> bool:
        """Whether an asset of this path is served without asking the Worker."""
        if isinstance(self._worker_first, bool):
            return not self._worker_first
        negative = [p[1:] for p in self._worker_first if p.startswith("!")]
        if any(fnmatchcase(path, pattern) for pattern in negative):
            return True
        return not any(fnmatchcase(path, p) for p in self._worker_first if not p.startswith("!"))

    def answer(self, target: str, if_none_match: str | None, *, missing: bool = False) -> Page | None:
        """The answer for a percent-encoded path with its query: the file, 307 to its canonical path, or 304
        when the client has it.

        None if there is no such asset; with `missing`, `not_found_handling` is asked then.
        """
        raw_path, mark, query = target.partition("?")
        found = self.match(raw_path)
        if found is None and missing:
            found = self.not_found(raw_path)
        if found is None:
            return None
        if isinstance(found, Redirect):
            return Page(307, [("location", found.location + mark + query)], b"")
        headers = found.headers()
        if found.status == 200 and if_none_match is not None:
            wanted = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
            if "*" in wanted or dict(headers)["etag"] in wanted:
                return Page(304, headers, b"")
        return Page(found.status, headers, found.path.read_bytes())

    def match(self, raw_path: str) -> File | Redirect | None:
        """The answer for a percent-encoded path, or None if there is no such asset."""
        # Two slashes in front would make the canonical path the address of another host.
        path = re.sub("/+", "/", unquote(raw_path))
        if "\0" in path or not path.startswith("/") or ".." in path.split("/"):
            return None
        found = self._candidate(path)
        if isinstance(found, str):
            return Redirect(quote(found, safe="/:@!$&'()*+,;=~-._"))
        return found

    def not_found(self, raw_path: str) -> File | None:
        """What `not_found_handling` gives for a path without an asset."""
        if self._not_found == "single-page-application":
            index = self._file("/index.html")
            return File(index) if index else None
        if self._not_found == "404-page":
            parts = unquote(raw_path).strip("/").split("/")
            for depth in range(len(parts), -1, -1):
                page = self._file("/" + "/".join([*parts[:depth], "404.html"]))
                if page:
                    return File(page, 404)
        return None

    def _candidate(self, path: str) -> File | str | None:
        exact = None if path.endswith("/") else self._file(path)
        if self._html == "none":
            return File(exact) if exact else None
        if exact and not path.endswith(".html"):
            return File(exact)
        return self._page(path)

    def _page(self, path: str) -> File | str | None:
        """The HTML page of `path`, or the path it is canonically found at."""
        stem = path
        for suffix in ("/index.html", "/index", ".html", "/"):
            if stem.endswith(suffix):
                stem = stem[: -len(suffix)]
                break
        flat = self._file(stem + ".html") if stem else None
        index = self._file(stem + "/index.html")
        if self._html == "force-trailing-slash":
            canonical = stem + "/"
        elif self._html == "drop-trailing-slash":
            canonical = stem or "/"
        else:
            canonical = stem if flat and not (index and path.endswith("/")) else stem + "/"
        page = (index or flat) if canonical.endswith("/") else (flat or index)
        if page is None:
            return None
        return File(page) if path == canonical else canonical

    def _file(self, path: str) -> Path | None:
        relative = path.lstrip("/")
        if not relative or relative.rsplit("/", 1)[-1] in _NOT_SERVED:
            return None
        try:
            found = (self._folder / relative).resolve()
            served = found.is_relative_to(self._folder) and found.is_file() and os.access(found, os.R_OK)
        except (OSError, ValueError, RuntimeError):
            # Such as a name longer than any file's.
            return None
        return found if served else None

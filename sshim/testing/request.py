"""A request as a test describes it: path, query, headers and one kind of body, made into its parts."""

from __future__ import annotations

import json as json_module
import mimetypes
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urljoin, urlsplit

from sshim.errors import UsageError
from sshim.worker import direct

ABSENT: Any = object()
"""Stands for `json=` not given, since None is a JSON value."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_NO_VALUE = re.compile(r"[\0\r\n]")

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Query = str | Mapping[str, Any] | Iterable[tuple[str, Any]]
Body = str | bytes | bytearray | memoryview | Iterable[bytes] | AsyncIterable[bytes]
FileSpec = bytes | str | Path | tuple[Any, ...]
"""Content, a path to read, or (filename, content[, content type])."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a test asked for, ready to be sent: absolute URL, header pairs in lower case, body or none."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterator[bytes] | None

    def js_request(self) -> Any:
        """The `js.Request` that the server would make of it."""
        return direct.request(self.method, self.url, self.headers, self.body)


def describe(
    base_url: str,
    path: str,
    *,
    method: str | None = None,
    headers: Headers | None = None,
    query: Query | None = None,
    json: Any = ABSENT,
    body: Body | None = None,
    form: Mapping[str, Any] | None = None,
    files: Mapping[str, FileSpec] | None = None,
) -> Described:
    """The request; the method is GET without a body and POST with one, unless given.

    Raises `UsageError` for two bodies at once, a body that GET cannot have, and a header that no client can
    send.
    """
    __tracebackhide__ = True
    kinds = [
        name
        for name, given in (
            ("json", json is not ABSENT),
            ("body", body is not None),
            ("form/files", form is not None or files is not None),
        )
        if given
    ]
    if len(kinds) > 1:
        raise UsageError(f"a request has one body, not {' and '.join(kinds)}")
    pairs = [(name.lower(), str(value)) for name, value in _pairs(headers or ())]
    for name, value in pairs:
        if not _NAME.fullmatch(name) or _NO_VALUE.search(value):
            raise UsageError(f"no client can send the header {name!r}: its name or value holds what none can")
    content, content_type = _content(json, body, form, files)
    chosen = (method or ("POST" if kinds else "GET")).upper()
    if content is not None and chosen in ("GET", "HEAD"):
        raise UsageError(f"a {chosen} request cannot have a body", hint='method="POST"')
    names = {name for name, _ in pairs}
    if content_type and "content-type" not in names:
        pairs.append(("content-type", content_type))
    if isinstance(content, bytes) and "content-length" not in names:
        pairs.append(("content-length", str(len(content))))
    url = _url(base_url, path, query)
    if "host" not in names:
        pairs.insert(0, ("host", urlsplit(url).netloc))
    return Described(chosen, url, pairs, content)


def _url(base_url: str, path: str, query: Query | None) -> str:
    """The absolute URL; `path` may be one itself."""
    # Two slashes in front are a path here, as they are in a request line, and a fragment is never sent.
    path = path.partition("#")[0]
    if path.startswith("//"):
        base = urlsplit(base_url)
        path = f"{base.scheme}://{base.netloc}{path}"
    url = urljoin(base_url + "/", path) if path else base_url + "/"
    if not urlsplit(url).path:
        url = url.replace("?", "/?", 1) if "?" in url else url + "/"
    if query is None:
        return url
    if not isinstance(query, str):
        query = urlencode([(name, _text(value)) for name, value in _pairs(query, repeat=True)])
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _text(value: Any) -> str:
    """A query value as JavaScript would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _pairs(given: Any, *, repeat: bool = False) -> Iterable[tuple[str, Any]]:
    """(name, value) pairs of a mapping, a headers object or pairs; with `repeat` a list value counts as
    several."""
    pairs = given.items() if hasattr(given, "items") else given
    for name, value in pairs:
        if repeat and isinstance(value, (list, tuple)):
            for each in value:
                yield name, each
        else:
            yield name, value


def _content(
    json: Any, body: Body | None, form: Mapping[str, Any] | None, files: Mapping[str, FileSpec] | None
) -> tuple[bytes | AsyncIterator[bytes] | None, str | None]:
    """The body and its default content type."""
    if json is not ABSENT:
        return json_module.dumps(json, separators=(",", ":")).encode(), "application/json"
    if files is not None:
        return direct.multipart(_parts(form or {}, files))
    if form is not None:
        encoded = urlencode([(name, _text(value)) for name, value in _pairs(form, repeat=True)])
        return encoded.encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body), None
    if isinstance(body, Mapping) or not isinstance(body, (AsyncIterable, Iterable)):
        kind = type(body).__name__
        raise UsageError(
            f"body= takes text, bytes or an iterable of bytes, not {kind}", hint="json= for data"
        )
    return _stream(cast("Iterable[bytes] | AsyncIterable[bytes]", body)), None


async def _stream(source: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(source, AsyncIterable):
        async for chunk in source:
            yield chunk
    else:
        for chunk in source:
            yield chunk


def _parts(form: Mapping[str, Any], files: Mapping[str, FileSpec]) -> Iterable[direct.Part]:
    for name, value in _pairs(form, repeat=True):
        yield direct.Part(name, _text(value).encode())
    for name, given in files.items():
        if isinstance(given, Path):
            given = (given.name, given.read_bytes())
        elif not isinstance(given, tuple):
            given = (name, given)
        filename, content, *kind = given
        guessed = kind[0] if kind else mimetypes.guess_type(str(filename))[0] or "application/octet-stream"
        data = content.read() if hasattr(content, "read") else content
        yield direct.Part(name, data.encode() if isinstance(data, str) else bytes(data), filename, guessed)

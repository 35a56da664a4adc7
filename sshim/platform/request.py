"""Request: what a handler receives, and what `fetch` sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from sshim.platform.abort import AbortSignal
from sshim.platform.body import Body, Source, extract
from sshim.platform.exceptions import js_error
from sshim.platform.headers import Headers
from sshim.platform.objects import from_json
from sshim.platform.options import positional, read_options, unwrap
from sshim.platform.primitives import js_string
from sshim.platform.proxy import static
from sshim.platform.runtime import is_nullish, runtime
from sshim.platform.url import parse

# Those that workerd's HTTP library knows; any other cannot be sent.
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PURGE", "OPTIONS", "TRACE", "COPY", "LOCK", "MKCOL"}
    | {"MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "ACL", "REPORT", "MKACTIVITY", "CHECKOUT"}
    | {"MERGE", "MSEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "QUERY", "BAN"}
)
_REDIRECT = (
    'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it '
    'does not make sense at the edge; use "manual" and check the response status code).'
)
Cf = Callable[[], dict[str, Any]] | dict[str, Any] | None


class Request(Body):
    """`new Request(url | request, {method, headers, body, redirect, signal, cf, cache, integrity})`."""

    js_name = "Request"
    __slots__ = (
        "_cache",
        "_cf",
        "_headers",
        "_integrity",
        "_method",
        "_normal",
        "_pairs",
        "_redirect",
        "_signal",
        "_url",
    )

    def __init__(self, method: str, url: str, source: Source) -> None:
        super().__init__(source)
        self._method = method
        self._url = url
        self._normal = True
        self._headers: Headers | None = None
        self._pairs: Iterable[tuple[str, str]] | None = None
        self._cf: Any = None
        self._signal: AbortSignal | None = None
        self._redirect = "follow"
        self._cache: str | None = None
        self._integrity = ""

    @classmethod
    def from_server(
        cls,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | AsyncIterator[bytes] | None = None,
        cf: Cf = None,
    ) -> Request:
        """A request that came over the wire: its URL is absolute, its headers cannot be changed.

        URL, headers and `cf` (a dict, or what returns one) are turned into their JavaScript form when asked
        for.
        """
        made: Request = cls._make(method, url, body)
        made._normal = False
        made._pairs = headers
        made._cf = cf
        return made

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor; Python dicts serve as options and headers too."""
        given = positional(args, options)
        if not given:
            raise js_error("TypeError", "Failed to construct 'Request': 1 argument required.")
        source, init = unwrap(given[0]), read_options(given[1] if len(given) > 1 else None)
        base = source if isinstance(source, Request) else None
        has_body = init.get("body") is not None
        if base is not None:
            if base.bodyUsed and not has_body:
                raise js_error("TypeError", "Cannot reconstruct a Request with a used body.")
            made = cls._make(base._method, base.url, None)
            made._cf, made._redirect, made._cache = base._cf, base._redirect, base._cache
            made._signal, made._integrity = base.signal, base._integrity
        else:
            made = cls._make("GET", _absolute(js_string(source)), None)
        made._configure(init)
        made._settle_headers_and_body(init, base, has_body)
        return made

    def _configure(self, init: dict[str, Any]) -> None:
        method, redirect, cache = init.get("method"), init.get("redirect"), init.get("cache")
        signal, cf, integrity = init.get("signal"), init.get("cf"), init.get("integrity")
        if method is not None:
            self._method = js_string(method).upper()
            if self._method not in METHODS:
                raise js_error("TypeError", f"Invalid HTTP method string: {js_string(method)}")
        if redirect is not None:
            self._redirect = js_string(redirect)
            if self._redirect not in ("follow", "manual"):
                raise js_error("TypeError", _REDIRECT)
        if cache is not None:
            self._cache = js_string(cache)
            if self._cache not in ("no-store", "no-cache"):
                raise js_error("TypeError", f"Unsupported cache mode: {self._cache}")
        if signal is not None:
            self._signal = None if is_nullish(signal) else signal
        if cf is not None:
            self._cf = unwrap(cf)
        if integrity is not None:
            self._integrity = js_string(integrity)

    def _settle_headers_and_body(self, init: dict[str, Any], base: Request | None, has_body: bool) -> None:
        headers = init.get("headers")
        if headers is not None:
            self._headers = Headers.new(_known_headers(headers))
        else:
            self._headers = Headers._make() if base is None else base.headers.copy()
        if has_body:
            source, content_type = extract(init.get("body"))
            if source is not None and self._method in ("GET", "HEAD"):
                raise js_error("TypeError", "Request with a GET or HEAD method cannot have a body.")
            if content_type is not None and "content-type" not in self._headers:
                self._headers.set("content-type", content_type)
            self._set_source(source)
        elif base is not None:
            self._set_source(base._claim())

    @property
    def url(self) -> str:
        """The absolute URL in its standard spelling."""
        if not self._normal:
            self._url = _absolute(self._url)
            self._normal = True
        return self._url

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return self._method

    @property
    def headers(self) -> Headers:  # type: ignore[override]
        """The headers; those of an incoming request cannot be changed."""
        if self._headers is None:
            self._headers = Headers.from_pairs(self._pairs or (), immutable=True)
        return self._headers

    @property
    def cf(self) -> Any:
        """What Cloudflare tells of an incoming request; None (undefined) where nothing does."""
        if callable(self._cf):
            self._cf = self._cf()
        if type(self._cf) is dict:
            self._cf = from_json(self._cf)
        return self._cf

    @property
    def signal(self) -> AbortSignal:
        """The signal that aborts the request."""
        if self._signal is None:
            self._signal = AbortSignal._make()
        return self._signal

    redirect = property(lambda self: self._redirect)
    cache = property(lambda self: self._cache)
    integrity = property(lambda self: self._integrity)
    keepalive = property(lambda self: False)
    fetcher = property(lambda self: runtime.null)

    def clone(self) -> Request:
        """A copy whose body is read on its own; a TypeError once the body is read or locked."""
        copy: Request = Request._make(self._method, self.url, self._split())
        copy._headers = self.headers.copy()
        copy._headers._immutable = self.headers._immutable
        copy._cf, copy._signal, copy._redirect = self._cf, self.signal, self._redirect
        copy._cache, copy._integrity = self._cache, self._integrity
        return copy

    def _body_length(self) -> int | None:
        length = self.headers.get("content-length")
        return int(length) if isinstance(length, str) and length.isdecimal() else None


def _absolute(text: str) -> str:
    parsed = parse(text)
    if parsed is None:
        raise js_error("TypeError", f"Invalid URL: {text}")
    return parsed.href


def _known_headers(headers: Any) -> Any:
    """What a `headers` option may be: null is refused, undefined is not asked."""
    if is_nullish(headers):
        raise js_error(
            "TypeError",
            "Incorrect type for the 'headers' field on 'InitializerDict': the provided value is not of type "
            "'Headers or Sequence or object'.",
        )
    return headers

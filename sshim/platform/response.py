"""Response: what a handler returns, and what `fetch` gives."""

from __future__ import annotations

import re
from typing import Any

from sshim.platform import json_text
from sshim.platform.body import Body, Source, extract
from sshim.platform.exceptions import js_error
from sshim.platform.headers import Headers
from sshim.platform.kinds import JsFetchResponse
from sshim.platform.objects import from_json
from sshim.platform.options import read_options, unwrap
from sshim.platform.primitives import js_number, js_string
from sshim.platform.proxy import static
from sshim.platform.runtime import is_nullish, runtime
from sshim.platform.statuses import NULL_BODY, REDIRECTS, phrase
from sshim.platform.url import parse
from sshim.platform.websocket import WebSocket, is_websocket

_ENCODED = frozenset({"content-encoding", "content-length"})
_BAD_TEXT = re.compile(r"[\x00-\x1f\x7f]")


class Response(JsFetchResponse, Body):
    """`new Response(body, {status, statusText, headers, webSocket, encodeBody, cf})`."""

    js_name = "Response"
    __slots__ = (
        "_cf",
        "_content_type_default",
        "_encode_body",
        "_headers",
        "_redirected",
        "_status",
        "_status_text",
        "_type",
        "_url",
        "_web_socket",
    )

    def __init__(self, source: Source = None, status: int = 200, headers: Headers | None = None) -> None:
        super().__init__(source)
        self._status = status
        self._status_text: str | None = None
        self._headers = headers
        self._content_type_default: str | None = None
        self._web_socket: WebSocket | None = None
        self._encode_body = "automatic"
        self._cf: Any = None
        self._url = ""
        self._redirected = False
        self._type = "default"

    @static
    def new(cls, body: Any = None, init: Any = None, *rest: Any, **options: Any) -> Any:
        """The constructor; another Response or a Python dict may serve as options."""
        source: Source
        content_type: str | None
        if body.__class__ is str:
            source, content_type = body.encode() if body.isascii() else extract(body)[0], _TEXT
        else:
            source, content_type = extract(body)
        made: Response = cls._make(source)
        made._content_type_default = content_type
        if options or not is_nullish(init):
            made._configure(read_options(init, options))
        return made

    def _configure(self, init: dict[str, Any]) -> None:
        headers, text, cf = init.get("headers"), init.get("statusText"), init.get("cf")
        web_socket, encode_body = init.get("webSocket"), init.get("encodeBody")
        if headers is not None:
            self._headers = Headers.new(headers)
            self._default_content_type()
        if is_websocket(web_socket):
            self._web_socket = web_socket
        self._status = self._checked_status(init.get("status"))
        if text is not None:
            self._status_text = js_string(text)
            if _BAD_TEXT.search(self._status_text):
                raise js_error("TypeError", "Invalid statusText")
        if encode_body is not None:
            self._encode_body = js_string(encode_body)
            if self._encode_body not in ("automatic", "manual"):
                raise js_error("TypeError", f"encodeBody: unexpected value: {self._encode_body}")
        if cf is not None:
            self._cf = unwrap(cf)

    def _checked_status(self, given: Any) -> int:
        status = 200 if given is None else status_number(given)
        if self._web_socket is not None:
            if status != 101:
                raise js_error("RangeError", "Responses with a WebSocket must have status code 101.")
        elif not 200 <= status <= 599:
            raise js_error(
                "RangeError",
                "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
            )
        if status in NULL_BODY and self._source is not None:
            if self._source != b"":
                raise js_error(
                    "TypeError",
                    "Response with null body status (101, 204, 205, or 304) cannot have a body.",
                )
            self._set_source(None)
        return status

    def _default_content_type(self) -> None:
        default, headers = self._content_type_default, self._headers
        if default is not None and headers is not None and "content-type" not in headers._fields:
            headers._fields["content-type"] = ["content-type", default]

    @static
    def redirect(cls, url: Any = None, status: Any = None, *rest: Any) -> Any:
        """A redirect to an absolute URL; its headers cannot be changed."""
        parsed = parse(js_string(url))
        if parsed is None:
            raise js_error("TypeError", f"Unable to parse URL: {js_string(url)}")
        code = 302 if status is None else status_number(status)
        if code not in REDIRECTS:
            raise js_error(
                "RangeError",
                f"{code} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.",
            )
        return cls._make(None, code, Headers.from_pairs([("Location", parsed.href)], immutable=True))

    @static
    def error(cls, *args: Any) -> Any:
        """A response of type "error" with status 0."""
        made = cls._make(None, 0, Headers.from_pairs((), immutable=True))
        made._type, made._status_text = "error", ""
        return made

    def _json(cls: Any, value: Any = None, init: Any = None, *rest: Any, **options: Any) -> Any:
        text = json_text.stringify(value)
        made = cls._make(b"" if text is None else extract(text)[0])
        made._content_type_default = "application/json"
        if options or not is_nullish(init):
            made._configure(read_options(init, options))
        return made

    # `Response.json(value, init)` makes a response, `response.json()` reads one.
    json = static(_json, Body.json)

    @classmethod
    def _of_fetch(
        cls,
        source: Source,
        status: int,
        status_text: str,
        headers: list[tuple[str, str]],
        url: str,
        redirected: bool,
    ) -> Response:
        """The answer of a server; its headers cannot be changed."""
        made: Response = cls._make(source, status, Headers.from_pairs(headers, immutable=True))
        made._status_text = status_text
        made._url = url
        made._redirected = redirected
        return made

    @property
    def headers(self) -> Headers:  # type: ignore[override]
        """The headers."""
        if self._headers is None:
            self._headers = Headers._make()
            self._default_content_type()
        return self._headers

    def header_pairs(self) -> list[tuple[str, str]]:
        """For a server: the fields to send, names as written, repeated values joined save Set-Cookie's.

        Where production would compress the body on its way out, by a Content-Encoding and `encodeBody`
        "automatic", the field and the length that goes with it are left out, and the body goes as it is.
        The length of a stream is told where it is known.
        """
        length = None if self._stream is None else self._stream._length
        if self._headers is None and length is None:
            default = self._content_type_default
            return [] if default is None else [("content-type", default)]
        pairs: list[tuple[str, str]] = self.headers.raw_items()
        if length is not None and "content-length" not in self.headers._fields:
            pairs.append(("content-length", str(length)))
        if self._encode_body == "automatic" and "content-encoding" in self.headers._fields:
            encoding = self.headers._fields["content-encoding"][-1].strip().lower()
            if encoding in ("gzip", "br"):
                return [pair for pair in pairs if pair[0].lower() not in _ENCODED]
        return pairs

    @property
    def status(self) -> int:
        """The status code."""
        return self._status

    @property
    def statusText(self) -> str:
        """The reason phrase: the standard one unless another was given."""
        return phrase(self._status) if self._status_text is None else self._status_text

    @property
    def ok(self) -> bool:
        """Whether the status is of the 200s."""
        return 200 <= self._status < 300

    @property
    def webSocket(self) -> Any:
        """The client's end of a WebSocket that this response offers; null otherwise."""
        return runtime.null if self._web_socket is None else self._web_socket

    @property
    def cf(self) -> Any:
        """What was given as `cf`."""
        if type(self._cf) is dict:
            self._cf = from_json(self._cf)
        return self._cf

    url = property(lambda self: self._url)
    redirected = property(lambda self: self._redirected)
    type = property(lambda self: self._type)

    def clone(self) -> Response:
        """A copy whose body is read on its own; a TypeError once the body is read or locked."""
        if self._web_socket is not None:
            raise js_error("TypeError", "Cannot clone a response to a WebSocket handshake.")
        copy: Response = Response._make(self._split(), self._status)
        copy._status_text, copy._type = self._status_text, self._type
        copy._headers = self.headers.copy()
        copy._headers._immutable = self.headers._immutable
        copy._encode_body, copy._cf = self._encode_body, self._cf
        copy._url, copy._redirected = self._url, self._redirected
        return copy


_TEXT = "text/plain;charset=UTF-8"


def status_number(value: Any) -> int:
    """A status as JavaScript reads it: fractions are cut off, and what is no number is 0."""
    if value.__class__ is int:
        return int(value)
    number = js_number(unwrap(value))
    return int(number) if number == number and abs(number) < 2**31 else 0

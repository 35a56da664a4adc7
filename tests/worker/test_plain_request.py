"""What is taken for a plain request means the same to aiohttp's parser; anything else is left to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from unittest import mock

import pytest
from aiohttp.http import HttpRequestParser, HttpVersion11
from aiohttp.streams import EMPTY_PAYLOAD
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sshim.worker.plain_request import LONGEST, Head, PlainRequest, read_head

CURL = (
    b"GET /a/b?c=%C3%A9&d HTTP/1.1\r\nHost: localhost:8787\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
    b"X-T\xc3\xa9st: 1\r\n\r\n"
).replace(b"X-T\xc3\xa9st", b"X-Test")
BROWSER = (
    b'GET / HTTP/1.1\r\nHost: [::1]:8787\r\nConnection: keep-alive\r\nsec-ch-ua: "Chromium";v="120"\r\n'
    b"Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux)\r\nAccept: text/html,*/*;q=0.8\r\n"
    b"Sec-Fetch-Site: none\r\nAccept-Encoding: gzip, deflate, br\r\nCookie: a=b; c=\xc3\xa9\r\n\r\n"
)
PYTHON = b"DELETE /x HTTP/1.1\r\nhost: LOCALHOST\r\naccept-encoding: identity\r\nhostile: no\r\n\r\n"


class Parsed:
    """What aiohttp makes of `data`."""

    def __init__(self, data: bytes) -> None:
        loop = mock.create_autospec(asyncio.AbstractEventLoop, instance=True)
        parser = HttpRequestParser(mock.Mock(), loop, 2**16, max_line_size=8190, max_field_size=8190)
        messages, self.upgraded, self.tail = parser.feed_data(data)
        assert len(messages) == 1
        self.message: Any
        self.message, self.payload = messages[0]


def request(data: bytes) -> PlainRequest:
    head = read_head(data)
    assert head is not None
    return PlainRequest(head, data, mock.Mock())


@pytest.mark.parametrize("data", [CURL, BROWSER, PYTHON], ids=["curl", "browser", "python"])
def test_what_clients_usually_send_is_plain_and_read_alike(data: bytes) -> None:
    assert_alike(data)


def lowered(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(name.lower(), value) for name, value in pairs]


def assert_alike(data: bytes) -> None:
    plain, parsed = request(data), Parsed(data)
    theirs = parsed.message
    assert (plain.method, plain.raw_path, plain.version) == (theirs.method, theirs.path, theirs.version)
    # it spells the names that it knows in its own way
    assert lowered(plain.raw_headers) == lowered(theirs.raw_headers)
    assert lowered(plain.headers.items()) == lowered(theirs.headers.items())
    assert plain.host_header == theirs.headers["Host"] and len(theirs.headers.getall("Host")) == 1
    assert not theirs.should_close and not theirs.upgrade and not theirs.chunked
    assert theirs.compression is None or plain.method != "POST"
    assert parsed.payload is EMPTY_PAYLOAD and not parsed.upgraded and not parsed.tail
    assert plain.version == HttpVersion11


def one_of(text: str, *more: str) -> st.SearchStrategy[str]:
    """One of the words of `text`, or of `more`."""
    return st.sampled_from([*text.split(), *more])


NAMES = one_of(
    "Accept cookie X-A Content-Length transfer-encoding Upgrade Expect Host HOST Connection Keep-Alive X_Y é "
    "TE Content-Encoding Sec-WebSocket-Key Content-Type Hostile Te-xt Proxy-Connection Range",
    *("", " X", "X "),
)
VALUES = one_of(
    "a 0 5 chunked keep-alive close websocket 100-continue h2c localhost é identity gzip",
    *("Keep-Alive, Upgrade", "keep-alive ", "a b", " a", "a ", "a\t", "\ta", "", "x" * 300),
    *("a\rb", "a\nb", "a\x00b", "\x7f"),
)
SEPARATORS = st.sampled_from([*[": "] * 30, ":", ":  ", " : ", ":\t", ""])
ENDS = st.sampled_from([*["\r\n"] * 40, "\n", "\r", "\r\n ", "\r\r\n"])
TARGETS = one_of("/ / / / /a?b /a?b#c /é //x * http://x/ /%00 /.. /\\", "/a b", "/a\tb", "")
METHODS = one_of("GET GET GET GET HEAD HEAD DELETE OPTIONS get POST CONNECT PRI", "G ET")
VERSIONS = one_of("HTTP/1.1 " * 8 + "HTTP/1.0 HTTP/2.0 http/1.1 HTTP/1.10", "HTTP/1.1 ")


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    text = f"{draw(METHODS)} {draw(TARGETS)} {draw(VERSIONS)}{draw(ENDS)}"
    fields = draw(st.lists(st.tuples(NAMES, SEPARATORS, VALUES, ENDS), max_size=4))
    fields.insert(draw(st.integers(0, len(fields))), ("Host", ": ", draw(VALUES), "\r\n"))
    text += "".join("".join(field) for field in fields) + draw(ENDS)
    return (text + draw(st.sampled_from([*[""] * 9, "x", "GET / HTTP/1.1\r\n\r\n", "\r\n"]))).encode()


@settings(max_examples=200)
@given(heads())
@example(b"GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: 5\r\n\r\n")
def test_a_head_is_read_as_aiohttp_reads_it_or_not_at_all(data: bytes) -> None:
    if read_head(data) is not None:
        assert_alike(data)


@settings(max_examples=200)
@given(st.sampled_from([CURL, BROWSER, PYTHON]), st.data())
def test_a_usual_head_with_some_bytes_changed_is_read_alike_or_not_at_all(
    head: bytes, data: st.DataObject
) -> None:
    changed = bytearray(head)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    if read_head(bytes(changed)) is not None:
        assert_alike(bytes(changed))


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 0",
        b"content-length: 5",
        b"Transfer-Encoding: chunked",
        b"TRANSFER-ENCODING: x",
        b"Upgrade: websocket",
        b"Expect: 100-continue",
        b"Connection: close",
        b"Connection: keep-alive, Upgrade",
        b"Connection: Upgrade",
        b"Proxy-Connection: close",
        b"Host: other",
        b"hOsT: other",
        b"Sec-WebSocket-Key: x",
        b"TE: trailers",
        b"Trailer: x",
        b"HTTP2-Settings: x",
        b"X: ",
        b"X:",
        b"X:a",
        b"X:  a",
        b"X: a ",
        b"X: a\t",
        b" folded",
        b"X : a",
        b"X: a\x00",
        b"X: a\x7f",
        b"X: a\rb",
        b"X: a\nY: b",
        b"X_Y: a",
        b": a",
        b"",
    ],
)
def test_whatever_changes_how_a_request_is_read_is_left_to_aiohttp(lines: bytes) -> None:
    plain = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n"
    assert read_head(plain) == Head("GET", "/", "a")
    assert read_head(plain.replace(b"Accept: b", lines)) is None
    assert read_head(plain.replace(b"Host: a", lines + b"\r\nHost: a")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nx",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2,
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET /" + b"x" * LONGEST + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 51 + b"\r\n",
    ],
)
def test_a_head_that_is_not_whole_plain_and_alone_is_left_to_aiohttp(data: bytes) -> None:
    assert read_head(data) is None

"""Events made in this process rather than read from a socket, and the bodies they bring: what a test client
needs of the platform.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from sshim.platform import multipart as encoding
from sshim.platform.fetch import network
from sshim.platform.multipart import Part
from sshim.platform.objects import from_json
from sshim.platform.request import Request
from sshim.platform.statuses import phrase
from sshim.platform.transport import HttpTransport, NetworkError, Outgoing, Reply, Transport
from sshim.worker import cf

__all__ = ["HttpTransport", "NetworkError", "Outgoing", "Part", "Reply", "Transport", "from_json"]

_WORKER_ACCEPT_ENCODING = "br, gzip"
_LOCAL = "127.0.0.1"


def request(
    method: str, url: str, headers: list[tuple[str, str]], body: bytes | AsyncIterator[bytes] | None
) -> Request:
    """The `js.Request` of a client on this machine, as the server would make it of the same one: names are
    in lower case, Accept-Encoding is the runtime's own, CF-Connecting-IP is added when the client sent none.
    """
    accept_encoding = ""
    seen: list[tuple[str, str]] = []
    names = set()
    for name, value in headers:
        names.add(name)
        if name == "accept-encoding":
            accept_encoding = value
        else:
            seen.append((name, value))
    seen.append(("accept-encoding", _WORKER_ACCEPT_ENCODING))
    if "cf-connecting-ip" not in names:
        seen.append(("cf-connecting-ip", _LOCAL))
    return Request.from_server(method, url, seen, body, cf=lambda: cf.for_request(accept_encoding))


def use_transport(transport: Transport) -> None:
    """Send what the Worker fetches through `transport` from now on, in the whole process."""
    network.transport = transport


def multipart(parts: Iterable[Part]) -> tuple[bytes, str]:
    """The body and content type of a multipart form."""
    boundary = encoding.new_boundary()
    return encoding.encode(parts, boundary), f"multipart/form-data; boundary={boundary}"


async def chunks(body: Any) -> AsyncIterator[bytes]:
    """The body of a response or request of the SDK or of `js`, chunk by chunk as it is produced."""
    source = getattr(body, "js_object", body).body_source
    if source is None:
        return
    if isinstance(source, bytes):
        yield source
        return
    async for chunk in source.iter_bytes():
        yield chunk


async def read(body: bytes | AsyncIterator[bytes] | None) -> bytes:
    """The whole of an outgoing body."""
    if body is None or isinstance(body, bytes):
        return body or b""
    return b"".join([chunk async for chunk in body])


def reply(js_response: Any) -> Reply:
    """A `js.Response` made here, as the answer of a server that `fetch` reached."""
    return Reply(
        js_response.status, js_response.statusText, js_response.header_pairs(), chunks(js_response), _nothing
    )


def canned_reply(status: int, headers: Iterable[tuple[str, str]], body: bytes | None) -> Reply:
    """An answer of fixed parts."""

    async def produce() -> AsyncIterator[bytes]:
        if body:
            yield body

    return Reply(status, phrase(status), list(headers), produce(), _nothing)


def _nothing() -> None:
    """Closes an answer that holds nothing open."""

"""WebSocketPair: states, events, closing, and coupling with a server's connection."""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from sshim.platform.blob import Blob
from sshim.platform.exceptions import JsException
from sshim.platform.ffi import Uint8Array
from sshim.platform.websocket import WebSocket, WebSocketPair
from tests.settling import turns


@pytest.fixture(autouse=True)
def _no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "_cloudflare_compat_flags", raising=False)


def accepted() -> tuple[Any, Any]:
    first, second = WebSocketPair.new().object_values()
    first.accept()
    second.accept()
    return first, second


async def test_a_pair_has_two_open_ends():
    pair = WebSocketPair.new()
    assert list(pair.object_keys()) == ["0", "1"]
    assert pair[0].readyState == pair[1].readyState == WebSocket.OPEN == 1
    assert str(pair) == "[object WebSocketPair]"
    assert not pair[0].onmessage
    assert pair[0].binaryType == "arraybuffer"


async def test_messages_arrive_later_in_order_and_in_kind():
    first, second = accepted()
    seen: list[Any] = []
    first.addEventListener("message", lambda event: seen.append(event.data))
    for message in ("hi", 5, Uint8Array.from_bytes(b"\x01\x02"), Blob.new(["b"])):
        second.send(message)
    assert seen == []
    await turns()
    assert seen[:2] == ["hi", "5"]
    assert [data.constructor.name for data in seen[2:]] == ["ArrayBuffer", "ArrayBuffer"]
    assert [data.to_bytes() for data in seen[2:]] == [b"\x01\x02", b"b"]
    first.binaryType = "blob"
    second.send(Uint8Array.from_bytes(b"x"))
    await turns()
    assert seen[-1].constructor.name == "Blob"


async def test_messages_wait_for_accept():
    first, second = WebSocketPair.new().object_values()
    with pytest.raises(JsException, match="You must call one of accept"):
        first.send("x")
    with pytest.raises(JsException, match="You must call one of accept"):
        first.close(1000)
    second.accept()
    second.send("early")
    await turns()
    seen: list[Any] = []
    first.onmessage = lambda event: seen.append(event.data)
    first.accept()
    first.accept()
    await turns()
    assert seen == ["early"]


async def test_closing_goes_through_both_ends():
    first, second = accepted()
    seen: list[Any] = []
    for name, end in (("first", first), ("second", second)):
        end.addEventListener("close", lambda e, n=name: seen.append((n, e.code, e.reason, e.wasClean)))
        end.addEventListener("message", lambda e, n=name: seen.append((n, e.data)))
    first.close(3001, "bye")
    first.close(3002, "no")
    assert (first.readyState, second.readyState) == (2, 1)
    await turns()
    assert second.readyState == 2
    second.send("still open this way")
    second.close()
    await turns()
    assert (first.readyState, second.readyState) == (3, 3)
    assert seen == [
        ("second", 3001, "bye", True),
        ("first", "still open this way"),
        ("first", 1005, "", True),
    ]
    with pytest.raises(JsException, match=r"TypeError: Can't call WebSocket send\(\) after close\(\)"):
        first.send("x")


async def test_flags_make_binary_messages_blobs_and_answer_a_close_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
):
    flags = SimpleNamespace(websocket_standard_binary_type=True, web_socket_auto_reply_to_close=True)
    monkeypatch.setitem(sys.modules, "_cloudflare_compat_flags", flags)
    first, second = accepted()
    seen: list[Any] = []
    first.onmessage = lambda event: seen.append(event.data.constructor.name)
    for name, end in (("first", first), ("second", second)):
        end.onclose = lambda e, n=name: seen.append((n, e.code, first.readyState, second.readyState))
    second.send(Uint8Array.from_bytes(b"x"))
    await turns()
    first.close(3000)
    await turns()
    assert seen == ["Blob", ("second", 3000, 2, 3), ("first", 3000, 3, 3)]


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 5000, "x"])
async def test_bad_close_codes_are_refused(code: Any):
    first, _ = accepted()
    with pytest.raises(JsException, match=f"InvalidAccessError: Invalid WebSocket close code: {code}"):
        first.close(code)
    with pytest.raises(JsException, match="you must also specify a code"):
        first.close(None, "x")
    assert first.readyState == 1


async def test_an_exception_in_a_listener_breaks_the_connection_and_is_reported():
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
    first, second = accepted()
    seen: list[Any] = []

    def fail(event: Any) -> None:
        raise ValueError("x")

    first.onmessage = fail
    first.onerror = lambda event: seen.append(event.message)
    second.onclose = lambda event: seen.append((event.code, event.wasClean))
    second.send("q")
    await turns()
    assert seen == ["Uncaught ValueError: x", (1006, False)]
    assert (first.readyState, second.readyState) == (3, 3)
    assert [str(context["exception"]) for context in reported] == ["x"]


async def test_a_server_is_coupled_to_one_end():
    client, server = WebSocketPair.new().object_values()
    server.accept()
    sent: list[Any] = []
    server.send("before")
    client.couple(lambda kind, data: sent.append((kind, data)))
    server.send("text")
    server.send(Uint8Array.from_bytes(b"\x00"))
    received: list[Any] = []
    server.onmessage = lambda event: received.append(event.data)
    server.onclose = lambda event: received.append((event.code, event.wasClean))
    client.deliver("from outside")
    client.deliver(b"\x01")
    client.deliver_close(1006)
    await turns()
    assert sent == [("text", "before"), ("text", "text"), ("bytes", b"\x00")]
    assert received[0] == "from outside"
    assert received[1].to_bytes() == b"\x01"
    assert received[2] == (1006, False)
    assert server.readyState == 3
    with pytest.raises(JsException, match="already used in a response"):
        client.accept()


async def test_a_close_without_a_code_reaches_the_server_as_zero():
    client, server = WebSocketPair.new().object_values()
    server.accept()
    sent: list[Any] = []
    client.couple(lambda kind, data: sent.append((kind, data)))
    server.close()
    assert sent == [("close", (0, ""))]
    other, _ = accepted()
    with pytest.raises(JsException, match="after calling accept"):
        other.couple(print)


def test_connections_to_other_servers_are_refused_clearly():
    with pytest.raises(JsException, match="not supported by sshim"):
        WebSocket.new("ws://localhost/")


async def test_attachments_stay_with_the_connection():
    first, _ = accepted()
    assert not first.deserializeAttachment()
    first.serializeAttachment("x")
    assert first.deserializeAttachment() == "x"

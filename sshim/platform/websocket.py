"""WebSocketPair and its two ends. What one end sends, the other gets as events, in a later turn of the loop.

A server couples the end that a Worker hands out to a real connection: `couple`, `deliver`, `deliver_close`.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from sshim.platform.blob import Blob
from sshim.platform.buffers import ArrayBuffer, ByteSource
from sshim.platform.events import CloseEvent, ErrorEvent, Event, EventTarget, MessageEvent, NoHandler
from sshim.platform.exceptions import js_error
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_number, js_string
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import is_nullish, runtime
from sshim.platform.text import scalar_text

NO_CODE = 1005
ABNORMAL = 1006
_RESERVED = frozenset({1004, NO_CODE, ABNORMAL, 1015})
Receiver = Callable[[str, Any], object]


def _flag(name: str) -> bool:
    """Whether a compatibility flag is in force in this process."""
    return bool(getattr(sys.modules.get("_cloudflare_compat_flags"), name, False))


class WebSocket(EventTarget):
    """One end of a connection."""

    js_name = "WebSocket"
    __slots__ = (
        "_accepted",
        "_attachment",
        "_auto_reply",
        "_binary",
        "_broken",
        "_peer",
        "_received_close",
        "_receiver",
        "_sent_close",
        "_waiting",
    )

    CONNECTING = READY_STATE_CONNECTING = 0
    OPEN = READY_STATE_OPEN = 1
    CLOSING = READY_STATE_CLOSING = 2
    CLOSED = READY_STATE_CLOSED = 3

    onopen = onmessage = onclose = onerror = NoHandler()

    def __init__(self) -> None:
        super().__init__()
        self._peer: WebSocket | None = None
        self._accepted = False
        self._sent_close = self._received_close = self._broken = False
        self._receiver: Receiver | None = None
        self._waiting: deque[tuple[str, Any]] = deque()  # what arrived before accept()
        self._binary = "blob" if _flag("websocket_standard_binary_type") else "arraybuffer"
        self._auto_reply = _flag("web_socket_auto_reply_to_close")
        self._attachment: Any = None

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """Connecting to another server is not possible here."""
        raise js_error(
            "NotSupportedError",
            "new WebSocket(url) is not supported by sshim: only WebSocketPair is, for connections to this "
            "Worker.",
        )

    url = property(lambda self: runtime.null)
    protocol = property(lambda self: "")
    extensions = property(lambda self: "")

    @property
    def readyState(self) -> int:
        """1 open, 2 closing (one end has closed), 3 closed."""
        if self._broken or (self._sent_close and self._received_close):
            return 3
        return 2 if self._sent_close or self._received_close else 1

    @property
    def binaryType(self) -> str:
        """How binary messages arrive: "arraybuffer" or "blob"."""
        return self._binary

    @binaryType.setter
    def binaryType(self, value: Any) -> None:
        if value in ("arraybuffer", "blob"):
            self._binary = value

    def accept(self, options: Any = None, **keywords: Any) -> None:
        """Begins to receive here; what has arrived so far comes now."""
        if self._receiver is not None:
            raise js_error("TypeError", "Can't accept() WebSocket that was already used in a response.")
        if not self._accepted:
            self._accepted = True
            for _ in self._waiting:
                asyncio.get_running_loop().call_soon(self._fire)

    def send(self, message: Any = None) -> None:
        """Sends text, or the bytes of a buffer or Blob; other values as their text."""
        self._check_accepted()
        if self._sent_close:
            raise js_error("TypeError", "Can't call WebSocket send() after close().")
        message = unwrap(message)
        if isinstance(message, ByteSource):
            self.deliver(message.to_bytes())
        elif isinstance(message, Blob):
            self.deliver(message._data)
        else:
            self.deliver(scalar_text(js_string(message)))

    def close(self, code: Any = None, reason: Any = None) -> None:
        """Closes this direction; the other end hears of it by a `close` event. A second call does nothing."""
        if code is None and reason is not None:
            raise js_error(
                "InvalidAccessError",
                "If you specify a WebSocket close reason, you must also specify a code.",
            )
        number = NO_CODE if code is None else js_number(code)
        if code is not None and (not 1000 <= number < 5000 or number in _RESERVED):
            raise js_error("InvalidAccessError", f"Invalid WebSocket close code: {js_string(code)}.")
        self._check_accepted()
        self.deliver_close(int(number), "" if reason is None else scalar_text(js_string(reason)))

    def serializeAttachment(self, value: Any = None) -> None:
        """Keeps a value with the connection."""
        self._attachment = value

    def deserializeAttachment(self) -> Any:
        """The value kept with the connection; null without one."""
        return runtime.null if self._attachment is None else self._attachment

    def couple(self, receiver: Receiver) -> None:
        """For a server: this end's messages go to `receiver(kind, data)` instead of listeners.

        Kinds are "text" with str, "bytes" with bytes, and "close" with (code or 0, reason).
        """
        if self._accepted:
            raise js_error("TypeError", "Can't return WebSocket in a Response after calling accept().")
        self._receiver = receiver
        while self._waiting:
            self._hand_over(*self._waiting.popleft())

    def deliver(self, message: str | bytes) -> None:
        """For a server too: sends as this end, so that the other one receives."""
        if self._peer is not None and not self._sent_close:
            self._peer._arrive("text" if isinstance(message, str) else "bytes", message)

    def deliver_close(self, code: int = NO_CODE, reason: str = "") -> None:
        """For a server too: closes as this end; 1006 says that the connection was lost."""
        if self._sent_close:
            return
        self._sent_close = True
        if code == ABNORMAL:
            self._received_close = True
        if self._peer is not None:
            self._peer._arrive("close", (code, reason))

    def _check_accepted(self) -> None:
        if not self._accepted:
            raise js_error(
                "TypeError",
                "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending "
                "messages.",
            )

    def _arrive(self, kind: str, data: Any) -> None:
        if self._receiver is not None:
            self._hand_over(kind, data)
            return
        self._waiting.append((kind, data))
        if self._accepted:
            asyncio.get_running_loop().call_soon(self._fire)

    def _hand_over(self, kind: str, data: Any) -> None:
        assert self._receiver is not None
        if kind == "close":
            self._received_close = True
            code, reason = data
            data = (0 if code == NO_CODE else code, reason)
        self._receiver(kind, data)

    def _fire(self) -> None:
        """Dispatches the oldest event; an exception of a listener breaks the connection, as in production."""
        if not self._waiting or self._broken:
            return
        kind, data = self._waiting.popleft()
        try:
            self.dispatchEvent(self._event(kind, data))
        except Exception as reason:
            self._broken = True
            message = "Uncaught exception in a WebSocket event listener"
            asyncio.get_running_loop().call_exception_handler({"message": message, "exception": reason})
            self.deliver_close(ABNORMAL)
            name = js_string(getattr(reason, "name", type(reason).__name__))
            self.dispatchEvent(
                ErrorEvent._make("error", {"message": f"Uncaught {name}: {reason}", "error": reason})
            )

    def _event(self, kind: str, data: Any) -> Event:
        if kind == "close":
            self._received_close = True
            code, reason = data
            clean = code != ABNORMAL
            if not clean:
                self._sent_close = True
            elif self._auto_reply:
                self.deliver_close(code, reason)
            closed: Event = CloseEvent._make("close", {"code": code, "reason": reason, "wasClean": clean})
            return closed
        if kind == "bytes":
            data = Blob._make(data) if self._binary == "blob" else ArrayBuffer._make(data)
        message: Event = MessageEvent._make("message", {"data": data})
        return message


class WebSocketPair(JsObject):
    """`new WebSocketPair()`: an object whose properties 0 and 1 are two ends of one connection."""

    js_name = "WebSocketPair"
    __slots__ = ()

    def __init__(self) -> None:
        first: WebSocket = WebSocket._make()
        second: WebSocket = WebSocket._make()
        first._peer, second._peer = second, first
        self.__dict__.update({"0": first, "1": second})

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        return cls._make()

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.__dict__[js_string(index)]
        except KeyError:
            raise KeyError(index) from None


def is_websocket(value: Any) -> bool:
    """Whether a `webSocket` option holds one; null and undefined are fine and hold none."""
    if is_nullish(value):
        return False
    if not isinstance(value, WebSocket):
        raise js_error("TypeError", "Incorrect type for the 'webSocket' field on 'ResponseInitializer'.")
    return True

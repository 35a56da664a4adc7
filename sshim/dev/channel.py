"""Messages between the supervisor and a worker process: pickled objects, each behind its length, over a
socket pair whose two ends this program made itself.

Neither end ever waits for the other unless it says so: what a full socket does not take is kept and sent by
`flush`.
"""

from __future__ import annotations

import pickle
import select
import socket
import struct
import threading

_LENGTH = struct.Struct("!I")


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end. Sending is safe from any thread; receiving belongs to one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._out = bytearray()
        self._in = bytearray()
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """The descriptor to wait on; -1 once closed."""
        return self._sock.fileno()

    @property
    def pending(self) -> bool:
        """Whether something still has to be sent with `flush`."""
        return bool(self._out)

    def send(self, message: object) -> None:
        """Queue a message and send what the socket takes now. A closed other end is not an error here:
        the receiving side reports it."""
        body = pickle.dumps(message)
        with self._lock:
            self._out += _LENGTH.pack(len(body)) + body
        self.flush()

    def send_all(self, message: object) -> None:
        """Send a message and wait until it is out."""
        self.send(message)
        while self.pending and self.fileno() >= 0:
            select.select([], [self._sock], [])
            self.flush()

    def flush(self) -> None:
        """Send more of what is pending."""
        with self._lock:
            try:
                while self._out:
                    del self._out[: self._sock.send(self._out)]
            except BlockingIOError:
                pass
            except OSError:
                self._out.clear()

    def receive(self) -> list[object]:
        """Every message that is there, without waiting. Raises `Closed` when there is none and never will
        be."""
        gone = False
        try:
            while chunk := self._sock.recv(65_536):
                self._in += chunk
            gone = True
        except BlockingIOError:
            pass
        except OSError:
            gone = True
        messages = []
        while len(self._in) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._in)[0]
            if len(self._in) < end:
                break
            messages.append(pickle.loads(self._in[_LENGTH.size : end]))  # noqa: S301 our own other end
            del self._in[:end]
        if gone and not messages:
            raise Closed
        return messages

    def wait(self, seconds: float | None = None) -> list[object]:
        """As `receive`, once something is there; an empty list after `seconds`."""
        ready, _, _ = select.select([self._sock], [], [], seconds)
        return self.receive() if ready else []

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

"""A network that can be cut: a proxy before the server, loud (connections end) or silent (nothing passes)."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Proxy:
    """Passes bytes between its own port and `target` until it is told otherwise."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._silent = self._refusing = self._ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def silence(self) -> None:
        """Takes bytes and passes none on, as a dead router does."""
        self._silent = True

    def cut(self) -> None:
        """Ends every connection and refuses new ones."""
        self._refusing = True

    def mend(self) -> None:
        """Passes again; connections that were silenced stay dead."""
        self._silent, self._refusing = False, False

    def close(self) -> None:
        self._ending = True
        self._thread.join(10)
        for each in list(self._pairs):
            each.close()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ending:
            if self._refusing:
                self._drop_all()
            for key, _ in self._selector.select(0.02):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                if one is self._listener:
                    self._accept()
                else:
                    self._pass(one)

    def _accept(self) -> None:
        inner, _ = self._listener.accept()
        if self._refusing:
            inner.close()
            return
        try:
            outer = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            inner.close()
            return
        for one, other in ((inner, outer), (outer, inner)):
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass(self, one: socket.socket) -> None:
        if one not in self._pairs:
            return
        try:
            data = one.recv(65536)
            if data and not self._silent:
                self._pairs[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(one)

    def _drop(self, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        for each in filter(None, (one, other)):
            self._pairs.pop(each, None)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(each)
            each.close()

    def _drop_all(self) -> None:
        for one in list(self._pairs):
            if one in self._pairs:
                self._drop(one)

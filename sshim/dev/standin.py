"""What answers while there is no Worker: every request gets a 500 that says why."""

from __future__ import annotations

import logging
import socket
from ssl import SSLContext

from aiohttp import web

from sshim.dev import errorpage

_NOTE = "The Worker is loaded again as soon as you save a change."

_silent = logging.getLogger("sshim.standin")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class StandIn:
    """Serves `text`, already redacted, in the place of a Worker that could not be loaded; `ssl` is what to
    speak https with."""

    def __init__(self, text: str, *, ssl: SSLContext | None = None) -> None:
        self._text, self._ssl = text, ssl
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None, logger=_silent))

    async def start(self, *sockets: socket.socket) -> None:
        """Answer connections on bound sockets."""
        await self._runner.setup()
        for sock in sockets:
            tls = None if sock.family == getattr(socket, "AF_UNIX", None) else self._ssl
            await web.SockSite(self._runner, sock, ssl_context=tls).start()

    async def stop(self, grace: float = 0.5) -> None:
        """Accept nothing more and close."""
        await self._runner.cleanup()

    async def close_idle(self) -> None:
        """Nothing to do: no connection outlives its answer."""

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        headers = {"Cache-Control": "no-store", "Connection": "close"}
        if "text/html" in request.headers.get("Accept", ""):
            html = errorpage.page(self._text, _NOTE)
            return web.Response(status=500, text=html, content_type="text/html", headers=headers)
        headers["Content-Type"] = "text/plain;charset=UTF-8"
        return web.Response(status=500, body=self._text.encode("utf-8", "replace"), headers=headers)

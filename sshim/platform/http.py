"""The contents of `pyodide.http`: pyfetch, FetchResponse and their exceptions, all of them OSErrors."""

from __future__ import annotations

import asyncio
import functools
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sshim.platform.abort import AbortController, AbortSignal
from sshim.platform.convert import to_js
from sshim.platform.exceptions import JsException
from sshim.platform.fetch import fetch as js_fetch
from sshim.platform.objects import Object
from sshim.platform.primitives import js_string
from sshim.platform.request import Request

__all__ = ["AbortError", "BodyUsedError", "FetchResponse", "HttpStatusError", "pyfetch"]


class HttpStatusError(OSError):
    """What `raise_for_status` raises; the answer's `status`, `status_text` and `url` are attributes."""

    def __init__(self, status: int, status_text: str, url: str) -> None:
        if 400 <= status < 500:
            kind = "Client Error"
        elif 500 <= status < 600:
            kind = "Server Error"
        else:
            kind = "Invalid error code not between 400 and 599"
        super().__init__(f"{status} {kind}: {status_text} for url: {url}")
        self.status = status
        self.status_text = status_text
        self.url = url

    def __reduce__(self) -> Any:
        return type(self), (self.status, self.status_text, self.url)


class BodyUsedError(OSError):
    """The body was read before."""

    def __init__(self, *args: Any) -> None:
        super().__init__("Response body is already used")


class AbortError(OSError):
    """The request was aborted, or failed on its way; the text is the reason's."""

    def __init__(self, reason: Any) -> None:
        super().__init__(getattr(reason, "message", None) or js_string(reason))


for _error in (HttpStatusError, BodyUsedError, AbortError):
    # The name that a traceback shows is the one that user code catches.
    _error.__module__ = "pyodide.http"


def _as_os_error(
    method: Callable[..., Awaitable[Any]],
) -> Callable[..., Awaitable[Any]]:
    """Turns a JsException while a body is read into AbortError, and a cancelled task into an abort."""

    @functools.wraps(method)
    async def call(self: FetchResponse, *args: Any, **kwargs: Any) -> Any:
        try:
            return await method(self, *args, **kwargs)
        except JsException as reason:
            signal = self.abort_signal
            raise AbortError(signal.reason if signal and signal.aborted else reason) from None
        except asyncio.CancelledError as cancelled:
            if self.abort_controller is not None:
                self.abort_controller.abort(_reason(cancelled))
            raise

    return call


def _reason(cancelled: asyncio.CancelledError) -> JsException | None:
    text = "\n".join(map(str, cancelled.args))
    made: JsException | None = JsException._make(text) if text else None
    return made


class FetchResponse:
    """A `js.Response` with Python's types; `url` or the request that it answers comes first."""

    def __init__(
        self,
        request: Any,
        js_response: Any,
        abort_controller: AbortController | None = None,
        abort_signal: AbortSignal | None = None,
    ) -> None:
        if isinstance(request, str):
            self.js_request = Request.new(request) if request else None
            self._url: str = self.js_request.url if self.js_request else ""
        else:
            self.js_request = request
            self._url = request.url
        self.js_response = js_response
        self.abort_controller = abort_controller
        self.abort_signal = abort_signal

    @property
    def body_used(self) -> bool:
        """Whether the body was read."""
        used: bool = self.js_response.bodyUsed
        return used

    @property
    def headers(self) -> dict[str, str]:
        """The headers as a dict, names in lower case."""
        return {pair[0]: pair[1] for pair in self.js_response.headers}

    @property
    def ok(self) -> bool:
        """Whether the status is of the 200s."""
        ok: bool = self.js_response.ok
        return ok

    @property
    def redirected(self) -> bool:
        """Whether redirects were followed."""
        redirected: bool = self.js_response.redirected
        return redirected

    @property
    def status(self) -> int:
        """The status code."""
        status: int = self.js_response.status
        return status

    @property
    def status_text(self) -> str:
        """The reason phrase."""
        text: str = self.js_response.statusText
        return text

    @property
    def type(self) -> str:
        """The kind of response, such as "default"."""
        kind: str = self.js_response.type
        return kind

    @property
    def url(self) -> str:
        """Where the answer came from; "" for one that was made here."""
        url: str = self.js_response.url
        return url

    def _raise_if_failed(self) -> None:
        signal = self.abort_signal
        if signal and signal.aborted:
            raise AbortError(signal.reason)
        if self.js_response.bodyUsed:
            raise BodyUsedError

    def raise_for_status(self) -> None:
        """Raises HttpStatusError for the statuses from 400 on."""
        if 400 <= self.status < 600:
            raise HttpStatusError(self.status, self.status_text, self.url)

    def clone(self) -> FetchResponse:
        """A copy whose body is read on its own."""
        if self.js_response.bodyUsed:
            raise BodyUsedError
        request = self.js_request if self.js_request is not None else self._url
        return FetchResponse(request, self.js_response.clone(), self.abort_controller, self.abort_signal)

    @_as_os_error
    async def buffer(self) -> Any:
        """The body as an ArrayBuffer."""
        self._raise_if_failed()
        return await self.js_response.arrayBuffer()

    @_as_os_error
    async def text(self) -> str:
        """The body as text."""
        self._raise_if_failed()
        text: str = await self.js_response.text()
        return text

    async def string(self) -> str:
        """The same as `text`, its older name."""
        text: str = await self.text()
        return text

    @_as_os_error
    async def json(self, **kwargs: Any) -> Any:
        """The body by `json.loads`, which gets the keywords."""
        self._raise_if_failed()
        return json.loads(await self.js_response.text(), **kwargs)

    @_as_os_error
    async def memoryview(self) -> Any:
        """The body as a memoryview."""
        self._raise_if_failed()
        return (await self.js_response.arrayBuffer()).to_memoryview()

    @_as_os_error
    async def bytes(self) -> Any:
        """The body as bytes."""
        self._raise_if_failed()
        return (await self.js_response.arrayBuffer()).to_bytes()

    @_as_os_error
    async def unpack_archive(self, *, extract_dir: str | None = None, format: str | None = None) -> None:
        """Unpacks the body as an archive into a folder, as `shutil.unpack_archive` does."""
        self._raise_if_failed()
        data = (await self.js_response.arrayBuffer()).to_bytes()
        name = self._url.rsplit("/", 1)[-1] or "archive"
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / name
            archive.write_bytes(data)
            shutil.unpack_archive(archive, extract_dir, format)

    def abort(self, reason: Any = None) -> None:
        """Aborts the request; a ValueError without a controller."""
        if self.abort_controller is None:
            raise ValueError("abort_controller is not set")
        self.abort_controller.abort(None if reason is None else JsException._make(js_string(reason)))


async def pyfetch(
    request: Any, /, *, signal: Any = None, fetcher: Any = None, **kwargs: Any
) -> FetchResponse:
    """Fetches a URL or a `js.Request`; keywords are fetch's options. Failures on the way are AbortError."""
    controller: AbortController = AbortController._make()
    own = controller.signal
    kwargs["signal"] = AbortSignal.any([signal, own]) if signal else own
    options = to_js(kwargs, dict_converter=Object.fromEntries)
    if isinstance(request, str):
        request = Request.new(request, options)
    try:
        response = await (fetcher or js_fetch)(request, options)
    except asyncio.CancelledError as cancelled:
        controller.abort(_reason(cancelled))
        raise
    except JsException as reason:
        raise AbortError(reason) from None
    return FetchResponse(request, response, controller, kwargs["signal"])

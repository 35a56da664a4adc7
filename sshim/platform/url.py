"""URL by the WHATWG standard. The parser is Ada, the one of Node.js and workerd, by the package `can_ada`."""

from __future__ import annotations

from typing import Any

import can_ada

from sshim.platform.exceptions import js_error
from sshim.platform.primitives import js_string
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import runtime
from sshim.platform.text import scalar_text
from sshim.platform.url_search_params import URLSearchParams


def parse(text: str, base: str | None = None) -> can_ada.URL | None:
    """The parsed URL, None if it is not valid. A relative one needs a base.

    Not to be kept in an object: one that is still alive when Python ends makes the library complain.
    """
    try:
        if base is None:
            return can_ada.parse(scalar_text(text))
        return can_ada.parse(scalar_text(base)) + scalar_text(text)
    except ValueError:
        return None


def normalise(text: str) -> str:
    """The URL in its one standard spelling; an invalid or relative one is a TypeError of JavaScript."""
    parsed = parse(text)
    if parsed is None:
        raise js_error("TypeError", "Invalid URL string.")
    return parsed.href


def _component(name: str) -> property:
    """A part of the URL that can be read and set; a value that does not fit changes nothing."""

    def get(self: URL) -> str:
        return str(getattr(can_ada.parse(self._href), name))

    def set(self: URL, value: Any) -> None:
        self._change(name, js_string(value))

    return property(get, set, doc=f"The {name}.")


class URL(JsObject):
    """A URL, with its parts as attributes that can be set."""

    js_name = "URL"
    __slots__ = ("_href", "_search_params")

    def __init__(self, href: str) -> None:
        self._href = href
        self._search_params: URLSearchParams | None = None

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new URL(url, base)`."""
        parsed = _parse_arguments("Failed to construct 'URL': constructor", args)
        if parsed is None:
            raise js_error("TypeError", "Invalid URL string.")
        return cls._make(parsed.href)

    @static
    def parse(cls, *args: Any) -> Any:
        """`URL.parse(url, base)`: null instead of an error."""
        parsed = _parse_arguments("Failed to execute 'parse' on 'URL':", args)
        return runtime.null if parsed is None else cls._make(parsed.href)

    @static
    def canParse(cls, *args: Any) -> bool:
        """`URL.canParse(url, base)`."""
        return _parse_arguments("Failed to execute 'canParse' on 'URL':", args) is not None

    def _change(self, part: str, text: str) -> None:
        parsed = can_ada.parse(self._href)
        setattr(parsed, part, scalar_text(text))
        self._href = parsed.href

    protocol = _component("protocol")
    username = _component("username")
    password = _component("password")
    host = _component("host")
    hostname = _component("hostname")
    port = _component("port")
    pathname = _component("pathname")
    hash = _component("hash")

    @property
    def href(self) -> str:
        """The whole URL; setting an invalid one is a TypeError."""
        return self._href

    @href.setter
    def href(self, value: Any) -> None:
        parsed = parse(js_string(value))
        if parsed is None:
            message = "the provided value is not of type 'valid URL string'."
            raise js_error("TypeError", f"Failed to set the 'href' property on 'URL': {message}")
        self._href = parsed.href
        self._refresh_search_params()

    @property
    def origin(self) -> str:
        """Protocol, host and port, `null` for schemes without."""
        return can_ada.parse(self._href).origin

    @property
    def search(self) -> str:
        """The query with its question mark, empty if there is none."""
        return can_ada.parse(self._href).search

    @search.setter
    def search(self, value: Any) -> None:
        self._change("search", js_string(value))
        self._refresh_search_params()

    @property
    def searchParams(self) -> URLSearchParams:
        """The query's parameters; changing them changes the URL, and the other way round."""
        if self._search_params is None:
            self._search_params = URLSearchParams._make(self.search.removeprefix("?"), self._set_query)
        return self._search_params

    def _set_query(self, query: str) -> None:
        self._change("search", query)

    def _refresh_search_params(self) -> None:
        if self._search_params is not None:
            self._search_params._read(self.search.removeprefix("?"))

    def toString(self) -> str:
        """The whole URL."""
        return self._href

    def toJSON(self, *ignored: Any) -> str:
        """The whole URL."""
        return self._href


def _parse_arguments(where: str, args: tuple[Any, ...]) -> can_ada.URL | None:
    if not args:
        raise js_error("TypeError", f"{where} parameter 1 is not of type 'string'.")
    base = args[1] if len(args) > 1 else None
    return parse(js_string(args[0]), None if base is None else js_string(base))


__all__ = ["URL", "normalise", "parse"]

"""Query parameters: pages, order and filters, checked by the rules that every list shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

from sshim.errors import RequestRefused

PER_PAGE = 20
MAX_PER_PAGE = 100
MAX_PARAMETERS = 200
Direction = Literal["asc", "desc"]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters in their order; names may repeat."""

    pairs: tuple[tuple[str, str], ...] = ()

    def one(self, name: str) -> str | None:
        """The last value of that name, as the clients' own servers take it; None when there is none."""
        return next((value for key, value in reversed(self.pairs) if key == name), None)

    def every(self, name: str) -> list[str]:
        """All values of a name that may repeat (also as `name[]`) or hold commas; blanks are left out."""
        found = [value for key, value in self.pairs if key in (name, f"{name}[]")]
        return [part.strip() for value in found for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int, *, most: int = 2**31) -> int:
        """A whole number from 1 to `most`. Raises `RequestRefused` 400."""
        text = self.one(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= most:
            raise wrong(name)
        return int(text)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of the words. Raises `RequestRefused` 400."""
        text = self.one(name)
        if text is None:
            return default
        if text not in choices:
            raise wrong(name)
        return text

    def flag(self, name: str) -> bool:
        """`true` or `false`, false when absent. Raises `RequestRefused` 400."""
        return self.choice(name, ("true", "false"), "false") == "true"

    def direction(self, default: Direction = "asc") -> Direction:
        """`asc` or `desc`. Raises `RequestRefused` 400."""
        return "desc" if self.choice("direction", ("asc", "desc"), default) == "desc" else "asc"


def parse_query(text: str) -> Query:
    """The query part of a target. Raises `RequestRefused` 400 when it is no UTF-8 or far too long."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS, separator="&"
        )
    except ValueError:
        raise RequestRefused(400, 1001, "invalid_query") from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise RequestRefused(400, 1001, "invalid_query")
    return Query(tuple(pairs))


def wrong(name: str) -> RequestRefused:
    """A parameter whose value cannot be used."""
    return RequestRefused(400, 1001, f"invalid_{name}")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for; pages count from 1."""

    number: int
    size: int

    @classmethod
    def of(cls, query: Query) -> Page:
        """From `page` and `per_page`. Raises `RequestRefused` 400."""
        return cls(query.number("page", 1), query.number("per_page", PER_PAGE, most=MAX_PER_PAGE))

    def cut(
        self, items: Sequence[Item], show: Callable[[Item], Any], *, total: int | None = None
    ) -> tuple[list[Any], dict[str, int]]:
        """The items of this page, shown, and the result_info. A page past the end is empty: clients ask
        for pages until one is. `total` is the number of items before any filter."""
        start = (self.number - 1) * self.size
        shown = [show(item) for item in items[start : start + self.size]]
        info = {
            "count": len(shown),
            "page": self.number,
            "per_page": self.size,
            "total_count": len(items) if total is None else total,
            "total_pages": -(-len(items) // self.size),
        }
        return shown, info

"""Where secrets are bound, as `sshim dev` has seen it: for a person who wants to know before deleting one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sshim.control.desk import UNWRITABLE, Desk
from sshim.model import Usage
from sshim.store.rows import usage_of, usage_row
from sshim.store.schema import USAGES, Row

AGAIN_AFTER = timedelta(minutes=10)
"""How much older a record must be before only its time is written anew."""


class Usages(Desk):
    """Record and list."""

    __slots__ = ()

    def record_usages(self, usages: Iterable[Usage]) -> None:
        """Remembers the bindings of configurations, and forgets those that a configuration does not have any
        more; writes only when something is new. Nothing is recorded when there is no store or it cannot be
        written: it is a convenience."""
        usages = list(usages)
        if not any(_changes(self._rows(USAGES), usages)):
            return
        with contextlib.suppress(*UNWRITABLE), self.store.change() as draft:
            # once more: another `sshim dev` of the same configuration may have come first
            fresh, gone = _changes(draft.tables[USAGES.name], usages)
            for row in fresh:
                draft.put(USAGES, row)
            for key in gone:
                draft.delete(USAGES, key)

    def list_usages(self, store_id: str | None = None, secret_name: str | None = None) -> list[Usage]:
        """The bindings of a store or one of its secrets, the last seen first."""
        with self._reading("usage"):
            found = [usage_of(row) for row in self._rows(USAGES).values()]
        wanted = [
            usage
            for usage in found
            if store_id in (None, usage.store_id) and secret_name in (None, usage.secret_name)
        ]
        return sorted(wanted, key=lambda usage: (usage.last_seen, usage.config_path), reverse=True)


def _changes(known: Mapping[Any, Row], usages: Sequence[Usage]) -> tuple[list[Row], list[Any]]:
    """Rows to be written, and keys of rows to be deleted."""
    rows = {row[0]: (row, usage) for usage in usages for row in (usage_row(usage),)}
    origins = {(usage.config_path, usage.environment) for usage in usages}
    fresh = [
        row
        for key, (row, usage) in rows.items()
        if key not in known
        or known[key][1:7] != row[1:7]
        or usage.last_seen - usage_of(known[key]).last_seen > AGAIN_AFTER
    ]
    gone = [
        key
        for key, row in known.items()
        if key not in rows and (row[6], usage_of(row).environment) in origins
    ]
    return fresh, gone

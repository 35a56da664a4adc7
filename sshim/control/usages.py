"""Where secrets are bound, as `sshim dev` has seen it: for a person who wants to know before deleting one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sshim.control.desk import UNWRITABLE, Desk
from sshim.model import Usage
from sshim.store.rows import usage_of, usage_row
from sshim.store.schema import USAGES

AGAIN_AFTER = timedelta(minutes=10)
"""How much older a record must be before only its time is written anew."""


class Usages(Desk):
    """Record and list."""

    __slots__ = ()

    def record_usages(self, usages: Iterable[Usage]) -> None:
        """Remembers the bindings of configurations, and forgets those that a configuration does not have any
        more; writes only when something is new. Nothing is recorded when there is no store or it cannot be
        written: it is a convenience."""
        known, usages = self._rows(USAGES), list(usages)
        fresh, present = [], {usage_row(usage)[0] for usage in usages}
        origins = {(usage.config_path, usage.environment) for usage in usages}
        gone = [
            key
            for key, row in known.items()
            if key not in present and (row[6], usage_of(row).environment) in origins
        ]
        for usage in usages:
            row = usage_row(usage)
            before = known.get(row[0])
            if (
                before is None
                or before[1:7] != row[1:7]
                or usage.last_seen - usage_of(before).last_seen > AGAIN_AFTER
            ):
                fresh.append(row)
        if not fresh and not gone:
            return
        try:
            with self.store.change() as draft:
                for row in fresh:
                    draft.put(USAGES, row)
                for key in gone:
                    draft.delete(USAGES, key)
        except UNWRITABLE:
            return

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

"""`sshim audit …`: what was done with secrets, by whom; and whether the log is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.cli.times import ago
from sshim.model import audit_result

if TYPE_CHECKING:
    from sshim.control import ControlPlane
    from sshim.model import AuditEvent


@click.group(cls=Group)
def audit() -> None:
    """Read and prove the audit log.

    Reads of a value are recorded once a minute for each binding, a moment after. With SSHIM_AUDIT=strict
    every read is recorded before the value is handed out, and none is handed out that cannot be recorded.
    """


def _filters(command: Any) -> Any:
    """The flags that choose records; the command takes them as keywords for `_events`."""
    flags = (
        click.option("--action", type=click.Choice(["access", "create", "update", "delete"])),
        click.option("--resource-type", metavar="TYPE", help="secret, store, token, ..."),
        click.option("--resource-id", metavar="ID", help="Only what was done to this one."),
        click.option("--actor", metavar="ID", help="Only what this id or e-mail address did."),
        click.option("--refused", "result", flag_value=False, default=None, help="Only what was refused."),
        click.option("--since", metavar="TIME", help="From then on; a span such as 2h counts back from now."),
        click.option("--before", metavar="TIME", help="Until then."),
    )
    for flag in reversed(flags):
        command = flag(command)
    return command


@audit.command("list")
@_filters
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="No more than N records.")
@click.option(
    "--direction", type=click.Choice(["asc", "desc"]), default="desc", show_default=True, help="By age."
)
@options.where
@options.as_json
@click.pass_obj
def list_(session: Session, /, as_json: bool, limit: int | None, direction: str, **filters: Any) -> None:
    """List records, the newest first."""
    control = session.control()
    events = _events(control, limit=limit, direction=direction, **filters)
    if as_json:
        session.terminal.json([audit_result(each, control.account_id) for each in events])
    elif events:
        session.terminal.table(
            ("WHEN (UTC)", "ACTION", "RESULT", "ACTOR", "VIA", "RESOURCE", "PARTICULARS"),
            [_row(each) for each in events],
        )
    else:
        session.terminal.note("no records")


@audit.command("export")
@_filters
@options.where
@click.pass_obj
def export(session: Session, /, **filters: Any) -> None:
    """Write all records as JSON lines, the oldest first."""
    import json

    control = session.control()
    for event in _events(control, direction="asc", **filters):
        session.terminal.data(json.dumps(audit_result(event, control.account_id)))


@audit.command("verify")
@options.where
@options.as_json
@click.pass_obj
def verify(session: Session, as_json: bool) -> None:
    """Prove that no record is missing or changed; exit code 1 if one is."""
    from sshim.store.audit_log import verify_log

    records, broken = verify_log(session.control().store)
    if as_json:
        session.terminal.json({"ok": broken is None, "records": records, "first_broken": broken})
    elif broken is None:
        session.terminal.data(f"{records} records, all as they were written")
    else:
        session.terminal.data(f"record {broken} of {records} is missing or was changed")
    if broken is not None:
        raise click.exceptions.Exit(1)


def _events(
    control: ControlPlane, *, since: str | None, before: str | None, **filters: Any
) -> list[AuditEvent]:
    now = control.clock()
    return control.audit(since=ago(since, now), before=ago(before, now), **filters)


def _row(event: AuditEvent) -> tuple[str, ...]:
    particulars = " ".join(f"{key}={value}" for key, value in event.metadata.items() if value is not None)
    return (
        f"{event.when:%Y-%m-%d %H:%M:%S}",
        event.action,
        "ok" if event.result else "refused",
        event.actor.email or event.actor.id,
        event.actor.interface,
        f"{event.resource_type} {event.resource_id}".strip(),
        particulars,
    )

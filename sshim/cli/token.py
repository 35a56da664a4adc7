"""`sshim token …`: credentials for `sshim serve`."""

from __future__ import annotations

from typing import Any

import click

from sshim.cli import options
from sshim.cli.context import Session
from sshim.cli.groups import Group
from sshim.cli.times import ahead
from sshim.errors import UsageError
from sshim.model import ApiToken, rfc3339
from sshim.permissions import ROLES, TOKEN_PERMISSIONS


@click.group(cls=Group)
def token() -> None:
    """Credentials for the API of `sshim serve`."""


@token.command("create")
@click.option("--role", type=click.Choice(list(ROLES)), help="What it may do, as a member of that role.")
@click.option(
    "--permission", type=click.Choice(list(TOKEN_PERMISSIONS)), help="The same, as an API token has it."
)
@click.option("--name", default="", metavar="TEXT", help="What it is for.")
@click.option("--expires", metavar="TIME", help="A date, a time, or a span such as 12h or 30d.")
@click.option("--global-key", is_flag=True, help="Make a key for X-Auth-Key, to go with --email.")
@click.option("--email", metavar="ADDRESS", help="The X-Auth-Email of a global key.")
@click.option("--bare", is_flag=True, help="Print the token alone, to be piped on.")
@options.where
@options.as_json
@click.pass_obj
def create(
    session: Session,
    role: str | None,
    permission: str | None,
    name: str,
    expires: str | None,
    global_key: bool,
    email: str | None,
    bare: bool,
    as_json: bool,
) -> None:
    """Make a token, and show it this once."""
    if bare and as_json:
        raise UsageError("--bare and --json exclude each other", hint="give one of them")
    if role and permission:
        raise UsageError("--role and --permission exclude each other", hint="give one of them")
    chosen = role or permission
    if global_key != bool(email):
        raise UsageError("--global-key and --email go together", hint="--global-key --email you@example.com")
    if chosen is None and not global_key:
        raise UsageError("what may the token do?", hint="--role super-administrator, or --permission read")
    control = session.control(create=True)
    until = ahead(expires, control.clock())
    if email:
        made, text = control.create_global_key(
            email, role=chosen or "super-administrator", name=name, expires=until
        )
    else:
        assert chosen is not None
        made, text = control.create_token(role=chosen, name=name, expires=until)
    shown = {"token": text.reveal(), "id": made.id, "account_id": control.account_id, **_rights(made)}
    shown |= {"email": made.email} if made.email else {}
    shown |= {"name": made.name, "expires": rfc3339(made.expires) if made.expires else None}
    if as_json:
        session.terminal.json(shown)
        return
    if bare:
        session.terminal.data(text.reveal())
        return
    session.terminal.record({key: text or "" for key, text in shown.items() if text is not None})
    session.terminal.note("this is the only time it is shown")


@token.command("list")
@options.where
@options.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the tokens, never what they are."""
    found = session.control().list_tokens()
    if as_json:
        session.terminal.json([_result(each) for each in found])
    elif found:
        session.terminal.table(
            ("ID", "NAME", "MAY", "KIND", "EXPIRES (UTC)", "LAST USED (UTC)"),
            [
                (t.id, t.name, t.role, t.email or "bearer", _shown(t.expires), _shown(t.last_used))
                for t in found
            ],
        )
    else:
        session.terminal.note("no tokens; `sshim token create` makes one")


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@options.where
@options.as_json
@click.pass_obj
def revoke(session: Session, token_id: str, as_json: bool) -> None:
    """End a token at once."""
    revoked = session.control().revoke_token(token_id)
    session.terminal.note(f"revoked token {revoked}")
    if as_json:
        session.terminal.json(None)


def _rights(made: ApiToken) -> dict[str, Any]:
    return {"role" if made.role in ROLES else "permission": made.role}


def _result(made: ApiToken) -> dict[str, Any]:
    return {
        "id": made.id,
        "kind": made.kind,
        **_rights(made),
        **({"email": made.email} if made.email else {}),
        "name": made.name,
        "created": rfc3339(made.created),
        "expires": rfc3339(made.expires) if made.expires else None,
        "last_used": rfc3339(made.last_used) if made.last_used else None,
    }


def _shown(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"

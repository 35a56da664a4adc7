"""Which AI providers a gateway knows: those of the table, and what flags and files add to them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sshim.cli.context import Session
from sshim.errors import UsageError
from sshim.gateway.custom import read_custom
from sshim.gateway.providers import Provider, with_upstreams

_MOST = 256 * 1024


def provider_table(session: Session, upstreams: Iterable[str], file: Path | None) -> dict[str, Provider]:
    """The providers by slug: `upstreams` are `PROVIDER=URL`, `file` holds some of the user's own. Raises
    `UsageError`."""
    return with_upstreams(map(_upstream, upstreams), _own(session.cwd / file) if file else ())


def _upstream(text: str) -> tuple[str, str]:
    slug, equals, url = text.partition("=")
    if not equals:
        raise UsageError(
            f"--upstream takes PROVIDER=URL, not {slug[:64]!r}", hint="--upstream openai=https://…"
        )
    return slug, url


def _own(file: Path) -> list[Provider]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST + 1)
        if len(raw) > _MOST:
            raise UsageError(f"{file} is too long for a file of providers", hint="--providers FILE")
        return read_custom(raw.decode())
    except OSError as error:
        raise UsageError(
            f"{file}: {error.strerror or type(error).__name__}", hint="--providers FILE"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text", hint="--providers FILE") from None

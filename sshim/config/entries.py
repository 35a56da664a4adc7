"""Checks of single entries that go beyond a rule for one key. Each gets the entry's name in messages."""

from __future__ import annotations

import re
from typing import Any

from sshim.config.bindings import MAY, MUST, SHOULD, Rule
from sshim.config.checks import Path, Scope, known_only
from sshim.config.javascript import MISSING, keys, kind, read, show

BUCKET_RULES = (
    Rule("binding", SHOULD),
    Rule("bucket_name", SHOULD, True, True),
    Rule("preview_bucket_name", MAY, True),
)
"""What a bucket keeps before its name is looked at."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_BUCKET_TEXT = (
    "Bucket names must begin and end with an alphanumeric character, only contain lowercase letters, "
    "numbers, and hyphens, and be between 3 and 63 characters long."
)


def bucket(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A bucket name has its form, once it is a text."""
    if any(rule.broken(entry) for rule in BUCKET_RULES[:2]):
        return
    name = read(entry, "bucket_name")
    if isinstance(name, str) and not _BUCKET.fullmatch(name):
        scope.error(f"{field}.bucket_name={show(name)} is invalid. {_BUCKET_TEXT}", (*path, "bucket_name"))


def preview_bucket(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """So has the name of a bucket for previews."""
    name, preview = read(entry, "bucket_name"), read(entry, "preview_bucket_name")
    if any(rule.broken(entry) for rule in BUCKET_RULES) or (
        name is not MISSING and not _BUCKET.fullmatch(name)
    ):
        return
    if isinstance(preview, str) and not _BUCKET.fullmatch(preview):
        scope.error(
            f"{field}.preview_bucket_name= {show(preview)} is invalid. {_BUCKET_TEXT}",
            (*path, "preview_bucket_name"),
        )


def email(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """One destination or a list of them, not both."""
    if "destination_address" in keys(entry) and "allowed_destination_addresses" in keys(entry):
        scope.error(
            f'"{field}" bindings should have either a "destination_address" or '
            '"allowed_destination_addresses" field, but not both.',
            path,
        )


def pipeline(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A stream, or a pipeline as it was called before."""
    stream, pipeline = read(entry, "stream"), read(entry, "pipeline")
    if isinstance(stream, str) and stream:
        return
    if isinstance(pipeline, str) and pipeline:
        scope.warn(
            f'The "pipeline" field in "{field}" bindings is deprecated. Use "stream" instead.',
            (*path, "pipeline"),
            key=True,
        )
    else:
        scope.error(MUST.format(field=field, key="stream", value=show(entry)), path)


def network(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A tunnel or a network, not both."""
    given = [key for key in ("tunnel_id", "network_id") if read(entry, key) is not MISSING]
    if len(given) == 2:
        scope.error(f'"{field}" bindings must have either a "tunnel_id" or "network_id", but not both.', path)
    elif not given:
        scope.error(
            f'"{field}" bindings must have either a "tunnel_id" or "network_id" field but got {show(entry)}.',
            path,
        )
    elif not isinstance(read(entry, given[0]), str):
        scope.error(MUST.format(field=field, key=given[0], value=show(entry)), (*path, given[0]))


def rate(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """The limit: how many in 10 or 60 seconds."""
    simple_part = read(entry, "simple")
    here = (*path, "simple")
    if kind(simple_part) != "object" or simple_part is None:
        scope.error(
            f'"{field}" bindings must have a "simple" configuration object but got {show(entry)}.', path
        )
        return
    shown = show(simple_part)
    if kind(read(simple_part, "limit")) != "number":
        scope.error(f'"{field}" bindings "simple.limit" must be a number but got {shown}.', here)
    period = read(simple_part, "period")
    if kind(period) != "number":
        scope.error(
            f'"{field}" bindings "simple.period" is required and must be a number but got {shown}.', here
        )
    elif period not in (10, 60):
        scope.error(
            f'"{field}" bindings "simple.period" must be either 10 or 60 but got {show(period)}.',
            (*here, "period"),
        )
    known_only(scope, f"{field}.simple", keys(simple_part), ("limit", "period"), here)


_WORKFLOW = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}")


def workflow(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A workflow name has its form."""
    name = read(entry, "name")
    if isinstance(name, str) and not _WORKFLOW.fullmatch(name):
        scope.error(
            f'"{field}" binding "name" field is invalid. Workflow names must be 1-64 characters long, start '
            "with a letter, number, or underscore, and may only contain letters, numbers, underscores, or "
            "hyphens.",
            (*path, "name"),
        )


def delay(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A delay set here has no effect any more."""
    if read(entry, "delivery_delay") is not MISSING:
        scope.warn(
            f'The "delivery_delay" field in "{field}" is deprecated and has no effect. Queue-level settings '
            'should be configured using "wrangler queues update" instead. This setting will be removed in a '
            "future version.",
            (*path, "delivery_delay"),
            key=True,
        )


def always_remote(scope: Scope, field: str, path: Path, entry: Any) -> None:
    """A K2 stream is never local."""
    if read(entry, "remote") is False:
        scope.error(
            f'"{field}" does not support `remote: false`. K2 bindings always access remote resources; omit '
            '"remote" or set `remote: true`.',
            (*path, "remote"),
        )

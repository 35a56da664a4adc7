"""Checks of single entries that go beyond a rule for one key. Each gets the entry's name in messages."""

from __future__ import annotations

from sshim.config.bindings import MAY, MAY_AN, MUST, SHOULD, Rule
from sshim.config.checks import Path, Section, known_only, property_of, typed_list
from sshim.config.javascript import MISSING, keys, kind, read, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BUCKET_RULES = (
    Rule("binding", SHOULD),
    Rule("bucket_name", SHOULD, True, True),
    Rule("preview_bucket_name", MAY, True),
)
"""What a bucket keeps before its name is looked at."""

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_BUCKET_TEXT = (
    "Bucket names must begin and end with an alphanumeric character, only contain lowercase letters, "
    "numbers, and hyphens, and be between 3 and 63 characters long."
)


def bucket(section: Section, field: str, path: Path, entry: Any) -> None:
    """A bucket name has its form, once it is a text."""
    if any(rule.broken(entry) for rule in BUCKET_RULES[:2]):
        return
    name = read(entry, "bucket_name")
    if isinstance(name, str) and not _is_bucket_name(name):
        section.error(f"{field}.bucket_name={show(name)} is invalid. {_BUCKET_TEXT}", (*path, "bucket_name"))


def preview_bucket(section: Section, field: str, path: Path, entry: Any) -> None:
    """So has the name of a bucket for previews."""
    name, preview = read(entry, "bucket_name"), read(entry, "preview_bucket_name")
    if any(rule.broken(entry) for rule in BUCKET_RULES) or (
        name is not MISSING and not _is_bucket_name(name)
    ):
        return
    if isinstance(preview, str) and not _is_bucket_name(preview):
        section.error(
            f"{field}.preview_bucket_name= {show(preview)} is invalid. {_BUCKET_TEXT}",
            (*path, "preview_bucket_name"),
        )


def _is_bucket_name(name: str) -> bool:
    return 3 <= len(name) <= 63 and "-" not in (name[0], name[-1]) and _SIGNS.issuperset(name)


def local_bucket(section: Section, field: str, path: Path, entry: Any) -> None:
    """How a bucket is served while developing."""
    local, here = read(entry, "local_dev"), (*path, "local_dev")
    if local is MISSING:
        return
    if kind(local) != "object" or local is None:
        section.error(MAY_AN.format(field=field, key="local_dev", value=show(entry)), here)
        return
    name = "experimental_s3_credentials"
    if name in keys(local):
        section.warn(
            f'"local_dev.{name}" fields are experimental and may change or break at any time.',
            (*here, name),
            key=True,
        )
        given = read(local, name)
        if not all(isinstance(read(given, key), str) for key in ("accessKeyId", "secretAccessKey")):
            section.error(
                f'"{field}" bindings should, optionally, have a "local_dev.{name}" field with string '
                f'"accessKeyId" and "secretAccessKey" fields, but got {show(entry)}.',
                (*here, name),
            )
    known_only(section, f"{field}.local_dev", keys(local), (name,), here)


def outbound(section: Section, field: str, path: Path, entry: Any) -> None:
    """The Worker that stands before requests of a dispatched one; the first thing wrong with it counts."""
    if "outbound" not in keys(entry):
        return
    value, label, here = read(entry, "outbound"), f"{field}.outbound", (*path, "outbound")
    value = {} if value is None else value
    if kind(value) != "object":
        section.error(f'"{label}" should be an object, but got {show(value)}', here)
        right = False
    else:
        service, environment, parameters = (read(value, k) for k in ("service", "environment", "parameters"))
        right = (
            property_of(section, f"{label}.service", service, "string", (*here, "service"), required=True)
            and property_of(section, f"{label}.environment", environment, "string", (*here, "environment"))
            and (
                parameters is MISSING
                or typed_list(section, f"{label}.parameters", parameters, "string", (*here, "parameters"))
            )
        )
    if not right:
        section.error(f'"{field}" has an invalid outbound definition.', here)


def email(section: Section, field: str, path: Path, entry: Any) -> None:
    """One destination or a list of them, not both."""
    if "destination_address" in keys(entry) and "allowed_destination_addresses" in keys(entry):
        section.error(
            f'"{field}" bindings should have either a "destination_address" or '
            '"allowed_destination_addresses" field, but not both.',
            path,
        )


def pipeline(section: Section, field: str, path: Path, entry: Any) -> None:
    """A stream, or a pipeline as it was called before."""
    stream, pipeline = read(entry, "stream"), read(entry, "pipeline")
    if isinstance(stream, str) and stream:
        return
    if isinstance(pipeline, str) and pipeline:
        section.warn(
            f'The "pipeline" field in "{field}" bindings is deprecated. Use "stream" instead.',
            (*path, "pipeline"),
            key=True,
        )
    else:
        section.error(MUST.format(field=field, key="stream", value=show(entry)), path)


def network(section: Section, field: str, path: Path, entry: Any) -> None:
    """A tunnel or a network, not both."""
    given = [key for key in ("tunnel_id", "network_id") if read(entry, key) is not MISSING]
    if len(given) == 2:
        section.error(
            f'"{field}" bindings must have either a "tunnel_id" or "network_id", but not both.', path
        )
    elif not given:
        section.error(
            f'"{field}" bindings must have either a "tunnel_id" or "network_id" field but got {show(entry)}.',
            path,
        )
    elif not isinstance(read(entry, given[0]), str):
        section.error(MUST.format(field=field, key=given[0], value=show(entry)), (*path, given[0]))


def rate(section: Section, field: str, path: Path, entry: Any) -> None:
    """The limit: how many in 10 or 60 seconds."""
    simple_part = read(entry, "simple")
    here = (*path, "simple")
    if kind(simple_part) != "object" or simple_part is None:
        section.error(
            f'"{field}" bindings must have a "simple" configuration object but got {show(entry)}.', path
        )
        return
    shown = show(simple_part)
    if kind(read(simple_part, "limit")) != "number":
        section.error(f'"{field}" bindings "simple.limit" must be a number but got {shown}.', here)
    period = read(simple_part, "period")
    if kind(period) != "number":
        section.error(
            f'"{field}" bindings "simple.period" is required and must be a number but got {shown}.', here
        )
    elif period not in (10, 60):
        section.error(
            f'"{field}" bindings "simple.period" must be either 10 or 60 but got {show(period)}.',
            (*here, "period"),
        )
    known_only(section, f"{field}.simple", keys(simple_part), ("limit", "period"), here)


def delay(section: Section, field: str, path: Path, entry: Any) -> None:
    """A delay set here has no effect any more."""
    if read(entry, "delivery_delay") is not MISSING:
        section.warn(
            f'The "delivery_delay" field in "{field}" is deprecated and has no effect. Queue-level settings '
            'should be configured using "wrangler queues update" instead. This setting will be removed in a '
            "future version.",
            (*path, "delivery_delay"),
            key=True,
        )


def always_remote(section: Section, field: str, path: Path, entry: Any) -> None:
    """A K2 stream is never local."""
    if read(entry, "remote") is False:
        section.error(
            f'"{field}" does not support `remote: false`. K2 bindings always access remote resources; omit '
            '"remote" or set `remote: true`.',
            (*path, "remote"),
        )

"""TOML 1.1 as wrangler reads it: tomli's values, narrowed to what JavaScript can hold."""

from __future__ import annotations

import datetime
from typing import Any

from sshim.config.document import Document, Node, Text, refuse
from sshim.config.javascript import SAFE_INTEGER, TomlDate, number, order_keys


def parse(source: Text) -> Document:
    """The document; raises `ConfigError`, its text beginning with `Invalid TOML document:`."""
    import tomli

    try:
        value = tomli.loads(source.text)
    except tomli.TOMLDecodeError as error:
        raise refuse(source, "Invalid TOML document: invalid value", error.pos) from None
    return Document(source, _convert(source, value), Node(0, len(source.text)))


def _convert(source: Text, value: Any) -> Any:
    if isinstance(value, dict):
        table = {key: _convert(source, entry) for key, entry in value.items()}
        order_keys(table)
        return table
    if isinstance(value, list):
        return [_convert(source, entry) for entry in value]
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise refuse(source, "Invalid TOML document: integer value cannot be represented losslessly", 0)
        return value
    if isinstance(value, float):
        return number(value)
    assert isinstance(value, datetime.date | datetime.time)
    return TomlDate(value.isoformat())

"""An entry to be added to a configuration, and a look at what stands there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sshim.config import jsonc, toml
from sshim.config.document import decode
from sshim.config.edit import Entry

NEW = Entry("NEW", "0" * 32, "new-key")
STAGING = Entry("NEW", "0" * 32, "new-key", "stg")
FIELDS = {"binding": "NEW", "store_id": "0" * 32, "secret_name": "new-key"}


def value(name: str, data: bytes) -> Any:
    text = decode(Path(name), data)
    return (toml if name.endswith(".toml") else jsonc).parse(text).value

"""Every field of an environment has a check that exists, whichever module it is in."""

from __future__ import annotations

from typing import Any

import pytest

from sshim.config.environments import FIELDS
from tests.config.conftest import Project

LET_PASS: dict[str, Any] = {"build": {"command": 5}, "limits": {"cpu_ms": "5"}}
"""Wrong values of fields in which wrangler lets a number pass."""


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_a_wrong_value_is_told_of(project: Project, name: str) -> None:
    report = project.jsonc(**{name: LET_PASS.get(name, 5)}).report()
    assert any(name in message for message in [*report["errors"], *report["warnings"]])

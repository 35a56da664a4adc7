"""Configurations of every field, wrong in one way or several, and what wrangler 4.164.0 said of each."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from sshim.config.options import ReadOptions
from sshim.config.report import report
from tests.config.test_cases import read_options, typed

LINES = (
    (Path(__file__).parents[2] / "fixtures" / "config-messages" / "cases.jsonl")
    .read_text("utf-8")
    .splitlines()
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def options_of(case: dict[str, Any], folder: Path) -> ReadOptions:
    """How a case is read, with its files written to the folder."""
    cwd = Path(os.path.normpath(folder / case.get("cwd", ".")))
    cwd.mkdir(parents=True, exist_ok=True)
    for name, content in case["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return read_options(case, folder)


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_configuration_gets_the_messages_of_wrangler(number: int, tmp_path: Path) -> None:
    case = json.loads(LINES[number])
    text = json.dumps(report(options_of(case, tmp_path)), allow_nan=False)
    found = json.loads(text.replace(str(tmp_path), "<case>"))
    for level in ("errors", "warnings"):
        assert [ANSI.sub("", text) for text in found[level]] == case[level]
    assert found["ok"] is case["ok"]
    if "config" in case:
        read = {key: found["config"][key] for key in ("name", "main", "vars") if key in found["config"]}
        assert typed(read) == typed(case["config"])
        assert typed(found["dev_bindings"]) == typed(case["dev_bindings"])
        assert list(found["dev_bindings"]) == list(case["dev_bindings"])


def test_the_cases_hold_every_kind_of_answer() -> None:
    cases = [json.loads(line) for line in LINES]
    assert sum(bool(case["errors"]) for case in cases) > 150
    assert sum(bool(case["warnings"]) for case in cases) > 50
    assert sum("dev_bindings" in case for case in cases) > 80

"""Every case of fixtures/config-cases: what sshim makes of it is what wrangler 4.164.0 made of it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sshim.config.options import ReadOptions
from sshim.config.report import report

CASES = Path(__file__).parents[2] / "fixtures" / "config-cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
COMPARED = (
    *("name", "main", "compatibility_date", "compatibility_flags", "vars", "secrets_store_secrets"),
    *("topLevelName", "targetEnvironment", "definedEnvironments", "dev"),
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def load(name: str, file: str) -> Any:
    path = CASES / name / file
    return json.loads(path.read_text()) if path.exists() else None


def options_of(name: str, folder: Path) -> ReadOptions:
    """How a case is read, in a copy of its tree."""
    case = load(name, "case.json")
    shutil.copytree(
        CASES / name,
        folder,
        ignore=shutil.ignore_patterns("case.json", "expected.json", "vars_for_dev.json"),
        dirs_exist_ok=True,
    )
    return read_options(case, folder)


def read_options(case: dict[str, Any], folder: Path) -> ReadOptions:
    """What the case is read with, its files being in the folder."""
    cwd = Path(os.path.normpath(folder / case.get("cwd", ".")))
    args = case.get("args", {})
    return ReadOptions(
        start=cwd,
        cwd=cwd,
        environ=case.get("os_env", {}),
        config=Path(args["config"]) if "config" in args else None,
        env=args.get("env"),
        env_files=tuple(map(Path, case.get("env_files", ()))),
        script=Path(args["script"]) if "script" in args else None,
        follow_redirect=case.get("use_redirect", True),
    )


def run(name: str, folder: Path) -> dict[str, Any]:
    """The report of a case, after a way through JSON."""
    return json.loads(json.dumps(report(options_of(name, folder)), allow_nan=False))


def typed(value: Any) -> Any:
    """The value with types spelled out, so that 1 is not True."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


def compared(config: dict[str, Any]) -> dict[str, Any]:
    """The parts that count."""
    return {key: config[key] for key in COMPARED if key in config}


def in_folder(path: str, folder: Path) -> str:
    """An absolute path as the cases write it: relative to their folder, others behind `<abs>`."""
    inside = Path(path).is_relative_to(folder)
    return str(Path(path).relative_to(folder)) if inside else f"<abs>{path}"


@pytest.mark.parametrize("name", NAMES)
def test_case_reads_as_in_wrangler(name: str, tmp_path: Path) -> None:
    expected, files = load(name, "expected.json"), load(name, "vars_for_dev.json")
    found = run(name, tmp_path)
    assert found["ok"] is expected["ok"], found["errors"]
    if expected.get("thrown", {}).get("name") == "TypeError":
        assert found["errors"]  # of our own: wrangler breaks here
        assert "Cannot read properties" not in found["errors"][0]
        return
    for level in ("errors", "warnings"):
        assert [ANSI.sub("", text) for text in found[level]] == [
            ANSI.sub("", text) for text in expected[level]
        ]
    if expected["ok"]:
        if "main" in found["config"]:
            found["config"]["main"] = in_folder(found["config"]["main"], tmp_path)
        assert typed(compared(found["config"])) == typed(compared(expected["config"]))
    if files is not None and "dev_bindings" in files:
        assert typed(found["dev_bindings"]) == typed(files["dev_bindings"])
        assert list(found["dev_bindings"]) == files["dev_bindings_order"]
    if files is not None and "dev_bindings_thrown" in files:
        assert "dev_bindings" not in found
        assert found["dev_bindings_error"] == files["dev_bindings_thrown"]["message"]


@pytest.mark.parametrize("name", NAMES)
def test_case_uses_the_files_wrangler_uses(name: str, tmp_path: Path) -> None:
    expected = load(name, "expected.json")
    found = run(name, tmp_path)
    if "found" not in expected:
        assert not expected["ok"]
        return
    relative = {
        key: os.path.relpath(value, tmp_path) if isinstance(value, str) else value
        for key, value in found["found"].items()
    }
    assert relative == expected["found"]


def test_there_are_cases() -> None:
    assert len(NAMES) >= 140

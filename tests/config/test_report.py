"""The configuration as data, and the problems as wrangler prints them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from sshim.config.javascript import MISSING, TomlDate
from sshim.config.loading import load
from sshim.config.report import wire
from sshim.errors import ConfigError
from tests.config.conftest import Project
from tests.config.test_cases import CASES, NAMES, options_of
from tests.config.test_cases import load as load_json


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (math.nan, {"$number": "NaN"}),
        (math.inf, {"$number": "Infinity"}),
        (-math.inf, {"$number": "-Infinity"}),
        (-0.0, {"$number": "-0"}),
        (12345678901234567168.0, 12345678901234567000),
        (1e21, 1e21),
        (1.5, 1.5),
        (TomlDate("2026-01-01"), {"$date": "2026-01-01"}),
        ({"b": [TomlDate("x")], "1": None, "gone": MISSING}, {"1": None, "b": [{"$date": "x"}]}),
    ],
)
def test_values_json_lacks_have_a_form(value: Any, wanted: Any) -> None:
    assert wire(value) == wanted
    assert type(wire(value)) is type(wanted)


def test_lone_surrogates_survive_json() -> None:
    assert json.loads(json.dumps(wire({"a": "x\ud83d"}))) == {"a": "x\ud83d"}


def test_an_accepted_configuration_has_everything(project: Project) -> None:
    report = project.jsonc(main="a.js").report()
    assert list(report) == ["ok", "errors", "warnings", "found", "config", "dev_bindings"]
    path = str(project.folder / "wrangler.jsonc")
    assert report["found"] == {"configPath": path, "userConfigPath": path, "redirected": False}


def test_a_refused_configuration_has_no_config(project: Project) -> None:
    report = project.jsonc(name="W", foo=1).report()
    assert (report["ok"], len(report["errors"]), len(report["warnings"])) == (False, 1, 1)
    assert "config" not in report and "dev_bindings" not in report


def test_undefined_fields_are_left_out(project: Project) -> None:
    config = project.jsonc({}).config()
    assert list(config) == [
        "compatibility_flags",
        "vars",
        "secrets_store_secrets",
        "definedEnvironments",
        "dev",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_problems_render_as_wrangler_prints_them(name: str, tmp_path: Path) -> None:
    expected = load_json(name, "expected.json")
    try:
        loaded = load(options_of(name, tmp_path))
    except ConfigError:
        assert "diagnostics" not in expected or not expected["ok"]
        return
    for level, key in (("errors", "rendered_errors"), ("warnings", "rendered_warnings")):
        found = (
            loaded.selected.diagnostics.render(level) if any(loaded.selected.diagnostics.all(level)) else None
        )
        if expected.get("thrown", {}).get("name") != "TypeError":
            assert found == expected.get(key)
    assert CASES.is_dir()

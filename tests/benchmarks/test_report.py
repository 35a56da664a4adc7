"""Results are shown as they were measured, and a missed budget is seen."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.figures import Curve, Figure

KEPT = Figure("start", "s", [0.5, 0.4, 0.6], budget=0.6)
MISSED = Figure("requests/s, of <bare>", "x", [0.5, 0.7, 0.4], budget=0.6, at_most=False, note="noisy")
FREE = Figure("an interpreter", "ms CPU", [9.0])
CURVES = [Curve("list", "secrets", "ms", [(1, 0.1), (10, 0.4), (10_000, 90.0)])]


def test_the_median_is_held_against_the_budget() -> None:
    assert (KEPT.median, KEPT.holds, MISSED.holds, FREE.holds) == (0.5, True, False, None)


def test_the_results_take_the_place_of_the_last_ones(tmp_path: Path) -> None:
    for page in (report.README, report.GUIDE):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text((report.ROOT / page).read_text())
    for _ in range(2):
        report.write([KEPT, MISSED, FREE], CURVES, tmp_path)
    readme = (tmp_path / report.README).read_text()
    assert readme.count("| start | 0.5 s | 0.4 to 0.6 | ≤ 0.6 |  |") == 1
    assert "| requests/s, of <bare> | 0.5 x | 0.4 to 0.7 | ≥ 0.6 **missed** | noisy |" in readme
    assert "an interpreter" not in readme
    guide = (tmp_path / report.GUIDE).read_text()
    assert "an interpreter" in guide and "| list | secrets | ms | 1: 0.1 · 10: 0.4 · 10,000: 90 |" in guide
    drawing = ET.parse(tmp_path / report.PLOT).getroot()
    bars = [node.get("class") for node in drawing.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == ["good", "bad"]
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}polyline"))) == len(CURVES)


def test_a_page_without_a_place_for_results_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / report.README).write_text("nothing here")
    with pytest.raises(ValueError, match="no place for the results"):
        report.write([KEPT], CURVES, tmp_path)


def test_one_figure_can_be_measured_alone() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--only", "get-changed", "--json"]
    done = subprocess.run(command, cwd=report.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    (figure,) = json.loads(done.stdout)["figures"]
    assert len(figure["samples"]) == 30 and min(figure["samples"]) > 0
    assert figure["holds"] is (done.returncode == 0)

"""The results where readers find them: a table in the README, the plot and the curves in `examples`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.figures import Curve, Figure
from tests.benchmarks.plot import svg

ROOT = Path(__file__).parents[2]
README = Path("README.md")
GUIDE = Path("examples/benchmarks/README.md")
PLOT = GUIDE.with_name("results.svg")
_START, _END = "<!-- from python -m tests.benchmarks --write -->\n", "<!-- end of the benchmarks -->"


def write(figures: Sequence[Figure], curves: Sequence[Curve], root: Path = ROOT) -> None:
    """Put the results into the files below `root` that show them, in place of the last ones."""
    _replace(root / README, table([figure for figure in figures if figure.budget is not None]))
    _replace(root / GUIDE, table(figures) + "\n" + curve_table(curves))
    (root / PLOT).write_text(svg(figures, curves), encoding="utf-8")


def table(figures: Sequence[Figure]) -> str:
    """The figures, in Markdown."""
    rows = ["| what | median | spread | budget | beside it |", "|---|---|---|---|---|"]
    for figure in figures:
        name, median, spread, budget, verdict, note = figure.row()
        missed = " **missed**" if verdict == "MISSED" else ""
        budget = budget.replace("<=", "≤").replace(">=", "≥")
        rows.append(f"| {name} | {median} | {spread} | {budget}{missed} | {note} |")
    return "\n".join(rows) + "\n"


def curve_table(curves: Sequence[Curve]) -> str:
    """The curves, in Markdown."""
    rows = ["| what | by | unit | size: value |", "|---|---|---|---|"]
    rows += [f"| {c.name} | {c.of} | {c.unit} | {c.row()[-1].replace(', ', ' · ')} |" for c in curves]
    return "\n".join(rows) + "\n"


def _replace(page: Path, what: str) -> None:
    before, start, rest = page.read_text(encoding="utf-8").partition(_START)
    _, end, after = rest.partition(_END)
    if not start or not end:
        raise ValueError(f"{page} has no place for the results")
    page.write_text(f"{before}{start}\n{what}\n{end}{after}", encoding="utf-8")

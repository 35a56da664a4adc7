"""`python -m tests.benchmarks [--only NAME …] [--json] [--plot FILE] [--write]`: budgets beside peers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import (
    fastapi_figures,
    growth,
    main_figures,
    pytest_figures,
    report,
    store_figures,
    wrangler,
    wrangler_figures,
)
from tests.benchmarks.figures import Curve, Figure
from tests.benchmarks.plot import svg
from tests.benchmarks.project import Project, make_project

Measured = Figure | list[Figure] | list[Curve]
ALL: dict[str, Callable[[Project], Measured]] = {
    **main_figures.ALL,
    **wrangler_figures.ALL,
    **store_figures.ALL,
    **fastapi_figures.ALL,
    **pytest_figures.ALL,
    **growth.ALL,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(ALL), help="measure just this; repeatable")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the results as an SVG")
    parser.add_argument(
        "--write", action="store_true", help="put the results of a whole run into the README and examples"
    )
    args = parser.parse_args()
    if args.write and (args.only or wrangler.find_modules() is None):
        parser.error("--write takes a whole run, with wrangler")
    names = args.only or _possible()
    figures: list[Figure] = []
    curves: list[Curve] = []
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        for name in names:
            measured = ALL[name](project)
            for each in [measured] if isinstance(measured, Figure) else measured:
                if isinstance(each, Figure):
                    figures.append(each)
                else:
                    curves.append(each)
    if args.write:
        report.write(figures, curves)
    if args.plot:
        args.plot.write_text(svg(figures, curves), encoding="utf-8")
    if args.json:
        print(
            json.dumps({"figures": [f.as_json() for f in figures], "curves": [c.as_json() for c in curves]})
        )
    else:
        _print_rows([figure.row() for figure in figures])
        _print_rows([curve.row() for curve in curves])
    return 1 if any(figure.holds is False for figure in figures) else 0


def _possible() -> list[str]:
    if wrangler.find_modules() is not None:
        return list(ALL)
    print("left out: wrangler, which SSHIM_NODE_MODULES would name", file=sys.stderr)
    return [name for name in ALL if name not in wrangler_figures.ALL]


def _print_rows(rows: Sequence[tuple[str, ...]]) -> None:
    for row in rows:
        widths = [max(len(each[column]) for each in rows) for column in range(len(row))]
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    raise SystemExit(main())

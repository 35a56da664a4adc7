"""`python -m tests.benchmarks [--only NAME …] [--json]`: the figures of the main job."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from tests.benchmarks import main_figures, pytest_figures
from tests.benchmarks.project import make_project

ALL = {**main_figures.ALL, **pytest_figures.ALL}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=sorted(ALL), help="measure just this; repeatable")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        figures = [ALL[name](project) for name in (args.only or ALL)]
    if args.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=2))
    else:
        rows = [figure.row() for figure in figures]
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 1 if any(figure.holds is False for figure in figures) else 0


if __name__ == "__main__":
    raise SystemExit(main())

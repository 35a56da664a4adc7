"""The lines of `cases/`, and what they give in a real Pyodide: run by Node, or frozen in `fixtures/`.

`python -m tests.conformance.pyodide_reference.reference NODE_MODULES…` freezes the results of each Pyodide.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("cases/*.txt"))
FROZEN = Path(__file__).parents[3] / "fixtures" / "pyodide_reference"


def lines_of(case: Path) -> list[tuple[str, str | None]]:
    """The lines of a file; a line that begins with `~` says why the next one may differ."""
    lines: list[tuple[str, str | None]] = []
    reason = None
    for line in case.read_text(encoding="utf-8").splitlines():
        if line.startswith("~"):
            reason = line[1:].strip()
        elif line.strip() and not line.startswith("#"):
            lines.append((line, reason))
            reason = None
    return lines


def references() -> list[Path]:
    """The node_modules folders, named in SSHIM_NODE_MODULES, that hold a Pyodide."""
    folders = os.environ.get("SSHIM_NODE_MODULES", "").split(os.pathsep)
    return [Path(folder).resolve() for folder in folders if (Path(folder) / "pyodide").is_dir()]


def node(folders: list[Path]) -> str | None:
    """Node beside the packages, else the one on the path."""
    for folder in folders:
        for name in ("node/bin/node", ".bin/node"):
            if (folder / name).exists():
                return str(folder / name)
    return shutil.which("node")


def run(modules: Path) -> tuple[str, dict[str, Any]]:
    """The version of the Pyodide in a node_modules folder, and what all lines give there."""
    program = node([modules, *references()])
    assert program is not None, "Node is missing"
    lines = [line for case in CASES for line, _ in lines_of(case)]
    job = {"describe": (HERE / "describe.py").read_text(encoding="utf-8"), "lines": lines}
    ran = subprocess.run(
        [program, str(HERE / "reference.mjs"), str(modules)],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    answer = json.loads(ran.stdout.splitlines()[-1])
    return answer["version"], dict(zip(lines, answer["results"], strict=True))


def freeze(modules: Path) -> Path:
    """Write the results of one Pyodide, one line each."""
    version, results = run(modules)
    FROZEN.mkdir(parents=True, exist_ok=True)
    written = [f"{json.dumps(line)}: {json.dumps(result)}" for line, result in results.items()]
    path = FROZEN / f"{version}.json"
    path.write_text("{\n" + ",\n".join(written) + "\n}\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        print(freeze(Path(folder).resolve()))

"""The shape of the source: imports point one way, files stay small, and a light command loads little."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "sshim"
TESTS = ROOT / "tests"
FILES = sorted(SOURCE.rglob("*.py"))

BASE = {"errors", "model", "permissions", "record", "redaction"}
ARROWS = {
    "record": set(),
    "errors": {"record"},
    "model": {"errors", "record"},
    "permissions": {"errors", "model", "record"},
    "redaction": set(),
    "sockets": {"errors"},
    "platform": set(),
    "config": {"errors", "model", "record"},
    "store": BASE | {"sockets"},
    "control": BASE | {"store"},
    "worker": BASE | {"config", "platform"},
    "gateway": BASE | {"sockets"},
    "transfer": BASE | {"config", "control"},
    "api": BASE | {"control", "sockets"},
    "dashboard": BASE | {"api", "control"},
    "dev": BASE | {"config", "control", "sockets", "store", "worker", "platform"},
    "testing": BASE | {"config", "worker"},
    "cli": BASE
    | {"api", "config", "control", "dashboard", "dev", "gateway", "sockets", "store", "transfer", "worker"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each part of sshim may import, besides itself. Imports inside functions and for types count too."""

MAX_LINES = 300
LONGER = {"sshim.errors"}
"""The error tree stands in one file, however long, so that it can be seen whole."""

DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "lib"}
HEAVY = {"aiohttp", "asyncio", "yaml", "watchfiles", "multiprocessing", "http.client"}
"""What commands other than `dev` and `serve` must not load."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def part(module: str) -> str:
    """The part of sshim a module belongs to: `store` for `sshim.store.open`."""
    return module.split(".")[1] if "." in module else "__init__"


def imported(name: str, node: ast.AST) -> Iterator[str]:
    """Modules of ours that this import statement names, `from sshim.x import y` resolved to `sshim.x.y`
    where that is a module. A relative import is an error: they hide where an arrow points."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{name} line {node.lineno}: a relative import"
        base = node.module or ""
        names = [f"{base}.{a.name}" if f"{base}.{a.name}" in MODULES else base for a in node.names]
    else:
        return
    for found in names:
        if found == "sshim" or found.startswith("sshim."):
            yield found


def at_module_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Statements that run on import; those for the type checker alone do not."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_arrows(name: str) -> None:
    own = part(name)
    allowed = ARROWS[own] | {own}
    for node in ast.walk(TREES[name]):
        for target in imported(name, node):
            wanted = part(target)
            if wanted == "__init__":  # `from sshim import __version__`
                continue
            assert wanted in allowed, f"{name}:{node.lineno} imports {target}"  # type: ignore[attr-defined]


def test_every_arrow_names_parts_that_have_no_arrow_back() -> None:
    for source, targets in ARROWS.items():
        for target in targets:
            assert source not in ARROWS[target], f"{source} and {target} may import each other"


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        name: {
            target
            for node in at_module_level(tree)
            for target in imported(name, node)
            if target in MODULES and target != name
        }
        for name, tree in TREES.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for target in graph[name]:
            visit(target, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())
    assert done == set(graph)


@pytest.mark.parametrize("name", MODULES)
def test_a_file_holds_one_noun(name: str) -> None:
    path = MODULES[name]
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert name in LONGER or lines <= MAX_LINES, f"{name} has {lines} lines"
    assert not DRAWERS & set(path.relative_to(SOURCE).with_suffix("").parts)


def test_no_file_of_tests_is_longer_than_a_module() -> None:
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in TESTS.rglob("*.py")}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_says_what_it_is(name: str) -> None:
    tree = TREES[name]
    assert ast.get_docstring(tree), f"{name} has no docstring"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            documented = node.name.startswith("_") or _is_overload(node) or ast.get_docstring(node)
            assert documented, f"{name}:{node.lineno} {node.name} has no docstring"


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any("overload" in ast.dump(decorator) for decorator in node.decorator_list)


@pytest.mark.parametrize("name", [n for n in MODULES if part(n) not in ("testing",)])
def test_only_the_command_lines_edge_reads_the_process_environment(name: str) -> None:
    if name in ("sshim.cli.context", "sshim.cli.early"):
        return
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert owner != "os", f"{name}:{node.lineno} reads os.{node.attr}"


PROBE = """
import json, sys
from sshim.cli.context import current
from sshim.cli.main import run
code = run(sys.argv[1:], current())
print("\\n" + json.dumps([code, sorted(sys.modules)]))
"""

STORE = "0123456789abcdef0123456789abcdef"
LIGHT = [
    ["--version"],
    ["--help"],
    ["secret", "create", STORE, "--name", "k", "--scopes", "workers"],
    ["secret", "set", "API_KEY"],
    ["secrets-store", "store", "list"],
    ["store", "list", "--json"],
    ["config", "--json"],
    ["check"],
    ["import", "values.json"],
    ["init", "made"],
    ["token", "create", "--permission", "read"],
    ["audit", "list"],
    ["completion", "bash"],
]
CONFIG = f"""
name = "w"
secrets_store_secrets = [{{ binding = "API_KEY", store_id = "{STORE}", secret_name = "k" }}]
"""


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_light_commands_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name) for name in ("SSHIM_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    environ = {**folders, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    (tmp_path / "wrangler.toml").write_text(CONFIG)
    (tmp_path / "values.json").write_text('{"API_KEY": "x"}')
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        input=b"a-value-for-the-probe",
        capture_output=True,
        env=environ,
        cwd=tmp_path,
        check=False,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == (1 if arguments == ["check"] else 0), done.stderr.decode()
    assert not HEAVY & set(modules)

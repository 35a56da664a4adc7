"""What a Worker's source asks for that production refuses, told without running it.

Threads, programs and sockets work on this machine and do not in Pyodide; randomness and bindings are refused
while modules are imported. Only calls that are named plainly are found: `import subprocess as s` and
`from subprocess import run` are, `getattr(os, "system")` is not.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

from sshim.errors import Place, Problem

_THREADS = "production has no threads (RuntimeError: can't start new thread)"
_PROGRAMS = "production starts no other programs"
_SOCKETS = "production opens no sockets: ask by `workers.fetch`"
_RANDOM = "production refuses randomness while modules are imported: call it in a handler"
_BINDINGS = "production refuses network, timers and bindings while modules are imported: call it in a handler"

_ANYWHERE = {
    "_thread.start_new_thread": _THREADS,
    "asyncio.to_thread": _THREADS,
    "concurrent.futures.ThreadPoolExecutor": _THREADS,
    "multiprocessing.pool.ThreadPool": _THREADS,
    "threading.Thread": _THREADS,
    "threading.Timer": _THREADS,
    "asyncio.create_subprocess_exec": _PROGRAMS,
    "asyncio.create_subprocess_shell": _PROGRAMS,
    "concurrent.futures.ProcessPoolExecutor": _PROGRAMS,
    "multiprocessing.Pool": _PROGRAMS,
    "multiprocessing.Process": _PROGRAMS,
    **{
        f"os.{name}": _PROGRAMS
        for name in ("fork", "forkpty", "popen", "posix_spawn", "posix_spawnp", "startfile", "system")
    },
    **{
        f"os.{kind}{form}": _PROGRAMS
        for kind in ("exec", "spawn")
        for form in ("l", "le", "lp", "v", "ve", "vp")
    },
    **{
        f"subprocess.{name}": _PROGRAMS
        for name in ("Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput", "run")
    },
    "asyncio.open_connection": _SOCKETS,
    "asyncio.open_unix_connection": _SOCKETS,
    "asyncio.start_server": _SOCKETS,
    "asyncio.start_unix_server": _SOCKETS,
    "ftplib.FTP": _SOCKETS,
    "http.client.HTTPConnection": _SOCKETS,
    "http.client.HTTPSConnection": _SOCKETS,
    "http.server.HTTPServer": _SOCKETS,
    "imaplib.IMAP4_SSL": _SOCKETS,
    "smtplib.SMTP": _SOCKETS,
    "smtplib.SMTP_SSL": _SOCKETS,
    "socket.create_connection": _SOCKETS,
    "socket.create_server": _SOCKETS,
    "socket.socket": _SOCKETS,
    "urllib.request.urlopen": _SOCKETS,
    "urllib.request.urlretrieve": _SOCKETS,
}
_AT_IMPORT = {
    "os.urandom": _RANDOM,
    "uuid.uuid1": _RANDOM,
    "uuid.uuid4": _RANDOM,
    **{f"secrets.{name}": _RANDOM for name in ("choice", "randbelow", "randbits")},
    **{f"secrets.token_{name}": _RANDOM for name in ("bytes", "hex", "urlsafe")},
    **{
        f"random.{name}": _RANDOM
        for name in ("choice", "choices", "getrandbits", "randbytes", "randint", "random", "randrange")
    },
    **{f"random.{name}": _RANDOM for name in ("gauss", "sample", "shuffle", "uniform")},
    "js.fetch": _BINDINGS,
    "js.setInterval": _BINDINGS,
    "js.setTimeout": _BINDINGS,
    "pyodide.ffi.run_sync": _BINDINGS,
    "pyodide.http.pyfetch": _BINDINGS,
    "workers.fetch": _BINDINGS,
}
_SKIPPED = frozenset({"__pycache__", "node_modules", "python_modules", "vendor", "tests", "test"})


def scan(folder: Path) -> list[Problem]:
    """A warning, with its place, for each such call in the `.py` files below `folder`.

    Hidden folders, tests and what a package manager put there are left out, and so are files that cannot be
    read or parsed: the loader tells of those.
    """
    found = []
    for path in _sources(folder):
        try:
            found += scan_source(path.read_bytes(), path)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return found


def scan_source(source: bytes, path: Path) -> list[Problem]:
    """The warnings for one file; raises SyntaxError, or ValueError for NUL characters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is not this command's to tell
        tree = ast.parse(source, str(path))
    lines = source.decode("utf-8", "replace").splitlines()
    found = []
    for name, why, call in _calls(tree):
        line = lines[call.lineno - 1]
        column = len(line.encode()[: call.col_offset].decode()) + 1  # the parser counts bytes
        found.append(Problem(f"{name}(): {why}", Place(path, call.lineno, column, len(name), line)))
    return found


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _SKIPPED or path.is_symlink():
            continue
        if path.is_dir():
            if not (path / "pyvenv.cfg").exists():
                yield from _sources(path)
        elif path.suffix == ".py" and path.name != "conftest.py" and not path.name.startswith("test_"):
            yield path


def _calls(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    names = _imported(tree)
    at_import = set(map(id, _run_at_import(tree)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if (name := _dotted(node.func, names)) is not None:
            why = _ANYWHERE.get(name) or (_refused_at_import(name) if id(node) in at_import else None)
            if why is not None:
                yield name, why, node


def _refused_at_import(name: str) -> str | None:
    if name.startswith("workers.env.") and name.endswith((".get", ".fetch")):
        return _BINDINGS
    return _AT_IMPORT.get(name)


def _imported(tree: ast.Module) -> dict[str, str]:
    """What each name stands for that an import has bound, wherever in the file."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported: not the bodies of functions, nor what is only for a
    type checker or for running the file as a program."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _names_main(child.test):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, child.args):
                yield from (part, *_run_at_import(part))
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from _run_at_import(child)


def _names_main(test: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id in ("__name__", "TYPE_CHECKING") for n in ast.walk(test))

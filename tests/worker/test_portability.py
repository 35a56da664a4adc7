"""Source that works here and not in production is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.worker.portability import scan, scan_source

HERE = Path("entry.py")


def _said(source: str) -> list[str]:
    return [
        f"{problem.place.line}:{problem.message}"
        for problem in scan_source(source.encode(), HERE)
        if problem.place
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import threading\ndef f():\n    threading.Thread(target=f).start()", "threading.Thread"),
        ("import threading as t\nasync def f():\n    t.Timer(1, f)", "threading.Timer"),
        ("import asyncio\nasync def f():\n    await asyncio.to_thread(print)", "asyncio.to_thread"),
        ("from subprocess import run as go\nclass A:\n    def f(self): go(['ls'])", "subprocess.run"),
        ("def f():\n    import os\n    os.system('ls')", "os.system"),
        ("import socket\nf = lambda: socket.socket()", "socket.socket"),
        ("import http.client\ndef f(): http.client.HTTPSConnection('a')", "http.client.HTTPSConnection"),
        ("from urllib import request\ndef f(): request.urlopen('http://a')", "urllib.request.urlopen"),
    ],
)
def test_threads_programs_and_sockets_are_found_wherever_they_are_called(source: str, name: str) -> None:
    assert [line.partition(":")[2].partition("(")[0] for line in _said(source)] == [name]


@pytest.mark.parametrize(
    "call",
    [
        "import random\nX = random.random()",
        "import uuid\nclass A:\n    id = uuid.uuid4()",
        "import os\ndef f(x=os.urandom(4)): ...",
        "from workers import env\nK = env.API_KEY.get()",
        "from workers import env\nfrom pyodide.ffi import run_sync\nif True:\n    K = run_sync(env.API_KEY)",
        "from js import setTimeout\n@setTimeout(3)\ndef f(): ...",
    ],
)
def test_randomness_and_bindings_are_found_at_import_and_not_in_handlers(call: str) -> None:
    assert len(_said(call)) == 1
    inside = "def handler():\n" + "\n".join("    " + line for line in call.splitlines())
    assert _said(inside) == []
    assert _said(f"if __name__ == '__main__':\n{inside.partition(chr(10))[2]}") == []


@pytest.mark.parametrize(
    "source",
    [
        "import socket, subprocess, threading\nthreading.Lock()\nraise subprocess.CalledProcessError(1, 'a')",
        "def run(): ...\nrun()",
        "from .subprocess import run\nrun()",
        "import http.client\nhttp.client.HTTPMessage()",
        "from workers import env\nNAME = env.NAME.lower()",
        "import random\nr = random.Random(3)",
    ],
)
def test_what_production_can_do_is_not_warned_about(source: str) -> None:
    assert _said(source) == []


def test_a_warning_has_the_place_and_the_line() -> None:
    (problem,) = scan_source("import os\n\n'é'; os.system('é')\n".encode(), HERE)
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.source_line) == (
        3,
        6,
        "'é'; os.system('é')",
    )


def test_only_the_worker_s_own_files_are_read(tmp_path: Path) -> None:
    bad = "import os\nos.system('x')\n"
    for name in ("entry.py", "lib/a.py", "é.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(bad)
    for name in ("python_modules/a.py", "node_modules/a.py", ".hidden/a.py", "tests/a.py", "venv/lib/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(bad)
    for name in ("test_a.py", "conftest.py"):
        (tmp_path / name).write_text(bad)
    (tmp_path / "venv/pyvenv.cfg").touch()
    found = [problem.place.path.name for problem in scan(tmp_path) if problem.place]
    assert found == ["entry.py", "a.py", "é.py"]


@pytest.mark.parametrize(
    "content",
    [b"def", b"\0", b"\xff = 1", b"(" * 5000, b"-" * 100_000 + b"1", b"1" + b"+1" * 5000, b"'\\d'", b""],
)
def test_a_file_that_does_not_parse_is_the_loader_s_to_tell(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    assert scan(tmp_path) == []

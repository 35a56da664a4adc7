"""Runs the README of an example as a reader would: its `sh` blocks in order, each answer compared with the
plain block that follows.

`sshim …` runs this checkout's program in the example's folder with a store of its own; `sshim dev`, below a
debugger too, starts in the background on a free port; `curl` goes to that port. Nothing else is a command.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One `sh` block and the plain block right after it, if there is one."""

    commands: tuple[str, ...]
    expected: str | None


def steps(readme: str) -> Iterator[Step]:
    """The steps of a README in order."""
    blocks = [(m["kind"], m["text"]) for m in _BLOCK.finditer(readme)]
    for index, (kind, text) in enumerate(blocks):
        if kind != "sh":
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else ("sh", "")
        expected = following[1] if following[0] == "" else None
        yield Step(tuple(line for line in text.splitlines() if line.strip()), expected)


@dataclass
class Shell:
    """The reader's terminal, in a copy of an example's folder."""

    folder: Path
    home: Path
    dev: subprocess.Popen[str] | None = None
    port: int | None = None
    beside: list[subprocess.Popen[str]] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    """Addresses of the text, and where their servers really are."""
    printed: list[str] = field(default_factory=list)
    _reader: threading.Thread | None = None

    def run(self, command: str) -> str:
        """What a command line prints on stdout; raises if it fails or is none that a reader may type."""
        value = ""
        if " | " in command:
            left, command = command.split(" | ", 1)
            words = shlex.split(left)
            if words[0] == "sshim":
                value = self.run(left)
            else:
                assert words[0] == "printf" and len(words) == 2, f"not understood: {left}"
                value = words[1].replace("\\n", "\n")
        for written, real in self.moved.items():
            command = command.replace(written, real)
        words = shlex.split(command)
        if words[:3] == ["python", "-m", "pdb"]:
            self._start(words[1:], typed="continue\n")
            return ""
        if words[0] == "python":
            self._start_beside(words[1:])
            return ""
        if words[0] == "curl":
            return self._curl(words[1:])
        assert words[0] == "sshim", f"not understood: {command}"
        if words[1] == "dev":
            self._start(["-m", *words])
            return ""
        done = subprocess.run(
            [sys.executable, "-m", "sshim", *words[1:]],
            cwd=self.folder,
            env=self._environ(),
            input=value,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _environ(self) -> dict[str, str]:
        return {**os.environ, "SSHIM_HOME": str(self.home), "NO_COLOR": "1"}

    def _start(self, args: list[str], typed: str = "") -> None:
        self.close()
        self.dev = subprocess.Popen(
            [sys.executable, *args, "--port", "0"],
            cwd=self.folder,
            env=self._environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.dev.stdin is not None
        self.dev.stdin.write(typed)
        self.dev.stdin.close()
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.dev, ready), daemon=True)
        self._reader.start()
        assert ready.wait(60), "never ready:\n" + "".join(self.printed)
        assert self.port is not None, "ended before it was ready:\n" + "".join(self.printed)

    def _start_beside(self, words: list[str]) -> None:
        file, port = words
        server = subprocess.Popen(
            [sys.executable, file, "0"], cwd=self.folder, stdout=subprocess.PIPE, text=True
        )
        self.beside.append(server)
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"http://localhost:(\d+)", line)
        assert found, f"{file} does not say where it is: {line!r}"
        self.moved[f"localhost:{port}"] = f"localhost:{found[1]}"

    def _read(self, dev: subprocess.Popen[str], ready: threading.Event) -> None:
        assert dev.stdout is not None
        for line in dev.stdout:
            self.printed.append(line)
            if found := re.match(r"Ready on http://localhost:(\d+) ", line):
                self.port = int(found[1])
                ready.set()
        ready.set()

    def _curl(self, words: list[str]) -> str:
        method, data, headers, url = None, None, {}, ""
        words = list(words)
        while words:
            word = words.pop(0)
            if word == "-X":
                method = words.pop(0)
            elif word in ("--data", "-d"):
                data = words.pop(0).encode()
            elif word == "-H":
                name, _, text = words.pop(0).partition(":")
                headers[name] = text.strip()
            else:
                assert word.startswith("http://localhost:8787/"), f"not understood: {word}"
                url = word.replace("localhost:8787", f"localhost:{self.port}")
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def end(self) -> None:
        """Stop everything."""
        try:
            self.close()
        finally:
            for server in self.beside:
                server.terminate()
                server.communicate(timeout=60)
            self.beside.clear()

    def close(self) -> None:
        """Stop `sshim dev`, if it runs, and see that it ends well."""
        if self.dev is None:
            return
        self.dev.terminate()
        code = self.dev.wait(20)
        assert self.dev.stdout is not None and self._reader is not None
        self._reader.join(10)
        self.dev.stdout.close()
        self.dev = None
        assert code == 0, f"sshim dev ended with {code}:\n" + "".join(self.printed)

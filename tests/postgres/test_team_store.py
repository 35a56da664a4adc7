"""The guide for teams does what it says, on two machines with one database."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.postgres.cluster import PASSWORD, Cluster
from tests.walkthrough import Shell

pytestmark = pytest.mark.postgres
GUIDE = Path(__file__).resolve().parents[2] / "examples" / "team_store"
STORE = "1c0ffee1c0ffee1c0ffee1c0ffee1c0f"
URL = "postgresql://bob@db.example.com/team"
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MACHINE = re.compile(r"# on (\w+)'s machine")


@dataclass
class Machine(Shell):
    """A member's terminal, with `export` and a home of its own."""

    cluster: Cluster | None = None
    exported: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> str:
        if command.startswith("export "):
            name, _, value = shlex.split(command)[1].partition("=")
            assert self.cluster is not None
            self.exported[name] = value.replace("db.example.com", f"127.0.0.1:{self.cluster.port}").replace(
                "~", str(self.home)
            )
            return ""
        return super().run(command)

    def _environ(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "SSHIM_"))}
        return {**kept, "HOME": str(self.home), "PGPASSWORD": PASSWORD, "NO_COLOR": "1", **self.exported}

    def code(self, *words: str) -> tuple[int, str]:
        """How a command ends that may fail."""
        done = subprocess.run(
            [sys.executable, "-m", "sshim", *words], cwd=self.folder, env=self._environ(), text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def team(tmp_path: Path, cluster: Cluster) -> Iterator[dict[str, Machine]]:
    found = {}
    for name in ("Alice", "Bob", "Carol"):
        folder = tmp_path / name / "team_store"
        shutil.copytree(GUIDE, folder)
        found[name] = Machine(folder, tmp_path / name / "home", cluster=cluster)
        found[name].home.mkdir()
    yield found
    for machine in found.values():
        machine.end()
    cluster.sql("DROP DATABASE IF EXISTS team WITH (FORCE)")
    cluster.sql("DROP ROLE IF EXISTS alice, bob, developers")


def administer(cluster: Cluster, text: str) -> None:
    """What the guide's `sql` blocks do; passwords, which it leaves to the reader, are set here."""
    for statement in filter(None, map(str.strip, text.split(";"))):
        if not statement.startswith(("CREATE DATABASE", "DROP ROLE")):
            login = re.search(r"(\w+) LOGIN", statement)
            database = (
                "team" if cluster.sql("SELECT 1 FROM pg_database WHERE datname = 'team'") else "postgres"
            )
            cluster.sql(statement, database=database)
            if login:
                cluster.sql(f"ALTER ROLE {login[1]} PASSWORD '{PASSWORD}'")
        else:
            cluster.sql(statement)


def join(alice: Machine, name: str, machine: Machine) -> None:
    """Sends the key file that Alice has made for somebody."""
    shutil.copy(alice.folder / "members" / f"{name}.key", machine.home / f"{name}.key")


def test_the_guide_is_true(team: dict[str, Machine]) -> None:
    alice, bob, carol = team["Alice"], team["Bob"], team["Carol"]
    assert alice.cluster is not None
    here, printed, compared = alice, "", 0
    for block in _BLOCK.finditer((GUIDE / "README.md").read_text()):
        if block["kind"] == "sql":
            administer(alice.cluster, block["text"])
            continue
        if block["kind"] != "sh":
            assert printed.rstrip("\n") == block["text"].rstrip("\n")
            compared += 1
            continue
        for line in block["text"].splitlines():
            if machine := _MACHINE.fullmatch(line):
                here = team[machine[1]]
                continue
            if line.startswith("sshim key add"):
                (alice.folder / "members").mkdir(mode=0o700)
            if line.startswith("sshim key remove"):  # somebody else is there who stays
                alice.run("sshim key add --file members/carol.key --label carol")
                join(alice, "carol", carol)
                carol.run(f"export SSHIM_STORE_URL={URL.replace('bob', 'alice')}")
                carol.run("export SSHIM_KEY_FILE=~/carol.key")
            printed = here.run(line)
            if line.startswith("sshim key add"):
                join(alice, "bob", bob)
            if line.startswith("sshim store rotate-key"):
                code, said = bob.code("secret", "list", STORE)
                assert code == 4 and "Traceback" not in said
                assert carol.code("secret", "list", STORE)[0] == 0
    assert compared == 2
    assert (alice.folder / "team.db").stat().st_mode & 0o077 == 0

"""Programs that run with a shared store, looked at from outside: what one machine changes, another serves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sshim.model import ACCOUNT_ID
from tests.dev.running import Dev, Project, entry
from tests.postgres.cluster import PASSWORD
from tests.postgres.proxy import Proxy

pytestmark = pytest.mark.postgres
STORE = "0123456789abcdef0123456789abcdef"
BINDING = f"""
[[secrets_store_secrets]]
binding = "KEY"
store_id = "{STORE}"
secret_name = "KEY"
"""


class Machine(Project):
    """A machine of somebody on the team: a home of its own, and the same Worker."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.url = url
        self.config.write_text(self.config.read_text() + BINDING)
        self.entry.write_text(entry("return Response(await self.env.KEY.get())"))

    def environ(self, **more: str) -> dict[str, str]:
        environ = super().environ(SSHIM_STORE_URL=self.url, **more)
        del environ["SSHIM_HOME"]
        return environ

    @property
    def keys(self) -> Path:
        return self.home / ".local" / "share" / "sshim" / "keys"

    def put(self, value: str) -> None:
        self.sshim("secret", "set", "KEY", value=value)

    def fails(self, *words: str, value: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sshim", *words], cwd=self.folder, env=self.environ(), input=value,
            text=True, capture_output=True, timeout=300, check=False,
        )  # fmt: skip


@pytest.fixture
def team(tmp_path: Path, fresh_url: Callable[[], str], proxy: Proxy) -> tuple[Machine, Machine]:
    """Two machines with one database; the second one's network is the proxy."""
    url = fresh_url()
    (tmp_path / "alice").mkdir()
    (tmp_path / "bob").mkdir()
    alice = Machine(tmp_path / "alice", url)
    bob = Machine(tmp_path / "bob", url.replace(url.rpartition(":")[2].split("/")[0], str(proxy.port)))
    alice.put("first")
    shutil.copytree(alice.keys, bob.keys)
    return alice, bob


@pytest.fixture
def dev(team: tuple[Machine, Machine]) -> Iterator[Dev]:
    """`sshim dev` on the second machine."""
    found = Dev(team[1])
    try:
        yield found.ready()
        assert PASSWORD not in found.out + found.err and "p%40ss" not in found.out + found.err
    finally:
        found.clean_up()


def test_a_running_dev_serves_what_another_machine_changes(team: tuple[Machine, Machine], dev: Dev) -> None:
    assert dev.get() == (200, "first")
    for value in ("second", "third"):
        team[0].put(value)
        assert dev.answers(value) == value
    team[0].sshim("store", "rotate-key")
    assert dev.get() == (200, "third")
    team[0].put("under another master key")
    assert dev.answers("under another") == "under another master key"


def test_a_running_dev_outlives_its_network_and_says_so_once(
    team: tuple[Machine, Machine], dev: Dev, proxy: Proxy
) -> None:
    alice, bob = team
    assert dev.get() == (200, "first")
    proxy.cut()
    deadline = time.monotonic() + 120
    while "is lost: values read before serve for" not in dev.err:
        assert dev.get() == (200, "first")
        assert time.monotonic() < deadline
        time.sleep(0.02)
    alice.put("second")
    refused = bob.fails("secret", "set", "KEY", value="lost")
    assert refused.returncode == 1 and refused.stdout == ""
    assert "cannot be opened" in refused.stderr and "Try: " in refused.stderr
    assert "Traceback" not in refused.stderr and PASSWORD not in refused.stderr
    assert dev.get() == (200, "first")
    proxy.mend()
    assert dev.answers("second") == "second"
    dev.until("is back")
    assert dev.err.count("is lost") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("dev", "--port", "0"), ("serve", "--port", "0", "--gateway-port", "0"), ("check",),
        ("secret", "list", STORE), ("store", "status"), ("token", "list"), ("audit", "list"), ("key", "list"),
        ("export", STORE), ("gateway", "list"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_program_says_in_one_sentence_that_there_is_no_database(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    machine = Machine(tmp_path, "postgresql://me:c4nary@127.0.0.1:1/db")
    ended = machine.fails(*words)
    assert ended.returncode == 1 and ended.stdout == ""
    assert ended.stderr.startswith("error: ") and "no database answers there" in ended.stderr
    assert "Try: " in ended.stderr
    assert "Traceback" not in ended.stderr and "c4nary" not in ended.stderr


def test_the_api_of_one_machine_changes_what_another_serves(team: tuple[Machine, Machine], dev: Dev) -> None:
    alice, _ = team
    token = alice.sshim("token", "create", "--role", "super-administrator", "--bare").strip()
    serve = [sys.executable, "-m", "sshim", "serve", "--port", "0", "--gateway-port", "0"]
    with subprocess.Popen(
        serve, cwd=alice.folder, env=alice.environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True,
    ) as program:  # fmt: skip
        try:
            assert program.stdout is not None
            said = ""
            while "/client/v4" not in said:
                said += (line := program.stdout.readline())
                assert line, said
            api = next(word for word in said.split() if word.startswith("http") and "/client/v4" in word)
            secret = json.loads(alice.sshim("secret", "list", STORE, "--json"))[0]["id"]
            request = urllib.request.Request(
                f"{api}/accounts/{ACCOUNT_ID}/secrets_store/stores/{STORE}/secrets/{secret}",
                method="PATCH",
                data=b'{"value": "by the API"}',
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=120) as answer:
                assert json.load(answer)["success"] is True
            assert dev.answers("by the API") == "by the API"
        finally:
            program.terminate()

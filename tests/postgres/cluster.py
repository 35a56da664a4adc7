"""A PostgreSQL server of our own: in a temporary folder, as an unprivileged user, on a unix socket and a free
loopback port, stopped by its pid.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests.ports import free_port

PASSWORD = "p@ss/word:100%"
USER = "team"
SETTINGS = {
    "fsync": "off",  # a server that is killed loses nothing by it; only a machine that loses power would
    "max_connections": "200",
    "shared_buffers": "16MB",
    "log_min_messages": "fatal",
    "max_wal_size": "128MB",
    "hot_standby": "on",
}


def programs() -> Path | None:
    """The folder of the newest installed server, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def server_user() -> str | None:
    """Who runs the server: a server refuses to run as root. None means ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError("there is no unprivileged user to run a server")


class Cluster:
    """One server. `start` may be called again after `stop` or `kill`."""

    def __init__(self, root: Path, *, port: int | None = None) -> None:
        self.root, self.data = root, root / "data"
        self.port = port or free_port()
        self._bin = programs()
        self._user = server_user()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *words: str) -> None:
        """Runs one of the server's programs to its end, as its user."""
        assert self._bin is not None
        argv = [str(self._bin / program), *words]
        done = subprocess.run(argv, **self._as(), capture_output=True, timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")

    def _as(self) -> dict[str, object]:
        clean = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD}
        as_user = {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid} if self._user else {}
        return {"env": clean, "cwd": "/", **as_user, **({"extra_groups": []} if self._user else {})}

    def create(self) -> None:
        """Makes the folder and the cluster."""
        self.own()
        secret = self.root / "password"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(secret, self._user)
        self.run(
            "initdb", "--pgdata", str(self.data), "--username", USER, "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile", str(secret), "--no-sync",
        )  # fmt: skip

    def own(self) -> None:
        """Gives the folder to the server's user; others pass through to the socket."""
        self.root.chmod(0o755)
        if self._user:
            shutil.chown(self.root, self._user)

    def start(self, *, again: int = 20, **settings: str) -> None:
        """Starts it and waits until it answers."""
        assert self._bin is not None
        chosen = {**SETTINGS, **settings, "port": str(self.port), "listen_addresses": "127.0.0.1"}
        chosen["unix_socket_directories"] = str(self.root)
        words = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        log = (self.root / "log").open("ab")
        argv = [str(self._bin / "postgres"), "-D", str(self.data), *words]
        with log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log, **self._as())  # type: ignore[call-overload]
        try:
            self.wait()
        except RuntimeError as error:
            # a process of the killed server may still be ending
            if again and "shared memory" in str(error):
                time.sleep(0.5)
                self.start(again=again - 1, **settings)
            else:
                raise

    def wait(self) -> None:
        """Waits until it answers."""
        deadline = time.monotonic() + 120
        while True:
            try:
                self.run("pg_isready", "-h", str(self.root), "-p", str(self.port))
                return
            except RuntimeError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.root / "log").read_text()[-2000:]) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Stops it; open connections are ended."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Ends server and connections at once, as a crash does: SIGKILL for every one of its processes."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pids = children.read_text().split() if children.exists() else []
        self._signal(signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(30)
            self._process = None

    def url(self, schema: str = "", *, database: str = "postgres", port: int = 0, user: str = USER) -> str:
        """Over loopback TCP, with the password in it."""
        password = f":{quote(PASSWORD, safe='')}"
        tail = f"?schema={schema}" if schema else ""
        return f"postgresql://{user}{password}@127.0.0.1:{port or self.port}/{database}{tail}"

    def sql(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """What a superuser does to it."""
        import psycopg

        with psycopg.connect(self.url(database=database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Cluster]:
    """A new cluster, gone at the end."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="sshim-pg-")))
    try:
        cluster.create()
        cluster.start(**settings)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.root, ignore_errors=True)

"""PgBouncer in transaction mode before a cluster, started and stopped by us."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ports import free_port
from tests.postgres.cluster import USER, Cluster, server_user


def pooler_program() -> str | None:
    """Where PgBouncer is installed."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextlib.contextmanager
def pooling(cluster: Cluster, *, size: int = 10) -> Iterator[int]:
    """The port of a pooler that keeps `size` connections to the server."""
    program, port = pooler_program(), free_port()
    assert program is not None
    folder = Path(tempfile.mkdtemp(prefix="sshim-pgb-"))
    (folder / "users").write_text(f'"{USER}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={cluster.root} port={cluster.port} user={USER}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"pool_mode = transaction\nauth_type = any\nauth_file = {folder}/users\nmax_client_conn = 1000\n"
        f"default_pool_size = {size}\nignore_startup_parameters = extra_float_digits\n"
        f"logfile = {folder}/log\n"
    )
    user = server_user()
    more: dict[str, object] = {}
    if user:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
        more = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    process = subprocess.Popen(  # type: ignore[call-overload]
        [program, str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ), cwd="/", **more,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)

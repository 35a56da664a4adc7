"""The same FastAPI app under uvicorn, which production has not, and as a Worker under `sshim dev`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tests.benchmarks.figures import Figure
from tests.benchmarks.load import http_load
from tests.benchmarks.main_figures import DEV, port_of
from tests.benchmarks.process import run
from tests.benchmarks.project import CONFIG, Project

_APP = """from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/")
async def root(request: Request):
    {read}
    return {{"length": len(value)}}
"""
_WORKER = """import asgi
from workers import WorkerEntrypoint

from app import app


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return await asgi.fetch(app, request, self.env)
"""
_SERVE = """import uvicorn
from app import app

uvicorn.run(app, port=0, log_level="info", access_log=False)
"""


def fastapi(project: Project) -> Figure:
    """Requests a second of the Worker, which reads a secret, over those of uvicorn with a constant."""
    source = project.folder.parent / "fastapi"
    (source / "src").mkdir(parents=True)
    (source / "wrangler.toml").write_text(CONFIG)
    (source / "src" / "entry.py").write_text(_WORKER)
    read = 'value = await request.scope["env"].SECRET.get()'
    (source / "src" / "app.py").write_text(_APP.format(read=read))
    bare = project.folder.parent / "uvicorn"
    bare.mkdir()
    (bare / "app.py").write_text(_APP.format(read='value = "the value"'))
    (bare / "serve.py").write_text(_SERVE)
    ratios = []
    with (
        run([sys.executable, "serve.py"], cwd=bare, environ=os.environ) as peer,
        run(DEV, cwd=source, environ=project.environ) as dev,
    ):
        peer_port = int(peer.wait_for("running on").rpartition(":")[2].split()[0])
        dev_port = port_of(dev.wait_for("Ready on"))
        http_load(peer_port, seconds=0.5)
        http_load(dev_port, seconds=0.5)
        for _ in range(3):
            theirs = http_load(peer_port, seconds=2).per_second
            ours = http_load(dev_port, seconds=2).per_second
            print(f"  uvicorn {theirs:,.0f}/s, dev {ours:,.0f}/s", file=sys.stderr)
            ratios.append(ours / theirs)
    return Figure("FastAPI requests/s, of uvicorn's", "x", ratios)


ALL: dict[str, Callable[[Project], Figure]] = {"fastapi": fastapi}

"""The files of a new Worker project, as pure text."""

from __future__ import annotations

import re
from collections.abc import Mapping

BINDING = "API_KEY"
SECRET_NAME = "api-key"  # noqa: S105 - a name, as the configuration shows it

PYTEST_INSTALL = "pip install '/path/to/clone[pytest]'"
"""What the project's test needs. No group can name it: public registries have another sshim."""

_CONFIG = """\
name = "{name}"
main = "src/entry.py"
compatibility_date = "{date}"
compatibility_flags = ["python_workers"]

# "await self.env.API_KEY.get()" is the value of the secret "{secret_name}" in this store.
[[secrets_store_secrets]]
binding = "API_KEY"
store_id = "{store_id}"
secret_name = "{secret_name}"
"""

_ENTRY = '''\
"""A Worker with one Secrets Store binding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers import Request, Response, WorkerEntrypoint

if TYPE_CHECKING:
    from worker_env import Env


class Default(WorkerEntrypoint):
    """Answers every request."""

    env: Env

    async def fetch(self, request: Request) -> Response:
        key = await self.env.API_KEY.get()
        return Response(f"Hello! The API key has {len(key)} characters.\\n")
'''

_TEST = '''\
"""The Worker, asked as a client would, with a secret that only the test knows."""


async def test_the_answer_tells_the_length_of_the_key_and_not_the_key(worker, secrets):
    secrets["API_KEY"] = "key-of-the-test"

    response = await worker.fetch("/")

    assert response.status == 200
    text = await response.text()
    assert "15 characters" in text and "key-of-the-test" not in text
'''

_PYPROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"

[dependency-groups]
# and sshim, from its clone: {install}
dev = ["pytest>=8.2", "pytest-asyncio>=0.24"]

[tool.pytest.ini_options]
testpaths = ["tests"]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
sshim_strict = true
"""

_IGNORED = """\
# values of variables and secrets
.dev.vars*
.env*
*.sealed

# state of local tools; wrangler's holds secrets in plain text
.wrangler/
.venv/
.venv-workers/
python_modules/
__pycache__/
.pytest_cache/
"""


def worker_name(folder: str) -> str:
    """A Worker's name (lower-case letters, digits, `-` and `_`) made from that of a folder."""
    name = re.sub(r"[^a-z0-9_]+", "-", folder.lower()).strip("-")[:54].strip("-")
    return name or "worker"


def project_files(name: str, store_id: str, date: str, secret_name: str) -> Mapping[str, str]:
    """Path and text of each file, for a Worker of that name. `date` is YYYY-MM-DD."""
    config = _CONFIG.format(name=name, store_id=store_id, date=date, secret_name=secret_name)
    return {
        "wrangler.toml": config,
        "src/entry.py": _ENTRY,
        "tests/test_entry.py": _TEST,
        "pyproject.toml": _PYPROJECT.format(name=name.strip("_") or "worker", install=PYTEST_INSTALL),
        ".gitignore": _IGNORED,
    }


STUB = "src/worker_env.pyi"
"""Where the types of `env` go, made from the configuration itself."""

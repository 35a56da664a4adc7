"""A fast place to work in: a folder in memory where there is one, since these tests sync very often."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def root() -> Iterator[Path]:
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="sshim-faults-", dir=base))
    yield path
    shutil.rmtree(path, ignore_errors=True)

"""A folder with configuration files, and the ways to read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sshim.config.options import ReadOptions
from sshim.config.report import report
from sshim.config.settings import WorkerConfig, read
from sshim.errors import ConfigError


class Project:
    """Files in a folder. `jsonc`, `toml` and `file` write one; the others read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def jsonc(self, value: Any = None, **fields: Any) -> Project:
        """wrangler.jsonc with a value, or with these fields and a name."""
        content = value if value is not None else {"name": "w", **fields}
        return self.file("wrangler.jsonc", content if isinstance(content, str) else json.dumps(content))

    def toml(self, text: str) -> Project:
        """wrangler.toml."""
        return self.file("wrangler.toml", text)

    def file(self, name: str, content: str | bytes) -> Project:
        """Any file, in folders made for it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return self

    def options(self, **given: Any) -> ReadOptions:
        """Options to read it, by default from its folder with an empty environment."""
        cwd = given.pop("cwd", self.folder)
        return ReadOptions(start=given.pop("start", cwd), cwd=cwd, environ=given.pop("environ", {}), **given)

    def report(self, **given: Any) -> dict[str, Any]:
        """The report of reading it."""
        return report(self.options(**given))

    def errors(self, **given: Any) -> list[str]:
        """The error messages of reading it."""
        return self.report(**given)["errors"]

    def warnings(self, **given: Any) -> list[str]:
        """The warnings of reading it, which has to succeed."""
        found = self.report(**given)
        assert found["ok"], found["errors"]
        return found["warnings"]

    def config(self, **given: Any) -> dict[str, Any]:
        """The configuration read, which has to succeed."""
        found = self.report(**given)
        assert found["ok"], found["errors"]
        return found["config"]

    def bindings(self, **given: Any) -> dict[str, Any]:
        """What `env` gets."""
        return self.report(**given)["dev_bindings"]

    def read(self, **given: Any) -> WorkerConfig:
        """The settings."""
        return read(self.options(**given))

    def refused(self, **given: Any) -> ConfigError:
        """The error that reading it raises."""
        with pytest.raises(ConfigError) as caught:
            read(self.options(**given))
        return caught.value


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder."""
    return Project(tmp_path)


def refused(read_text: Callable[[str], object], text: str) -> tuple[str, int, int]:
    """Message, line (from 1) and column (from 0, as wrangler counts) of the one problem of a text."""
    with pytest.raises(ConfigError) as caught:
        read_text(text)
    (problem,) = caught.value.problems
    assert problem.place is not None
    return problem.message, problem.place.line, problem.place.column - 1

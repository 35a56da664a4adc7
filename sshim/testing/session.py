"""Setting up and ending the Worker of a test: `async with sshim.testing.worker(...) as worker:`."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any

from sshim.config.settings import WorkerConfig
from sshim.errors import UsageError
from sshim.testing.client import WorkerClient
from sshim.testing.options import Options
from sshim.testing.project import Process, process
from sshim.testing.secrets import Secrets


def read_config(options: Options, start: Path, process: Process) -> WorkerConfig:
    """The configuration for a test in the folder `start`. Raises `UsageError` when there is none, and
    `ConfigError`."""
    folder, named = start, None
    if options.config is not None:
        named = start / options.config
        if named.is_dir():
            folder, named = named, None
        elif not named.is_file():
            raise UsageError(
                f"there is no configuration {named}", hint="config= is relative to the test file"
            )
    files = tuple(start / path for path in options.env_files)
    config = process.config(folder, config=named, env=options.env, env_files=files)
    if config.config_path is None:
        raise UsageError(
            f"no wrangler configuration was found in {folder} or above it "
            "(wrangler.json, wrangler.jsonc or wrangler.toml)",
            hint='@pytest.mark.sshim(config="path/to/wrangler.toml")',
        )
    if options.env and options.env not in config.defined_environments:
        # A mere warning when a Worker is served; a test that asks for it means it.
        known = ", ".join(config.defined_environments) or "none"
        raise UsageError(
            f"{config.config_path.name} has no environment {options.env!r}; its environments are: {known}"
        )
    return config


def make_client(options: Options, start: Path) -> WorkerClient:
    """The client of a test in the folder `start`, with its secrets seeded, not yet open. Raises as
    `read_config` does, and for seeds that cannot be."""
    __tracebackhide__ = True
    shared = process()
    on_value = shared.redaction.add
    config = read_config(options, start, shared)
    for var in config.vars.values():
        if var.type == "secret_text":
            on_value(str(var.value))
    assert config.config_path is not None
    secrets = Secrets(config.secrets, where=config.config_path.name, on_value=on_value)
    secrets.update(options.secrets)
    return WorkerClient(shared, config, options, secrets)


class worker:
    """The Worker of a configuration file or folder (None: found upward from the working folder), for a test
    outside pytest. Keywords are those of `sshim.testing.options.Options`.

    `async with` waits for `waitUntil` work at the end and raises `ExpectationFailed` for what went wrong in
    the background; plain `with` does the same in code that is not async, with `worker.run(...)`.
    """

    def __init__(self, config: Path | str | None = None, **options: Any) -> None:
        __tracebackhide__ = True
        self._options = Options().updated({"config": config, **options})
        self._client: WorkerClient | None = None

    def __enter__(self) -> WorkerClient:
        __tracebackhide__ = True
        client = self._client = make_client(self._options, Path(os.path.abspath(".")))
        client.enter()
        try:
            return client.open()
        except BaseException:
            client.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        client = self._opened
        try:
            if error is None:
                client.finish()
                client.verify()
        finally:
            client.close()

    async def __aenter__(self) -> WorkerClient:
        __tracebackhide__ = True
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        client = self._opened
        try:
            if error is None:
                await client.settle()
                client.verify()
        finally:
            client.close()

    @property
    def _opened(self) -> WorkerClient:
        assert self._client is not None, "entered before it is left"
        return self._client

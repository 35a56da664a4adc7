"""Fuzz targets for the readers of JSONC, TOML, dotenv and whole configurations.

    python tests/config/fuzz.py [jsonc|toml|dotenv|config] [seconds] [seed]

Inputs are changed pieces of the cases in `fixtures/config-cases`. A target fails by any exception but the
reader's own refusal, or by taking longer than a second for one input; the input is then printed.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from sshim.config import dotenv, jsonc, toml  # noqa: E402
from sshim.config.document import decode  # noqa: E402
from sshim.config.options import ReadOptions  # noqa: E402
from sshim.config.report import report  # noqa: E402
from sshim.errors import ConfigError  # noqa: E402

Target = Callable[[bytes], None]


def read_jsonc(data: bytes) -> None:
    """Reads JSONC or refuses it."""
    try:
        jsonc.parse(decode(Path("wrangler.jsonc"), data))
    except ConfigError as error:
        assert error.place is not None


def read_toml(data: bytes) -> None:
    """Reads TOML or refuses it."""
    try:
        toml.parse(decode(Path("wrangler.toml"), data))
    except ConfigError as error:
        assert error.place is not None


def read_dotenv(data: bytes) -> None:
    """Reads and expands dotenv, or refuses to expand it."""
    try:
        parsed = dotenv.parse(data.decode("utf-8", "replace"))
    except dotenv.TooMany:
        return
    try:
        dotenv.expand(parsed, {"A": "1"})
    except dotenv.TooLong as error:
        assert error.name in parsed


def read_config(data: bytes) -> None:
    """Reads a whole configuration from a file of each kind, and prints it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("wrangler.toml", "wrangler.json"):
            (folder / file).write_bytes(data)
            for env in (None, "a", "staging"):
                found = report(ReadOptions(start=folder, cwd=folder, environ={}, env=env))
                assert json.dumps(found, allow_nan=False)
                assert found["ok"] or found["errors"]


TARGETS: dict[str, Target] = {
    "jsonc": read_jsonc,
    "toml": read_toml,
    "dotenv": read_dotenv,
    "config": read_config,
}
_PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b",",
        b":",
        b"=",
        b"\n",
        b"\r",
        b"#",
        b"//",
        b"/*",
        b"\\",
        b"\x00",
        b".",
    ),
    *(
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"$",
        b"${",
        b"1e999",
        b"-0",
        b"null",
        b"[[",
        b"\\u",
        b'"""',
        b"'''",
    ),
    *(
        b'{"env":{"a":',
        b"[env.a]\n",
        b"9" * 40,
        b"toString",
        b"__proto__",
        b"2026-01-01",
        b"\xf0\x9f\x98\x80",
    ),
]


def corpus() -> list[bytes]:
    """Files of the cases that are configurations or values."""
    folder = ROOT / "fixtures" / "config-cases"
    found = [*folder.rglob("wrangler.*"), *folder.rglob(".env*"), *folder.rglob(".dev.vars*")]
    return sorted({path.read_bytes() for path in found})


def inputs(seed: int) -> Iterator[bytes]:
    """Changed inputs without end."""
    source = random.Random(seed)
    seeds = corpus()
    while True:
        data = bytearray(source.choice(seeds))
        for _ in range(source.randint(1, 6)):
            at = source.randint(0, len(data))
            action = source.random()
            if action < 0.5:
                data[at:at] = source.choice(_PIECES)
            elif action < 0.7:
                del data[at : at + source.randint(1, 20)]
            elif action < 0.9:
                other = source.choice(seeds)
                start = source.randint(0, len(other))
                data[at:at] = other[start : start + source.randint(1, 60)]
            else:
                data[at:at] = source.choice(_PIECES) * source.choice([10, 300, 5000])
        yield bytes(data)


def run(target: Target, seed: int, *, count: int | None = None, seconds: float | None = None) -> int:
    """Feeds inputs until the count or time is reached; the number fed. Raises what the target raises."""
    begin = time.monotonic()
    for number, data in enumerate(inputs(seed), 1):
        started = time.process_time()
        try:
            target(data)
        except BaseException:
            sys.stderr.write(f"input: {data!r}\n")
            raise
        assert time.process_time() - started < 3 or sys.gettrace() is not None, f"too slow: {data!r}"
        if (count and number >= count) or (seconds and time.monotonic() - begin >= seconds):
            return number
    return 0


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "config"
    limit = float(sys.argv[2]) if len(sys.argv) > 2 else 30
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    print(f"{chosen}: {run(TARGETS[chosen], number, seconds=limit)} inputs")

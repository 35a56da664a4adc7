"""Flags and files that tell a gateway of providers, through the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Sshim

OWN = '[custom-mine]\nbase_url = "https://models.example.com/v1"\n'


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--upstream", "openai"], "--upstream takes PROVIDER=URL"),
        (["--upstream", "openai=http://example.com"], "would send the key in the clear"),
        (["--upstream", "opnai=https://h"], "there is no provider 'opnai'"),
        (["--providers", "nowhere.toml"], "No such file"),
        (["--providers", "."], "Is a directory"),
        (["--providers", "latin.toml"], "is not UTF-8 text"),
        (["--providers", "long.toml"], "is too long"),
        (["--providers", "bad.toml"], "is not TOML"),
    ],
)
def test_what_cannot_be_used_ends_serve_and_dev_with_code_two(
    sshim: Sshim, folder: Path, flags: list[str], said: str
) -> None:
    (folder / "latin.toml").write_bytes(b"[custom-m\xe9]")
    (folder / "long.toml").write_text(OWN + "#" * 300_000)
    (folder / "bad.toml").write_text("[")
    (folder / "wrangler.toml").write_text('name = "w"\nmain = "entry.py"\n')
    for command in (["serve", "--port", "0", "--gateway-port", "0"], ["dev", "--gateway"]):
        ended = sshim(*command, *flags)
        assert ended.code == 2 and said in ended.err and "Try: " in ended.err, ended.err


def test_a_provider_of_a_file_may_be_moved_by_a_flag(folder: Path) -> None:
    from sshim.cli.context import Session
    from sshim.cli.gateway_providers import provider_table
    from sshim.cli.output import Terminal
    from tests.cli.conftest import Stream

    (folder / "own.toml").write_text(OWN)
    session = Session({}, folder, Terminal(Stream(), Stream(), folder), None)
    table = provider_table(session, ["custom-mine=http://localhost:9"], Path("own.toml"))
    assert table["custom-mine"].root == "http://localhost:9" and "openai" in table

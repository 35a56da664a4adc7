"""Values that `sshim dev` gets for one run: by flag and by manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.dev import supervisor
from sshim.dev.options import DevOptions
from tests.cli.conftest import CANARY, STORE, Sshim

CONFIG = f"""
name = "w"
secrets_store_secrets = [
  {{ binding = "API_KEY", store_id = "{STORE}", secret_name = "api-key" }},
  {{ binding = "TOKEN", store_id = "{STORE}", secret_name = "token" }},
]
"""
MANIFEST = """\
version: 1
secrets:
  - {binding: API_KEY, from: "env:MY_KEY"}
  - {binding: TOKEN, from: "generate:hex8"}
  - {name: other, scopes: [ai_gateway], plain: not for Workers}
"""


@pytest.fixture(autouse=True)
def _config(folder: Path) -> None:
    (folder / "wrangler.toml").write_text(CONFIG)
    (folder / "secrets.seed.yaml").write_text(MANIFEST)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the supervisor is given, by name."""
    found: dict[str, str] = {}

    def run(options: DevOptions, ignited: object = None) -> int:
        assert {store for store, _, _ in options.given} <= {STORE}
        assert not options.given or options.given[0][2] not in repr(options)
        found.update({name: value for _, name, value in options.given})
        return 0

    monkeypatch.setattr(supervisor, "run", run)
    return found


def test_a_flag_takes_any_reference(sshim: Sshim, given: dict[str, str], folder: Path) -> None:
    (folder / "key.txt").write_text("of file\n")
    ended = sshim("dev", "--secret", "API_KEY=env:V", "--secret", "TOKEN=file:key.txt", V=CANARY)
    assert ended.code == 0 and given == {"api-key": CANARY, "token": "of file"}
    assert sshim("dev", "--secret", "API_KEY=cmd:echo made").code == 0 and given["api-key"] == "made"


def test_a_manifest_gives_what_workers_may_read_and_writes_nothing(
    sshim: Sshim, given: dict[str, str], environ: dict[str, str]
) -> None:
    ended = sshim("dev", "--seed", "secrets.seed.yaml", MY_KEY=CANARY)
    assert ended.code == 0, ended.err
    assert given["api-key"] == CANARY and len(given["token"]) == 16 and "other" not in given
    assert not Path(environ["SSHIM_HOME"]).exists()


def test_what_would_be_made_anew_is_the_stores_where_it_is_there(sshim: Sshim, given: dict[str, str]) -> None:
    assert sshim("secret", "set", "TOKEN", stdin="kept").code == 0
    assert sshim("dev", "--seed", "secrets.seed.yaml", MY_KEY=CANARY).code == 0
    assert given == {"api-key": CANARY}


def test_the_flag_comes_before_the_manifest(sshim: Sshim, given: dict[str, str]) -> None:
    flags = ("--seed", "secrets.seed.yaml", "--secret", "API_KEY=env:OTHER")
    assert (
        sshim("dev", *flags, MY_KEY="of the manifest", OTHER=CANARY).code == 0 and given["api-key"] == CANARY
    )


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--secret", "API_KAY=env:V"), 2, "did you mean 'API_KEY'?"),
        (("--secret", f"API_KEY={CANARY}"), 2, "--secret API_KEY=…: this is no reference"),
        (("--secret", "API_KEY=env:NOPE"), 1, "the variable NOPE is not set"),
        (("--secret", "API_KEY=plain:x"), 2, "this is no reference"),
        (("--seed", "none.yaml"), 2, "none.yaml cannot be read"),
        (("--seed", "secrets.seed.yaml"), 1, "secrets.seed.yaml:3:5: secret 'api-key': the variable MY_KEY"),
        (("--seed", "wrangler.toml"), 2, "the manifest is a mapping of version, secrets"),
    ],
)
def test_what_cannot_be_had_stops_the_start(
    sshim: Sshim, given: dict[str, str], flags: tuple[str, ...], code: int, said: str
) -> None:
    ended = sshim("dev", *flags)
    assert ended.code == code and said in ended.err and given == {}


def test_commands_of_a_manifest_are_off_unless_allowed(
    sshim: Sshim, given: dict[str, str], folder: Path
) -> None:
    (folder / "s.yaml").write_text("version: 1\nsecrets:\n  - {binding: TOKEN, from: 'cmd:echo made'}\n")
    assert sshim("dev", "--seed", "s.yaml").code == 1 and given == {}
    assert sshim("dev", "--seed", "s.yaml", "--allow-commands").code == 0 and given == {"token": "made"}

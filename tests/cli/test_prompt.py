"""Values asked for at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, STORE, Sshim, Typed


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
class TestAtATerminal:
    def test_the_value_is_asked_for_twice_and_never_shown(
        self, sshim: Sshim, environ: dict[str, str], folder: Path
    ) -> None:
        line = ["-m", "sshim", "secret", "create", STORE, "--name", "api-key", "--scopes", "workers"]
        typed = Typed(line, environ, folder)
        typed.type(f"{CANARY}\n", after="Value for api-key: ")
        typed.type(f"{CANARY}\n", after="The same again: ")
        assert typed.end() == 0
        assert CANARY not in typed.shown and "created secret api-key" in typed.shown
        assert sshim("secret", "get", STORE, "--name", "api-key").code == 0

    def test_ctrl_c_at_the_prompt_is_130_and_makes_no_secret(
        self, sshim: Sshim, environ: dict[str, str], folder: Path
    ) -> None:
        line = ["-m", "sshim", "secret", "create", STORE, "--name", "api-key", "--scopes", "workers"]
        typed = Typed(line, environ, folder)
        typed.type("\x03", after="Value for api-key: ")
        assert typed.end() == 130
        assert "Traceback" not in typed.shown and "error" not in typed.shown
        assert sshim("store", "list", "--json").json == []

    @pytest.mark.usefixtures("made")
    def test_a_taken_name_is_told_without_a_prompt(self, environ: dict[str, str], folder: Path) -> None:
        line = ["-m", "sshim", "secret", "create", STORE, "--name", "api-key", "--scopes", "workers"]
        typed = Typed(line, environ, folder)
        assert typed.end() == 5
        assert "Value for" not in typed.shown and "sshim secret update" in typed.shown

    @pytest.mark.usefixtures("made")
    def test_tables_have_colour_at_a_terminal_that_can(self, environ: dict[str, str], folder: Path) -> None:
        plain = Typed(["-m", "sshim", "secret", "list", STORE], environ, folder)
        assert plain.end() == 0 and "\x1b" not in plain.shown
        forced = Typed(["-m", "sshim", "secret", "list", STORE], {**environ, "FORCE_COLOR": "1"}, folder)
        assert forced.end() == 0 and "\x1b[1mNAME" in forced.shown

"""Plaintext files overwritten before they are removed, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshim.transfer.shred import shred


def test_the_bytes_are_overwritten_before_the_name_goes(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"plaintext" * 20_000)
    with path.open("rb") as held:  # what is on the disk stays readable through this
        assert shred([path]) == [] and not path.exists()
        assert held.read() == bytes(180_000)


def test_what_is_gone_already_is_done(tmp_path: Path) -> None:
    assert shred([tmp_path / "none"]) == []


def test_links_and_files_with_a_second_name_are_left_alone(tmp_path: Path) -> None:
    kept, link, twin, folder = (tmp_path / name for name in ("kept", "link", "twin", "folder"))
    kept.write_text("somebody's")
    link.symlink_to(kept)
    twin.hardlink_to(kept)
    folder.mkdir()
    assert [path for path, _ in shred([link, twin, folder])] == [link, twin, folder]
    assert kept.read_text() == "somebody's" and link.is_symlink() and twin.exists()


def test_what_the_system_refuses_is_told_and_the_others_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_text("a")
    good.write_text("b")
    import os

    opened = os.open

    def refuse(path: object, *rest: object) -> int:
        if path == bad:
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(os, "open", refuse)
    assert shred([bad, good]) == [(bad, "Permission denied")]
    assert bad.exists() and not good.exists()

"""Importing a Worker's main module."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sshim.errors import SourceError
from sshim.worker.frames import format_exception, place_of
from sshim.worker.loader import load_main

pytestmark = pytest.mark.usefixtures("clean_imports")


def project(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "src" / "entry.py"


def failure(main: Path, root: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        load_main(main, root)
    return caught.value


def test_the_main_module_is_named_by_its_file_and_finds_its_neighbours(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="import near\nname = __name__\n", src__near_py="x = 1\n")
    module = load_main(main, tmp_path)
    assert (module.name, module.near.x) == ("entry", 1)


def test_two_quick_edits_of_one_length_are_told_apart(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="x = 1\n")
    stamp = main.stat().st_mtime_ns
    assert load_main(main, tmp_path).x == 1
    main.write_text("x = 2\n")
    os.utime(main, ns=(stamp, stamp))
    assert load_main(main, tmp_path).x == 2


def test_frames_show_the_source_that_was_imported_whatever_the_file_holds_by_now(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="def f():\n    raise ValueError('old')\n")
    module = load_main(main, tmp_path)
    main.write_text("# new\n# and longer than it was before\n")
    with pytest.raises(ValueError, match="old") as caught:
        module.f()
    assert "raise ValueError('old')" in format_exception(caught.value, tmp_path)
    place = place_of(caught.value, tmp_path)
    assert place is not None and place.source_line == "    raise ValueError('old')"


def test_a_syntax_error_has_its_place_and_no_frames_of_the_import_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = failure(project(tmp_path, src__entry_py="x = 1\ndef f(:\n"), tmp_path)
    assert error.place is not None
    assert (error.place.line, error.place.column) == (2, 7)
    assert error.message == "SyntaxError: invalid syntax"
    assert error.detail == ""


def test_a_failing_import_shows_the_users_frames_only(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="import near\n", src__near_py="def f():\n    1/0\nf()\n")
    error = failure(main, tmp_path)
    assert error.message == "ZeroDivisionError: division by zero"
    assert error.place is not None and error.place.path.name == "near.py"
    assert 'File "src/entry.py", line 1' in error.detail
    assert "importlib" not in error.detail and "loader.py" not in error.detail


def test_a_missing_package_is_named_with_what_to_do(tmp_path: Path) -> None:
    error = failure(project(tmp_path, src__entry_py="import no_such_package.part\n"), tmp_path)
    assert error.hint == "install no_such_package into the environment that sshim runs in"


def test_an_import_with_the_folder_of_main_is_explained(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="import src.near\n", src__near_py="")
    error = failure(main, tmp_path)
    assert error.hint is not None and "shouldn't include a 'src.' prefix" in error.hint


def test_a_module_that_exits_is_an_error_like_any_other(tmp_path: Path) -> None:
    assert (
        failure(project(tmp_path, src__entry_py="raise SystemExit(3)\n"), tmp_path).message == "SystemExit: 3"
    )


def test_a_missing_main_module_is_named(tmp_path: Path) -> None:
    error = failure(tmp_path / "src" / "entry.py", tmp_path)
    assert error.message == "the main module src/entry.py does not exist"


def test_vendored_packages_lose_to_installed_ones(tmp_path: Path) -> None:
    main = project(
        tmp_path,
        src__entry_py="import click\nimport only_vendored\nplace = click.__file__\n",
        python_modules__click_py="vendored = True\n",
        python_modules__only_vendored_py="",
    )
    module = load_main(main, tmp_path)
    assert "python_modules" not in module.place
    assert sys.path[-1] == str(tmp_path / "python_modules")


def test_python_modules_in_the_main_modules_folder_is_refused(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="", src__python_modules__x_py="")
    assert (
        failure(main, tmp_path).message
        == "The 'python_modules' directory cannot exist in your module root. Delete it to continue."
    )


def test_python_modules_of_a_project_whose_main_lies_at_its_root_is_fine(tmp_path: Path) -> None:
    main = project(tmp_path, src__entry_py="")
    project(tmp_path, entry_py="import only_there\n", python_modules__only_there_py="")
    assert load_main(main.parent.parent / "entry.py", tmp_path).only_there


@pytest.mark.parametrize(("date", "found"), [("2025-07-01", True), ("2025-08-11", False), (None, False)])
def test_vendor_counts_only_before_its_date(tmp_path: Path, date: str | None, found: bool) -> None:
    from sshim.platform import hook

    main = project(tmp_path, src__entry_py="import only_vendor\n", src__vendor__only_vendor_py="")
    hook.install(date)
    try:
        if found:
            assert load_main(main, tmp_path).only_vendor
        else:
            assert failure(main, tmp_path).message == "ModuleNotFoundError: No module named 'only_vendor'"
    finally:
        hook.install(None)


def test_projects_installed_to_be_edited_are_found(tmp_path: Path) -> None:
    main = project(
        tmp_path,
        src__entry_py="import edited, by_hook, installed\n",
        elsewhere__edited_py="",
        hooked__by_hook_py="",
        site__installed_py="",
    )
    site = tmp_path / "site"
    (site / "edited.pth").write_text(f"{tmp_path / 'elsewhere'}\n")
    (site / "hook.pth").write_text(f"import sys; sys.path.append({str(tmp_path / 'hooked')!r})\n")
    module = load_main(main, tmp_path, site_packages=[site])
    assert module.edited and module.by_hook and module.installed
    assert sys.path.index(str(site)) > 0


def test_a_broken_pth_file_keeps_nobody_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = project(tmp_path, src__entry_py="import installed\n", site__installed_py="")
    (tmp_path / "site" / "broken.pth").write_text("import nothing_of_that_name\n")
    assert load_main(main, tmp_path, site_packages=[tmp_path / "site"]).installed
    assert "broken.pth" in capsys.readouterr().err

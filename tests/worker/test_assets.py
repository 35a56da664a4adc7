"""Which static file answers a path."""

from pathlib import Path

import pytest

from sshim.worker.assets import Assets, File, HtmlHandling, Redirect


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    for name in ("index.html", "page.html", "dir/index.html", "a b.txt", "x.js", "_headers", "404.html"):
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "outside.txt").write_text("secret")
    (public / "link.txt").symlink_to(tmp_path / "outside.txt")
    return public


def answer(assets: Assets, path: str) -> str | None:
    found = assets.match(path)
    if isinstance(found, Redirect):
        return "-> " + found.location
    return found.path.name if found else None


@pytest.mark.parametrize(
    ("handling", "answers"),
    [
        (
            "auto-trailing-slash",
            {
                "/": "index.html",
                "/page": "page.html",
                "/page/": "-> /page",
                "/page.html": "-> /page",
                "/dir": "-> /dir/",
                "/dir/": "index.html",
                "/dir/index": "-> /dir/",
                "/dir/index.html": "-> /dir/",
                "/index.html": "-> /",
            },
        ),
        (
            "force-trailing-slash",
            {"/page": "-> /page/", "/page/": "page.html", "/dir": "-> /dir/", "/dir/": "index.html"},
        ),
        (
            "drop-trailing-slash",
            {
                "/page": "page.html",
                "/page/": "-> /page",
                "/dir/": "-> /dir",
                "/dir": "index.html",
                "/": "index.html",
            },
        ),
        ("none", {"/page": None, "/page.html": "page.html", "/dir/": None, "/": None}),
    ],
)
def test_html_handling(folder: Path, handling: HtmlHandling, answers: dict[str, str | None]) -> None:
    assets = Assets(folder, html_handling=handling)
    assert {path: answer(assets, path) for path in answers} == answers


def test_a_path_is_decoded_once(folder: Path) -> None:
    assert answer(Assets(folder), "/a%20b.txt") == "a b.txt"
    assert answer(Assets(folder), "/a%2520b.txt") is None


@pytest.mark.parametrize(
    "path",
    ["/../outside.txt", "/%2e%2e/outside.txt", "/link.txt", "/..%2foutside.txt", "/\0", "//etc/passwd"],
)
def test_nothing_outside_of_the_folder_is_served(folder: Path, path: str) -> None:
    assert Assets(folder).match(path) is None


def test_a_canonical_path_is_never_another_host(folder: Path) -> None:
    assets = Assets(folder)
    assert answer(assets, "//evil.example/..%2findex.html") is None
    assert answer(assets, "//dir/index.html") == "-> /dir/"
    assert answer(assets, "/%2fdir%2findex.html") == "-> /dir/"


def test_the_query_goes_along_to_the_canonical_path(folder: Path) -> None:
    page = Assets(folder).answer("/page.html?a=1&b=%20", None)
    assert page is not None and page.headers == [("location", "/page?a=1&b=%20")]


def test_a_name_too_long_for_a_file_is_no_asset(folder: Path) -> None:
    assert Assets(folder).match("/" + "a" * 300) is None


def test_files_that_steer_the_service_are_not_served(folder: Path) -> None:
    assert Assets(folder).match("/_headers") is None


def test_content_types_carry_the_charset_of_text(folder: Path) -> None:
    found = Assets(folder).match("/x.js")
    assert isinstance(found, File)
    assert found.content_type == "text/javascript; charset=utf-8"


def test_the_entity_tag_changes_with_the_file(folder: Path) -> None:
    first = dict(File(folder / "x.js").headers())["etag"]
    (folder / "x.js").write_text("something longer")
    assert dict(File(folder / "x.js").headers())["etag"] != first


def test_a_missing_page_of_a_single_page_application_is_its_index(folder: Path) -> None:
    found = Assets(folder, not_found_handling="single-page-application").not_found("/any/where")
    assert found == File(folder / "index.html")


def test_the_nearest_404_page_answers_a_missing_path(folder: Path) -> None:
    (folder / "dir" / "404.html").write_text("near")
    assets = Assets(folder, not_found_handling="404-page")
    assert assets.not_found("/dir/x") == File(folder / "dir" / "404.html", 404)
    assert assets.not_found("/x") == File(folder / "404.html", 404)
    assert Assets(folder).not_found("/x") is None


def test_the_worker_comes_first_where_the_configuration_says_so(folder: Path) -> None:
    assert not Assets(folder, run_worker_first=True).before_worker("/x.js")
    some = Assets(folder, run_worker_first=("/api/*", "!/api/docs/*"))
    assert [some.before_worker(p) for p in ("/api/a", "/api/docs/a", "/x.js")] == [False, True, True]

"""What is served as the page, and under which headers."""

from __future__ import annotations

import gzip
import re

import pytest

from sshim.dashboard.files import NAMES, page_files
from tests.api.wire import request, send
from tests.dashboard.conftest import Site

BUDGET = 60_000
"""Bytes of the whole page as it lies there; packed, it is to have no more than half of that."""


async def get(site: Site, path: str, method: str = "GET", **headers: str) -> object:
    wanted = {"Host": f"127.0.0.1:{site.port}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return await send(site.port, request(method, path, wanted))


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in NAMES)])
async def test_every_file_is_served_under_the_headers_that_keep_others_out(site: Site, path: str) -> None:
    got = await get(site, path)
    assert got.status == 200
    policy = dict(part.strip().split(" ", 1) for part in got.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'" and "unsafe" not in str(policy)
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["referrer-policy"] == "no-referrer"
    assert got.headers["cross-origin-opener-policy"] == "same-origin"
    assert got.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in got.headers


async def test_the_page_weighs_no_more_than_60_kilobytes(site: Site) -> None:
    sent = 0
    for name in NAMES:
        got = await get(site, f"/{name}", Accept_Encoding="gzip, deflate, br")
        sent += len(got.body)
        assert gzip.decompress(got.body) == page_files()[f"/{name}"].content
    assert sent <= BUDGET // 2
    plain = [await get(site, f"/{name}") for name in NAMES]
    assert sum(len(got.body) for got in plain) <= BUDGET
    assert [got.body for got in plain] == [page_files()[f"/{name}"].content for name in NAMES]


async def test_the_page_names_nothing_that_is_elsewhere_and_holds_nothing_inline(site: Site) -> None:
    markup = page_files()["/"].content.decode()
    assert re.findall(r"(?:src|href)=\"([^\"]+)\"", markup)
    for target in re.findall(r"(?:src|href)=\"([^\"]+)\"", markup):
        assert target.startswith("#") or target in page_files()
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", markup)
    for name, file in page_files().items():
        text = file.content.decode()
        assert "innerHTML" not in text and "eval(" not in text, name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name


@pytest.mark.parametrize(
    "path",
    ["/page.html/", "/../page.html", "/%2e%2e/etc/passwd", "/page%2ejs", "/routes.py", "/__init__.py",
     "//page.js", "/page.js/../routes.py", "/index.html", "/dashboard", "/dashboard/"],
)  # fmt: skip
async def test_no_other_path_names_a_file(site: Site, path: str) -> None:
    got = await get(site, path)
    assert got.status in (400, 404) and b"import" not in got.body


async def test_the_page_can_only_be_read(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        got = await get(site, "/", method)
        assert got.status == 405 and got.headers["allow"] == "GET, HEAD"
    assert (await get(site, "/page.js", "HEAD")).status == 200

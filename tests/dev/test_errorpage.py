"""The HTML of a 500."""

from __future__ import annotations

from sshim.dev.errorpage import page

TRACE = """Traceback (most recent call last):
  File "src/entry.py", line 3, in fetch
    return 1 / 0
ZeroDivisionError: <img src=x onerror=alert(1)>"""


def test_the_error_is_the_title_and_the_frames_are_there() -> None:
    html = page(TRACE)
    assert "<title>ZeroDivisionError: &lt;img" in html
    assert "File &quot;src/entry.py&quot;, line 3, in fetch" in html


def test_nothing_of_the_error_can_run() -> None:
    html = page(TRACE + "\n</pre><script>alert(1)</script>", note="<b>")
    assert "<script" not in html and "<img" not in html and "<b>" not in html
    assert "default-src 'none'" in html


def test_braces_in_the_text_are_only_text() -> None:
    assert "{0} {title}" in page("{0} {title}")


def test_an_empty_error_still_makes_a_page() -> None:
    assert "<title>Error</title>" in page("")

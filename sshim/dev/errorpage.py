"""The page a browser gets for a 500: the user's own frames, and nothing that could run."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
h1 {{ font-size: 1.25rem; overflow-wrap: anywhere }}
pre {{ overflow: auto; padding: 1rem; border: 1px solid #8886; border-radius: 6px; line-height: 1.4 }}
p {{ opacity: .75 }}
</style></head><body>
<h1>{title}</h1>
<pre>{text}</pre>
<p>{note}</p>
</body></html>
"""

_NOTE = "Shown by sshim dev. In production the answer is an error page without any of this."


def page(text: str, note: str = _NOTE) -> str:
    """HTML for an error `text` that is already redacted: a traceback whose last line names the error, or
    any other text. Everything in it is escaped."""
    lines = [line for line in text.splitlines() if line.strip()]
    title = (
        lines[-1].strip() if lines and lines[0].startswith("Traceback") else lines[0] if lines else "Error"
    )
    return _PAGE.format(title=escape(title), text=escape(text), note=escape(note))

"""What to try about a problem whose check knows nothing more special, told by wrangler's words for it."""

from __future__ import annotations

_ADVICE = (
    ("bindings should be objects", "write each entry as {pair}"),
    ("should be an object", "write it as {table}"),
    ("of type object", "write it as {table}"),
    ("of type string array", "write it as a list of texts, {texts}"),
    ("an array of strings", "write it as a list of texts, {texts}"),
    ("be an array", "write it as a list: {list}"),
    ("of type array", "write it as a list: {list}"),
    ("of type string", "write a text in quotes"),
    ("of type number", "write a number, without quotes"),
    ("of type boolean", "write true or false, without quotes"),
    ("is a required field", "add it"),
    ("is required", "add one of them"),
    ("must have a ", "add it to this entry"),
    ("must have an ", "add it to this entry"),
    ("Bindings must have unique names", "rename all but one of each"),
    ("must have unique ", "give each of them a value of its own"),
    ("should have a ", "add it"),
    ("accepted hyphens", 'write it as "2026-01-31"'),
    ("Expected exactly one of", "remove all but one of them"),
    ("be a value between", "choose a number in between"),
    ("Redirected configurations cannot", "build the project again, or delete the file that redirects here"),
    ("No environment found", "leave --env out, or add the environment"),
    ("Unexpected fields found", "correct its spelling, or remove it: it has no effect"),
    ("is an empty string and will be ignored", "remove it"),
    ("but not both", "remove one of the two"),
    ("cannot both be set", "remove one of the two"),
    ("must specify exactly one of", "keep one of the two"),
    ("should be a string", "write a text in quotes"),
    ("must be a string", "write a text in quotes"),
    ("must be a boolean", "write true or false, without quotes"),
    ("must be an object", "write it as {table}"),
    ("valid path to a Dockerfile", "correct the path, or write registry/name:tag"),
    ("you should specify a path to the Dockerfile", "add the name of the file to it"),
    ("names must be unique", "give each of them a name of its own"),
    ("cannot be set. ", "remove it"),
    ("is invalid", "choose another one"),
    ("is reserved", "choose another name"),
)
_JSON = {
    "pair": '{"binding": "NAME", …}',
    "table": "an object: { … }",
    "list": "[ … ]",
    "texts": '["a", "b"]',
}
_TOML = {"pair": '{ binding = "NAME", … }', "table": "a table", "list": "[ … ]", "texts": '["a", "b"]'}

REFERENCE = "see https://developers.cloudflare.com/workers/wrangler/configuration/"
"""For an error without advice of its own."""


def advice(message: str, *, toml: bool) -> str | None:
    """The next step for a message in wrangler's words, in the file's own syntax; None where it has none."""
    head = message.split("\n", 1)[0]
    said = head.partition(" but got ")[0] or head
    for words, hint in _ADVICE:
        if words in said:
            return hint.format_map(_TOML if toml else _JSON)
    return None

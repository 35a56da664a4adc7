"""The seed manifest `secrets.seed.yaml`: which secrets a project needs, and where their values come from.

    version: 1
    secrets:
      - binding: API_KEY              # the secret that the Worker configuration binds so; or name and store
        from: env:MY_API_KEY          # a reference, see `references`; never a value
      - name: signing-key
        store: 0123456789abcdef0123456789abcdef
        scopes: [workers]
        comment: signs sessions
        from: generate:hex32
      - binding: GREETING
        plain: not really a secret    # the word that allows a value itself

Pure. Of YAML no tags, anchors or aliases are taken, and no key twice. No message quotes what may be a value,
and a line is shown only as far as it cannot hold one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sshim.errors import InvalidManifest, Place, TransferError
from sshim.record import NamedTuple
from sshim.transfer.manifest_lines import Node, lines
from sshim.transfer.references import KINDS, Reference, parse_reference

MAX_BYTES = 8 << 20
"""100 secrets of 64 KiB are 6.5 MiB."""

_MAX_NODES = 20_000
_MAX_DEPTH = 8
_KEYS = ("name", "store", "binding", "scopes", "comment", "from", "plain")
_TOO_LONG = "this is longer or deeper than a manifest needs"
_HINT = "an item has binding (or name and store), scopes, comment, and one of from and plain"


class Item(NamedTuple):
    """One secret of a manifest. It has a `reference` or the value itself in `plain`."""

    name: str | None
    store: str | None
    binding: str | None
    scopes: tuple[str, ...] | None
    comment: str | None
    reference: Reference | None
    plain: str | None
    place: Place

    def __repr__(self) -> str:
        return f"Item(name={self.name!r}, binding={self.binding!r}, reference={self.reference!r})"


def parse(path: Path, data: bytes) -> list[Item]:
    """The items of a manifest's bytes, in order; `path` is for messages. Raises `InvalidManifest`,
    with the place as near as is known."""
    source = _Source(path, data)
    root = source.read()
    fields = source.fields(root, ("version", "secrets"), "the manifest")
    version = fields.get("version")
    if version is None or version.kind != "scalar" or version.value != "1":
        raise source.refuse("a seed manifest begins with version: 1", version or root, hint="version: 1")
    secrets = fields.get("secrets")
    if secrets is None or secrets.kind != "list":
        raise source.refuse("a seed manifest has a list secrets:", secrets or root, hint=_HINT)
    return [_item(source, node) for node in secrets.value]


def _item(source: _Source, node: Node) -> Item:
    fields = source.fields(node, _KEYS, "an item")
    text = {key: source.text(found, key) for key, found in fields.items() if key != "scopes"}
    name, store, binding = text.get("name"), text.get("store"), text.get("binding")
    if binding is None and name is None:
        raise source.refuse("an item needs a binding, or a name and a store", node, hint=_HINT)
    if binding is not None and store is not None:
        raise source.refuse(
            "binding and store exclude each other: the Worker configuration says which store a binding means",
            fields["store"],
            hint="leave one of them out",
        )
    reference, plain = text.get("from"), text.get("plain")
    if (reference is None) == (plain is None):
        why = "an item has either from or plain" if plain is not None else "an item needs from: or plain:"
        raise source.refuse(why, fields.get("plain", node), hint="from: env:NAME, for instance")
    parsed = None
    if reference is not None:
        try:
            parsed = parse_reference(reference)
        except TransferError as error:
            raise source.refuse(error.message, fields["from"], hint=error.hint) from None
    return Item(
        name, store, binding, _scopes(source, fields.get("scopes")), text.get("comment"), parsed, plain,
        source.place(node),
    )  # fmt: skip


def _scopes(source: _Source, node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    if node.kind == "scalar":
        return tuple(part.strip() for part in node.value.split(","))
    if node.kind != "list":
        raise source.refuse("scopes is a list", node, hint="scopes: [workers]")
    return tuple(source.text(each, "a scope") for each in node.value)


# -- YAML, as little of it as is needed --------------------------------------------------------------------


# Patterns are compiled when first used: most manifests need one of them.
_PROMPT = r"(?m)^([ ]*(?:- +)?from:[ ]+)prompt:(?=[ ]*(?:#.*)?$)"
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]"
_NAMING = r"\s*(?:- +)?(?:name|store|binding|version):\s*[\"']?[\w-]*[\"']?\s*"
_REFERENCE = r"\s*(?:- +)?from:\s*[\"']?(?:" + "|".join(KINDS) + r"):.*"
_KEY = r"(\s*(?:- +)?(?:" + "|".join((*_KEYS, "secrets")) + r"):).*"


def _shown(line: str) -> str:
    """A line of the manifest with everything masked that could be a value."""
    if not line.strip() or re.fullmatch(_NAMING, line) or re.fullmatch(_REFERENCE, line):
        return line
    found = re.fullmatch(_KEY, line)
    indent = line[: len(line) - len(line.lstrip())]
    return f"{found[1]} ***" if found else f"{indent}***"


class _Source:
    """The text of a manifest, its nodes, and places in it."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._lines: list[str] | None = None
        if len(data) > MAX_BYTES:
            raise InvalidManifest(f"{path} is longer than {MAX_BYTES:,} bytes", hint="no manifest needs that")
        try:
            self._text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            at = data[: error.start].decode()
            raise self._refuse_at("this is not UTF-8 text", at) from None
        plain = self._text.replace("\n", "").isprintable()
        control = None if plain else re.search(_CONTROL, self._text)
        if control:
            raise self._refuse_at("a control character stands here", self._text[: control.start()])

    def read(self) -> Node:
        """The root of the one document."""
        root = lines(self._text)
        if root is not None:
            return root
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return self._document(yaml.parse(self._text, Loader=loader))
        except yaml.MarkedYAMLError as error:
            text, count = re.subn(_PROMPT, r"\1prompt ", self._text)
            if count:  # to YAML a text that ends in a colon is a key; everybody writes it all the same
                self._text = text
                return self.read()
            mark = error.problem_mark or error.context_mark
            at = Node("", None, mark.line, mark.column) if mark else Node("", None, 0, 0)
            if "nesting depth" in (error.problem or ""):
                raise self.refuse(_TOO_LONG, at, hint=_HINT) from None
            said = _without_quotes(error.problem or "it cannot be read")
            raise self.refuse(f"this is not YAML: {said}", at, hint=_YAML_HINT) from None
        except yaml.YAMLError:
            raise InvalidManifest(f"{self._path} is not YAML", hint=_YAML_HINT) from None

    def _document(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        open_nodes: list[Node] = []
        for count, event in enumerate(events):
            what = type(event).__name__
            mark = event.start_mark
            at = Node("", None, mark.line, mark.column)
            if count > _MAX_NODES or len(open_nodes) > _MAX_DEPTH:
                raise self.refuse(_TOO_LONG, at, hint=_HINT)
            if what == "AliasEvent" or getattr(event, "anchor", None) is not None:
                raise self.refuse("anchors and aliases have no place in a manifest", at, hint=_QUOTE)
            if getattr(event, "tag", None) is not None and what != "DocumentStartEvent":
                raise self.refuse("tags have no place in a manifest", at, hint=_QUOTE)
            if what in ("SequenceEndEvent", "MappingEndEvent"):
                open_nodes.pop()
                continue
            kind = {"ScalarEvent": "scalar", "SequenceStartEvent": "list", "MappingStartEvent": "map"}.get(
                what
            )
            if kind is None:
                if what == "DocumentStartEvent" and root is not None:
                    raise self.refuse("a manifest is one document", at, hint="remove the second ---")
                continue
            node = Node(kind, event.value if kind == "scalar" else [], mark.line, mark.column)
            if open_nodes:
                open_nodes[-1].value.append(node)
            else:
                root = node
            if kind != "scalar":
                open_nodes.append(node)
        if root is None:
            raise self.refuse("the manifest is empty", Node("", None, 0, 0), hint="version: 1")
        return root

    def fields(self, node: Node, known: tuple[str, ...], what: str) -> dict[str, Node]:
        """The values of a mapping by key, which must be known ones, each once."""
        if node.kind != "map":
            raise self.refuse(f"{what} is a mapping of {', '.join(known)}", node, hint=_HINT)
        found: dict[str, Node] = {}
        for key, value in zip(node.value[::2], node.value[1::2], strict=True):
            if key.kind != "scalar" or key.value not in known:
                if key.value == "value":
                    raise self.refuse("a value itself needs the word plain", key, hint="plain: VALUE")
                raise self.refuse(
                    f"{what} has no {_said(key)}; it has {', '.join(known)}", key, hint="correct or remove it"
                )
            if key.value in found:
                raise self.refuse(f"{key.value} stands twice", key, hint="remove one of them")
            found[key.value] = value
        return found

    def text(self, node: Node, what: str) -> str:
        """A scalar as it is written."""
        if node.kind != "scalar":
            raise self.refuse(f"{what} is a text", node, hint=_QUOTE)
        return str(node.value)

    def place(self, node: Node) -> Place:
        """Where a node begins; of its line only what cannot be a value."""
        if self._lines is None:
            self._lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", self._text)
        line = self._lines[node.line] if node.line < len(self._lines) else ""
        shown = _shown(line)
        column = min(node.column, len(shown)) + 1
        return Place(self._path, node.line + 1, column, 1, shown)

    def refuse(self, message: str, node: Node, *, hint: str | None) -> InvalidManifest:
        """An error at a node."""
        return InvalidManifest(message, place=self.place(node), hint=hint)

    def _refuse_at(self, message: str, before: str) -> InvalidManifest:
        line = before.count("\n")
        place = Place(self._path, line + 1, len(before) - (before.rfind("\n") + 1) + 1, 0)
        return InvalidManifest(message, place=place, hint="save the file as UTF-8 text")


def _said(key: Node) -> str:
    """A key as a message may have it: a word alone, since with digits or signs it might be a value."""
    word = key.kind == "scalar" and re.fullmatch(_WORD, key.value)
    return f"key {key.value!r}" if word else "such key"


_WORD = "[A-Za-z]{1,12}(?:[_-][A-Za-z]{1,12})?"
_YAML_HINT = "put texts with special characters into quotes"
_QUOTE = "put the text into quotes"


def _without_quotes(problem: str) -> str:
    """A parser's complaint without what it quotes of the text, which may be part of a value."""
    return re.sub(
        r"'([^']*)'",
        lambda found: found[0] if re.fullmatch(r"[]:,}{[?-]|<[a-z ]+>", found[1]) else "that",
        problem,
    )

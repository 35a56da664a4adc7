"""FormData, and the two encodings that carry it: multipart and application/x-www-form-urlencoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from sshim.platform import multipart
from sshim.platform.arrays import Array
from sshim.platform.blob import Blob, File, encode
from sshim.platform.exceptions import js_error
from sshim.platform.iterators import Iterated
from sshim.platform.kinds import JsIterable
from sshim.platform.options import unwrap
from sshim.platform.primitives import js_string
from sshim.platform.proxy import JsObject, static
from sshim.platform.runtime import runtime


class FormData(JsIterable, JsObject):
    """`new FormData()`: fields in order, names may repeat; a value is text or a File."""

    js_name = "FormData"
    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[str, Any]] | None = None) -> None:
        self._fields = [] if fields is None else fields

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """The constructor."""
        return cls._make()

    def append(self, name: Any, *value_and_filename: Any) -> None:
        """Adds a field; `append(name, blob, filename)` names the file."""
        self._fields.append(_field("append", name, value_and_filename))

    def set(self, name: Any, *value_and_filename: Any) -> None:
        """Puts a field in place of the first of that name, and drops the others."""
        field = _field("set", name, value_and_filename)
        places = [i for i, (known, _) in enumerate(self._fields) if known == field[0]]
        if not places:
            self._fields.append(field)
            return
        self._fields[places[0]] = field
        for place in reversed(places[1:]):
            del self._fields[place]

    def get(self, name: Any) -> Any:
        """The first value of the name; null without one."""
        wanted = js_string(name)
        for known, value in self._fields:
            if known == wanted:
                return value
        return runtime.null

    def getAll(self, name: Any) -> Array:
        """All values of the name, as an Array."""
        wanted = js_string(name)
        made: Array = Array._make([value for known, value in self._fields if known == wanted])
        return made

    def has(self, name: Any, value: Any = None) -> bool:
        """Whether there is a field of the name."""
        wanted = js_string(name)
        return any(known == wanted for known, _ in self._fields)

    def delete(self, name: Any, value: Any = None) -> None:
        """Drops all fields of the name."""
        wanted = js_string(name)
        self._fields[:] = [field for field in self._fields if field[0] != wanted]

    def entries(self) -> Any:
        """An iterator of [name, value] arrays."""
        return Iterated._make(self.__iter__(), "FormData Iterator")

    def keys(self) -> Any:
        """An iterator of the names."""
        return Iterated._make((name for name, _ in self._fields), "FormData Iterator")

    def values(self) -> Any:
        """An iterator of the values."""
        return Iterated._make((value for _, value in self._fields), "FormData Iterator")

    def forEach(self, callback: Any, this: Any = None) -> None:
        """Calls `callback(value, name, form)` for each field."""
        for name, value in tuple(self._fields):
            callback(value, name, self)

    def __iter__(self) -> Iterator[Any]:
        return (Array._make([name, value]) for name, value in self._fields)

    def _encode(self) -> tuple[bytes, str]:
        """(body, content type) as multipart/form-data."""
        boundary = multipart.new_boundary()
        parts = (
            multipart.Part(name, value._data, value.name, value.type)
            if isinstance(value, File)
            else multipart.Part(name, encode(value))
            for name, value in self._fields
        )
        return multipart.encode(parts, boundary), f"multipart/form-data; boundary={boundary}"


def parse(body: bytes, content_type: str | None) -> FormData:
    """The form in a body of this content type; a TypeError that says what is wrong with either."""
    if not content_type:
        raise js_error("TypeError", "Parsing a Body as FormData requires a Content-Type header.")
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "multipart/form-data":
        try:
            parts = multipart.parse(body, multipart.boundary_of(content_type))
        except multipart.MultipartError as error:
            raise js_error("TypeError", str(error)) from None
        return _form([(part.name, _value(part)) for part in parts])
    if kind == "application/x-www-form-urlencoded":
        return _form(_urlencoded(body, parameters))
    raise js_error(
        "TypeError",
        "Unrecognized Content-Type header value. FormData can only parse the following MIME types: "
        "multipart/form-data, application/x-www-form-urlencoded",
    )


def _form(fields: list[tuple[str, Any]]) -> FormData:
    made: FormData = FormData._make(fields)
    return made


def _value(part: multipart.Part) -> Any:
    if part.filename is None:
        return str(part.body, "utf-8", "replace")
    return File._make(part.body, part.filename, part.content_type)


def _urlencoded(body: bytes, parameters: str) -> list[tuple[str, Any]]:
    for parameter in parameters.split(";"):
        name, _, charset = parameter.partition("=")
        if name.strip().lower() == "charset" and charset.strip(' "').lower() not in ("utf-8", "utf8"):
            raise js_error("TypeError", "Non-utf-8 application/x-www-form-urlencoded body.")
    if body.count(b"&") >= multipart.MAX_PARTS:
        raise js_error("TypeError", "FormData has too many parts.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
    return [(name, value) for name, value in pairs]


def _field(method: str, name: Any, rest: tuple[Any, ...]) -> tuple[str, Any]:
    """A field as it is held: Blobs become Files, named by the third argument, their own name or the field."""
    if not rest:
        raise js_error(
            "TypeError",
            f"Failed to execute '{method}' on 'FormData': "
            "parameter 2 is not of type 'File or Blob or string'.",
        )
    key, value = js_string(name), unwrap(rest[0])
    if not isinstance(value, Blob):
        return key, js_string(value)
    filename = rest[1] if len(rest) > 1 else None
    if isinstance(value, File):
        if filename is None:
            return key, value
        return key, File._make(value._data, js_string(filename), value.type, value.lastModified)
    return key, File._make(value._data, key if filename is None else js_string(filename), value.type)

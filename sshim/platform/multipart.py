"""multipart/form-data as pure bytes: an incremental parser and an encoder.

The dialect is workerd's, measured there: bare LF line ends pass, parameter values must be quoted, percent
escapes in names stay as they are, an empty filename means a plain field, and the error texts are its own.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

MAX_PARTS = 10_000
MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024  # the memory of one isolate: no production Worker could hold more

_BOUNDARY_PARAMETER = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_HEADER_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:(.*)\Z", re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_QUOTES = str.maketrans({'"': "%22", "\n": "%0A", "\r": "%0D"})


class MultipartError(ValueError):
    """A body that is not multipart/form-data; the text is what a Worker sees in its TypeError."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form: `filename` is None for a plain value, `content_type` "" when none was given."""

    name: str
    body: bytes
    filename: str | None = None
    content_type: str = ""


class _State(Enum):
    PREAMBLE = auto()
    BOUNDARY = auto()
    HEADERS = auto()
    BODY = auto()
    DONE = auto()


def boundary_of(content_type: str) -> str:
    """The boundary parameter of a multipart content type; MultipartError when there is none."""
    found = _BOUNDARY_PARAMETER.search(content_type)
    if found is None:
        raise MultipartError(
            "No boundary string in Content-Type header. The multipart/form-data MIME type requires a "
            "boundary parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. "
            "See RFC 7578, section 4."
        )
    quoted, plain = found.groups()
    return re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain


def new_boundary() -> str:
    """A fresh boundary: 32 hexadecimal digits, as production writes them."""
    return secrets.token_hex(16)


class MultipartParser:
    """Feeds on chunks cut anywhere and gathers `parts`; the result never depends on where the cuts fall.

    Raises MultipartError from `feed` and `close`. Limits bound parts, header bytes and body bytes.
    """

    __slots__ = ("_buffer", "_delimiter", "_header", "_position", "_scan", "_state", "_total", "parts")

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"\n--" + boundary.encode("utf-8", "surrogateescape")
        self._buffer = bytearray()
        self._position = 0  # everything before is consumed
        self._scan = 0  # everything before is known to hold no match
        self._state = _State.PREAMBLE
        self._header = ("", "", "")
        self._total = 0
        self.parts: list[Part] = []

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        """Takes the next chunk."""
        self._total += len(chunk)
        if self._total > MAX_BODY_BYTES:
            raise MultipartError("FormData body is too large.")
        if self._state is _State.DONE:
            return
        self._buffer += chunk
        while self._step():
            pass
        # Consumed bytes go once per chunk, not once per part: many small parts would make it quadratic.
        del self._buffer[: self._position]
        self._scan = max(0, self._scan - self._position)
        self._position = 0

    def close(self) -> list[Part]:
        """Says that the body is whole, and returns the parts in order."""
        if self._state is not _State.DONE:
            raise MultipartError(_UNFINISHED[self._state])
        return self.parts

    def _step(self) -> bool:
        if self._state is _State.PREAMBLE:
            return self._preamble()
        if self._state is _State.BOUNDARY:
            return self._boundary()
        if self._state is _State.HEADERS:
            return self._headers()
        if self._state is _State.BODY:
            return self._body()
        return False

    def _find(self, wanted: bytes) -> int:
        """Where `wanted` begins, or -1 after noting how far the search came."""
        start = max(self._scan, self._position)
        at = self._buffer.find(wanted, start)
        if at < 0:
            self._scan = max(start, len(self._buffer) - len(wanted) + 1)
        return at

    def _advance(self, position: int, state: _State) -> bool:
        self._position = self._scan = position
        self._state = state
        return state is not _State.DONE

    def _preamble(self) -> bool:
        first = self._delimiter[1:]  # only the first boundary needs no line end before it
        at = self._find(first)
        if at < 0:
            self._position = self._scan
            return False
        return self._advance(at + len(first), _State.BOUNDARY)

    def _boundary(self) -> bool:
        after = bytes(self._buffer[self._position : self._position + 2])
        if after.startswith(b"\n"):
            return self._advance(self._position + 1, _State.HEADERS)
        if len(after) < 2 and after in (b"", b"\r", b"-"):
            return False
        if after == b"\r\n":
            return self._advance(self._position + 2, _State.HEADERS)
        if after == b"--":
            self._buffer.clear()
            return self._advance(0, _State.DONE)
        raise MultipartError("Boundary string was not succeeded by CRLF, LF, or '--'.")

    def _headers(self) -> bool:
        # Three bytes back: the match is up to four long and may straddle two chunks.
        found = _HEADER_END.search(self._buffer, max(self._position, self._scan - 3))
        end = found.start() if found else len(self._buffer)
        if end - self._position > MAX_HEADER_BYTES:
            raise MultipartError("FormData part had invalid headers.")
        if found is None:
            self._scan = len(self._buffer)
            return False
        if len(self.parts) >= MAX_PARTS:
            raise MultipartError("FormData has too many parts.")
        self._header = _read_headers(bytes(self._buffer[self._position : end]))
        return self._advance(found.end(), _State.BODY)

    def _body(self) -> bool:
        at = self._find(self._delimiter)
        if at < 0:
            return False
        end = at - 1 if at > self._position and self._buffer[at - 1] == 0x0D else at
        name, filename, content_type = self._header
        body = bytes(self._buffer[self._position : end])
        self.parts.append(Part(name, body, filename or None, content_type))
        return self._advance(at + len(self._delimiter), _State.BOUNDARY)


_UNFINISHED = {
    _State.PREAMBLE: "No initial boundary string (or you have a truncated message).",
    _State.BOUNDARY: "No subsequent boundary string after multipart message.",
    _State.HEADERS: "No multipart message header termination found.",
    _State.BODY: "No subsequent boundary string after multipart message.",
}


def parse(body: bytes, boundary: str) -> list[Part]:
    """All parts of a whole body."""
    parser = MultipartParser(boundary)
    parser.feed(body)
    return parser.close()


def _read_headers(block: bytes) -> tuple[str, str, str]:
    """(name, filename or "", content type or "") of one part's header block."""
    disposition: bytes | None = None
    content_type = b""
    for line in _FOLD.sub(b" ", block).split(b"\n"):
        found = _HEADER_LINE.match(line.removesuffix(b"\r"))
        if found is None:
            raise MultipartError("FormData part had invalid headers.")
        key = found[1].lower()
        if key == b"content-disposition":
            disposition = found[2].strip()
        elif key == b"content-type":
            content_type = found[2].strip()
    if disposition is None:
        raise MultipartError("No valid Content-Disposition header found in FormData part.")
    kind = disposition.partition(b";")[0].strip()
    if kind != b"form-data":
        raise MultipartError(
            'Content-Disposition header for FormData part must have the value "form-data", possibly '
            f'followed by parameters. Got: "{kind.decode("utf-8", "replace")}"'
        )
    parameters = {key: _ESCAPE.sub(rb"\1", value) for key, value in _PARAMETER.findall(disposition)}
    if b"name" not in parameters:
        raise MultipartError("Content-Disposition header in FormData part is missing a name.")
    name, filename = parameters[b"name"], parameters.get(b"filename", b"")
    return (
        name.decode("utf-8", "replace"),
        filename.decode("utf-8", "replace"),
        content_type.decode("utf-8", "replace"),
    )


def encode(parts: Iterable[Part], boundary: str) -> bytes:
    """The body of `parts`; quotes and line ends in names are escaped, so no header can be injected."""
    out: list[bytes] = []
    dashes = f"--{boundary}"
    for part in parts:
        head = f'{dashes}\r\nContent-Disposition: form-data; name="{part.name.translate(_QUOTES)}"'
        if part.filename is not None:
            kind = re.sub(r"[\r\n]", "", part.content_type) or "application/octet-stream"
            head += f'; filename="{part.filename.translate(_QUOTES)}"\r\nContent-Type: {kind}'
        out += (f"{head}\r\n\r\n".encode("utf-8", "replace"), part.body, b"\r\n")
    out.append(f"{dashes}--".encode())
    return b"".join(out)

"""Text and bytes: TextEncoder, TextDecoder, base64 and percent-encoding."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from sshim.platform.buffers import ByteSource
from sshim.platform.exceptions import js_error
from sshim.platform.options import positional, read_options, unwrap
from sshim.platform.primitives import js_string, truthy
from sshim.platform.proxy import JsObject, static
from sshim.platform.typed_arrays import Uint8Array


def scalar_text(text: str) -> str:
    """Text with lone surrogates replaced, which UTF-8 cannot carry (a "scalar value string")."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class TextEncoder(JsObject):
    """Text to UTF-8."""

    js_name = "TextEncoder"
    __slots__ = ()
    encoding = "utf-8"

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new TextEncoder()`."""
        return cls._make()

    def encode(self, text: Any = "") -> Any:
        """The text as a Uint8Array."""
        return Uint8Array.from_bytes(scalar_text("" if text is None else js_string(text)).encode())

    def encodeInto(self, text: Any = "", target: Any = None) -> Any:
        """Write as many whole characters as fit; returns `{read, written}`, read in UTF-16 units."""
        from sshim.platform.objects import Object

        target = unwrap(target)
        if not isinstance(target, ByteSource):
            message = (
                "Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'."
            )
            raise js_error("TypeError", message)
        room = target._write()
        content = scalar_text(js_string(text)).encode()[: len(room)].decode("utf-8", "ignore")
        written = content.encode()
        room[: len(written)] = written
        read = len(content.encode("utf-16-le")) // 2
        return Object._make({"read": read, "written": len(written)})


# https://encoding.spec.whatwg.org/#names-and-labels, those in use: name -> (Python codec, further labels).
_ENCODINGS: dict[str, tuple[str, str]] = {
    "utf-8": ("utf-8", "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
    "utf-16le": ("utf-16-le", "utf-16 ucs-2 iso-10646-ucs-2 csunicode unicode unicodefeff"),
    "utf-16be": ("utf-16-be", "unicodefffe"),
    "windows-1252": (
        "cp1252",
        "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
        "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252",
    ),
    "iso-8859-2": ("iso8859-2", "latin2 l2 iso8859-2 iso88592 iso_8859-2 csisolatin2"),
    "iso-8859-5": ("iso8859-5", "cyrillic iso8859-5 iso88595 iso_8859-5"),
    "iso-8859-7": ("iso8859-7", "greek greek8 iso8859-7 iso88597 iso_8859-7"),
    "iso-8859-8": ("iso8859-8", "hebrew visual iso8859-8 iso88598 iso_8859-8"),
    "iso-8859-15": ("iso8859-15", "latin9 l9 csisolatin9 iso8859-15 iso885915 iso_8859-15"),
    "koi8-r": ("koi8-r", "koi koi8 koi8_r cskoi8r"),
    "koi8-u": ("koi8-u", "koi8-ru"),
    "windows-1250": ("cp1250", "cp1250 x-cp1250"),
    "windows-1251": ("cp1251", "cp1251 x-cp1251"),
    "windows-1253": ("cp1253", "cp1253 x-cp1253"),
    "windows-1254": ("cp1254", "cp1254 x-cp1254 iso-8859-9 latin5 l5 iso8859-9 iso88599"),
    "windows-1256": ("cp1256", "cp1256 x-cp1256"),
    "macintosh": ("mac-roman", "mac x-mac-roman csmacintosh"),
    "gbk": ("gbk", "chinese gb2312 gb_2312 gb_2312-80 csgb2312 x-gbk iso-ir-58"),
    "gb18030": ("gb18030", ""),
    "big5": ("big5hkscs", "big5-hkscs cn-big5 csbig5 x-x-big5"),
    "euc-jp": ("euc_jp", "cseucpkdfmtjapanese x-euc-jp"),
    "iso-2022-jp": ("iso2022_jp", "csiso2022jp"),
    "shift_jis": ("cp932", "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis"),
    "euc-kr": ("cp949", "cseuckr korean ks_c_5601-1987 ksc5601 ksc_5601 windows-949"),
}


def _encoding(label: str) -> tuple[str, str]:
    """The standard name and the Python codec of a label; an unknown one is a RangeError."""
    wanted = label.strip("\t\n\f\r ").lower()
    for name, (codec, labels) in _ENCODINGS.items():
        if wanted == name or wanted in labels.split():
            return name, codec
    raise js_error("RangeError", f'"{label}" is not a valid encoding.')


class TextDecoder(JsObject):
    """Bytes to text, in one piece or streamed."""

    js_name = "TextDecoder"
    __slots__ = ("_at_start", "_codec", "_decoder", "encoding", "fatal", "ignoreBOM")

    def __init__(self, label: str = "utf-8", fatal: bool = False, ignore_bom: bool = False) -> None:
        self.encoding, self._codec = _encoding(label)
        self.fatal = fatal
        self.ignoreBOM = ignore_bom
        self._restart()

    def _restart(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._codec)("strict" if self.fatal else "replace")
        self._at_start = True

    @static
    def new(cls, *args: Any, **options: Any) -> Any:
        """`new TextDecoder(label, {fatal, ignoreBOM})`."""
        label, given, *_ = [*positional(args, options), None, None]
        if isinstance(label, dict):
            label, given = None, label
        choices = read_options(given)
        name = "utf-8" if label is None else js_string(label)
        return cls._make(name, truthy(choices.get("fatal")), truthy(choices.get("ignoreBOM")))

    def decode(self, *args: Any, **options: Any) -> str:
        """The text of a buffer; with `{stream: true}` an unfinished character waits for the next call."""
        source, given, *_ = [*positional(args, options), None, None]
        if isinstance(source, dict):
            source, given = None, source
        source = unwrap(source)
        if source is not None and not isinstance(source, ByteSource):
            message = "Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'."
            raise js_error("TypeError", message)
        stream = truthy(read_options(given).get("stream"))
        try:
            text = self._decoder.decode(b"" if source is None else bytes(source._read()), not stream)
        except UnicodeDecodeError:
            self._restart()
            raise js_error("TypeError", "Failed to decode input.") from None
        if self._at_start and text:
            self._at_start = False
            if not self.ignoreBOM and self.encoding.startswith("utf-"):
                text = text.removeprefix("\ufeff")
        if not stream:
            self._restart()
        return text


def btoa(text: Any = None) -> str:
    """Base64 of text whose characters stand for bytes; others are an InvalidCharacterError."""
    try:
        return base64.b64encode(js_string(text).encode("latin-1")).decode()
    except UnicodeEncodeError:
        message = "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range."
        raise js_error("InvalidCharacterError", message) from None


def atob(text: Any = None) -> str:
    """The bytes of base64, each as a character; bad text is an InvalidCharacterError."""
    compact = re.sub(r"[\t\n\f\r ]", "", js_string(text))
    if len(compact) % 4 == 0:
        compact = re.sub(r"={1,2}$", "", compact)
    if len(compact) % 4 == 1 or re.search(r"[^A-Za-z0-9+/]", compact):
        message = (
            "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, "
            "and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)"
        )
        raise js_error("InvalidCharacterError", message)
    return binascii.a2b_base64(compact + "=" * (-len(compact) % 4)).decode("latin-1")


_COMPONENT = "!*'()-_.~"
_WHOLE = _COMPONENT + ";/?:@&=+$,#"


def _encode_uri(text: Any, safe: str) -> str:
    try:
        return quote(js_string(text), safe=safe)
    except UnicodeEncodeError:
        raise js_error("URIError", "URI malformed") from None


def encodeURIComponent(text: Any = None) -> str:
    """Percent-encode all but letters, digits and `!*'()-_.~`."""
    return _encode_uri(text, _COMPONENT)


def encodeURI(text: Any = None) -> str:
    """Percent-encode what may not stand in a URI at all."""
    return _encode_uri(text, _WHOLE)


def _decode_uri(text: Any, keep: str) -> str:
    def piece(run: re.Match[str]) -> str:
        decoded = unquote_to_bytes(run[0]).decode()
        return "".join(f"%{ord(c):02X}" if c in keep else c for c in decoded) if keep else decoded

    source = js_string(text)
    try:
        if re.search("%(?![0-9A-Fa-f]{2})", source):
            raise ValueError(source)
        return re.sub("(?:%[0-9A-Fa-f]{2})+", piece, source)
    except ValueError:
        raise js_error("URIError", "URI malformed") from None


def decodeURIComponent(text: Any = None) -> str:
    """Undo `encodeURIComponent`; a bad sequence is a URIError."""
    return _decode_uri(text, "")


def decodeURI(text: Any = None) -> str:
    """Undo `encodeURI`: escapes of reserved characters stay."""
    return _decode_uri(text, ";/?:@&=+$,#")

"""What undoes content encodings."""

import gzip
import zlib
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.platform import transport
from sshim.platform.transport import CHUNK, HttpTransport, NetworkError, decoder


def unpack(encoding: str) -> Callable[[bytes], Iterable[bytes]]:
    found = decoder(encoding)
    assert found is not None
    return found


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_gzip_comes_back_however_it_is_cut(members: list[bytes], step: int):
    packed = b"".join(gzip.compress(member) for member in members)
    undo = unpack(" GZip ")
    pieces = [piece for i in range(0, len(packed), step) for piece in undo(packed[i : i + step])]
    assert b"".join(pieces) == b"".join(members)


def test_a_bomb_comes_in_pieces():
    pieces = unpack("gzip")(gzip.compress(bytes(50 * CHUNK)))
    sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == 50 * CHUNK
    assert max(sizes) <= CHUNK


def test_noise_is_a_zlib_error():
    with pytest.raises(zlib.error):
        list(unpack("gzip")(b"noise"))


@pytest.mark.parametrize("encoding", ["", "identity", "deflate", "zstd"])
def test_others_pass_as_they_are(encoding: str):
    assert decoder(encoding) is None


def test_brotli_needs_its_library(monkeypatch: pytest.MonkeyPatch):
    class Library:
        class Decompressor:
            def process(self, data: bytes) -> bytes:
                return data[::-1]

    monkeypatch.setattr(transport, "brotli", lambda: None)
    with pytest.raises(NetworkError, match="no Brotli library"):
        decoder("br")
    monkeypatch.setattr(transport, "brotli", lambda: Library)
    assert list(unpack("br")(b"abc")) == [b"cba"]


def test_the_library_is_looked_for_under_both_names(monkeypatch: pytest.MonkeyPatch):
    def load(name: str) -> str:
        if name == "brotli":
            raise ImportError(name)
        return name

    monkeypatch.setattr(transport.importlib, "import_module", load)
    assert transport.brotli() == "brotlicffi"


async def test_closing_twice_is_fine():
    carrier = HttpTransport()
    session = await carrier._ready()
    await carrier.close()
    await carrier.close()
    assert session.closed

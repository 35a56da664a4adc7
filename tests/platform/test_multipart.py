"""The multipart dialect: what production parses and refuses, in its words, wherever the chunks are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshim.platform import multipart
from sshim.platform.multipart import MultipartError, MultipartParser, Part, boundary_of, encode, parse

FIELD = b'Content-Disposition: form-data; name="a"'


def form(*blocks: bytes) -> bytes:
    return b"".join(b"--B\r\n" + block + b"\r\n" for block in blocks) + b"--B--\r\n"


def read(*blocks: bytes) -> list[Part]:
    return parse(form(*blocks), "B")


def test_reads_a_plain_field():
    assert read(FIELD + b"\r\n\r\nv") == [Part("a", b"v")]


def test_reads_a_file_with_its_type():
    block = FIELD + b'; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\ny'
    assert read(block) == [Part("a", b"x\r\ny", "f.txt", "text/plain")]


def test_bare_line_feeds_pass():
    assert parse(b"--B\n" + FIELD + b"\n\nv\n--B--", "B") == [Part("a", b"v")]


def test_preamble_and_epilogue_are_skipped():
    assert parse(b"pre\r\n" + form(FIELD + b"\r\n\r\nv") + b"epi", "B") == [Part("a", b"v")]


def test_an_empty_form_has_no_parts():
    assert parse(b"--B--\r\n", "B") == []


def test_an_empty_value_needs_its_line_end():
    assert read(FIELD + b"\r\n\r\n") == [Part("a", b"")]
    with pytest.raises(MultipartError, match="No subsequent boundary"):
        parse(b"--B\r\n" + FIELD + b"\r\n\r\n--B--", "B")


def test_an_empty_filename_means_a_plain_field():
    assert read(FIELD + b'; filename=""\r\n\r\nv') == [Part("a", b"v")]


def test_percent_escapes_in_names_stay_and_backslashes_go():
    block = b'Content-Disposition: form-data; name="a%22\\"b\\\\c"\r\n\r\nv'
    assert read(block)[0].name == 'a%22"b\\c'


def test_the_extended_filename_is_ignored_and_the_last_name_wins():
    block = b'Content-Disposition: form-data; name="a"; name="b"; filename*=UTF-8\'\'%e2.txt\r\n\r\nv'
    assert read(block) == [Part("b", b"v")]


def test_folded_headers_and_utf8_names_are_read():
    block = 'Content-Disposition: form-data;\r\n name="é☃"\r\n\r\nü'.encode()
    assert read(block) == [Part("é☃", "ü".encode())]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "No initial boundary string (or you have a truncated message)."),
        (form(b"X: y\r\n\r\nv"), "No valid Content-Disposition header found in FormData part."),
        (
            form(b"Content-Disposition: form-data; name=a\r\n\r\nv"),
            "Content-Disposition header in FormData part is missing a name.",
        ),
        (
            form(b'Content-Disposition: attachment; name="a"\r\n\r\nv'),
            'Content-Disposition header for FormData part must have the value "form-data", possibly '
            'followed by parameters. Got: "attachment"',
        ),
        (form(b"foo\r\n\r\nv"), "FormData part had invalid headers."),
        (form(b"\r\nv"), "No multipart message header termination found."),
        (b"--B\r\n" + FIELD + b"\r\n", "No multipart message header termination found."),
        (b"--B\r\n" + FIELD + b"\r\n\r\nv", "No subsequent boundary string after multipart message."),
        (b"--B\r\n" + FIELD + b"\r\n\r\nv\r\n--B", "No subsequent boundary string after multipart message."),
        (b"--B\r\n" + FIELD + b"\r\n\r\nv\r\n--B\r\n", "No multipart message header termination found."),
        (b"--Bxx\r\n", "Boundary string was not succeeded by CRLF, LF, or '--'."),
        (form(FIELD + b"\r\n\r\nv\r\n--BB"), "Boundary string was not succeeded by CRLF, LF, or '--'."),
    ],
)
def test_refusals_read_as_in_production(body: bytes, text: str):
    with pytest.raises(MultipartError) as caught:
        parse(body, "B")
    assert str(caught.value) == text


def test_the_boundary_is_found_quoted_or_not_and_in_any_case():
    assert boundary_of("multipart/form-data; boundary=abc") == "abc"
    assert boundary_of('Multipart/Form-Data; charset=x; Boundary="a b"') == "a b"
    with pytest.raises(MultipartError, match="No boundary string"):
        boundary_of("multipart/form-data")


def test_limits_hold(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(multipart, "MAX_PARTS", 2)
    monkeypatch.setattr(multipart, "MAX_HEADER_BYTES", 60)
    monkeypatch.setattr(multipart, "MAX_BODY_BYTES", 300)
    with pytest.raises(MultipartError, match="too many parts"):
        read(*[FIELD + b"\r\n\r\nv"] * 3)
    with pytest.raises(MultipartError, match="invalid headers"):
        read(FIELD + b"\r\nX: " + b"y" * 60 + b"\r\n\r\nv")
    with pytest.raises(MultipartError, match="invalid headers"):
        MultipartParser("B").feed(b"--B\r\n" + b"y" * 61)
    with pytest.raises(MultipartError, match="too large"):
        read(FIELD + b"\r\n\r\n" + b"v" * 300)


def test_encoding_escapes_what_could_end_a_header():
    body = encode(
        [Part('a"\r\nX: y', b"v"), Part("f", b"q", 'n"\n', "t/x\r\nX: y"), Part("g", b"", "b")], "B"
    )
    assert body == (
        b'--B\r\nContent-Disposition: form-data; name="a%22%0D%0AX: y"\r\n\r\nv\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="n%22%0A"\r\n'
        b"Content-Type: t/xX: y\r\n\r\nq\r\n"
        b'--B\r\nContent-Disposition: form-data; name="g"; filename="b"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--B--"
    )


NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='"\r\n\\'), max_size=20)
PARTS = st.builds(
    Part,
    name=NAMES,
    body=st.binary(max_size=60) | st.sampled_from([b"\r\n--B", b"--B--", b"\n--", b"\r", b"\r\n"]),
    filename=st.none() | NAMES.filter(bool),
    content_type=st.just(""),
)


@given(st.lists(PARTS, max_size=6), st.data())
def test_what_is_encoded_comes_back_however_it_is_cut(parts: list[Part], data: st.DataObject):
    boundary = multipart.new_boundary()
    body = encode(parts, boundary)
    whole = parse(body, boundary)
    assert [(p.name, p.body, p.filename) for p in whole] == [(p.name, p.body, p.filename) for p in parts]
    parser = MultipartParser(boundary)
    position = 0
    while position < len(body):
        step = data.draw(st.integers(1, 40))
        parser.feed(body[position : position + step])
        position += step
    assert parser.close() == whole


PIECES = st.sampled_from(
    [
        b"--B",
        b"--B--",
        b"\r\n",
        b"\n",
        b"\r",
        b"-",
        FIELD,
        b"\r\n\r\n",
        b"v",
        b"; filename=",
        b'"',
        b": ",
        b"B",
        b"\xff",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=30))
def test_arbitrary_bytes_give_parts_or_one_kind_of_error_in_any_cut(pieces: list[bytes]):
    body = b"".join(pieces)

    def outcome(chunks: list[bytes]) -> object:
        parser = MultipartParser("B")
        try:
            for chunk in chunks:
                parser.feed(chunk)
            return parser.close()
        except MultipartError as error:
            return str(error)

    assert outcome([body]) == outcome(pieces) == outcome([body[i : i + 1] for i in range(len(body))])

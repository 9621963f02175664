"""Forms with files, however the bytes arrive: names to the letter, files to disk, nonsense refused."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.apierror import ApiError
from mockserver.blobs import Blobs
from mockserver.multipart import FIELD_MAX, FIELDS_MAX, Arrived, FormError, FormReader, Received
from mockserver.requests.forms import Form, Numeral
from mockserver.requests.shapes import Object, OneOf, Text, required

STEADY = settings(derandomize=True, deadline=None, database=None)
TYPE = 'multipart/form-data; boundary="bound"'
LARGEST = 100_000


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "contents")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    return Blobs(tmp_path_factory.mktemp("shared"))


def form(*parts: bytes, boundary: bytes = b"bound") -> bytes:
    """The body of these parts, each with its headers."""
    return b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def field(name: bytes, value: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name, value)


def file(filename: bytes, content: bytes, name: bytes = b"file") -> bytes:
    head = b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n' % (name, filename)
    return head + b"Content-Type: text/plain\r\n\r\n" + content


def taken(blobs: Blobs, *pieces: bytes, content_type: str = TYPE, largest: int = LARGEST) -> Arrived:
    """The form that comes in these pieces."""
    reader = FormReader(content_type, blobs, largest)
    try:
        for piece in pieces:
            reader.feed(piece)
        return reader.finish()
    finally:
        reader.discard()


def content(blobs: Blobs, received: Received) -> bytes:
    assert received.content is not None
    return b"".join(blobs.pieces(received.content.digest))


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """The body cut at these places, taken modulo its length."""
    at = sorted({place % (len(body) + 1) for place in places} | {0, len(body)})
    return [body[start:end] for start, end in pairwise(at)]


# What breaks naive parsers: boundaries that begin and do not go on, line breaks, both alone and together.
TRICKY = st.lists(
    st.sampled_from(
        [b"\r\n--bound", b"\r\n--boun", b"--bound--", b"\r", b"\n", b"\r\n", b"-", b"\0", b"text"]
    ),
    max_size=8,
).map(b"".join)


@STEADY
@given(
    value=TRICKY, data=TRICKY | st.binary(max_size=200), places=st.lists(st.integers(0, 10_000), max_size=40)
)
def test_it_does_not_matter_how_a_form_is_cut(
    shared: Blobs, value: bytes, data: bytes, places: list[int]
) -> None:
    value, data = (each.replace(b"\r\n--bound", b"\r\n--other") for each in (value, data))
    body = form(field(b"purpose", value), file(b"a.txt", data), field(b"last", b"1"))
    arrived = taken(shared, *cut(body, places))
    assert arrived.fields == {"purpose": value.decode(), "last": "1"}
    received = arrived.files["file"]
    assert (received.filename, received.size) == ("a.txt", len(data))
    assert content(shared, received) == data


def test_a_form_may_come_byte_by_byte(blobs: Blobs) -> None:
    body = form(field(b"purpose", b"assistants"), file("Übung.txt".encode(), b"some\r\ntext"))
    arrived = taken(blobs, *(body[index : index + 1] for index in range(len(body))))
    assert arrived.fields == {"purpose": "assistants"}
    assert arrived.files["file"].filename == "Übung.txt"
    assert content(blobs, arrived.files["file"]) == b"some\r\ntext"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
AWKWARD = [
    'qu"ote.txt',
    "back\\slash.txt",
    "..\\..\\up.txt",
    "C:\\dir\\a.txt",
    "../../etc/passwd",
    "/abs/olute.txt",
    "line\nbreak\r\n.txt",
    "tab\tand\0nul.txt",
    "per cent %.txt",
    "semi;colon; name=x.txt",
    "日本語 🙂.txt",
    "e\u0301\u202egnp.txt",
    "'single'.txt",
    " spaces .txt ",
    ".",
    "..",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_a_name_is_kept_to_the_letter_as_httpx_writes_it(blobs: Blobs, name: str) -> None:
    request = httpx.Request("POST", "http://host/", files={"file": (name, b"x")}, data={"purpose": "batch"})
    arrived = taken(blobs, request.read(), content_type=request.headers["content-type"])
    assert arrived.files["file"].filename == name
    assert arrived.fields == {"purpose": "batch"}
    assert [path.name for path in blobs.folder.iterdir()] == [hashlib.sha256(b"x").hexdigest()]


@STEADY
@given(NAMES)
def test_any_name_is_kept_as_httpx_writes_it(shared: Blobs, name: str) -> None:
    name = name.replace("%", "_")  # httpx leaves it, so `%22` and a quotation mark look alike on the wire
    request = httpx.Request("POST", "http://host/", files={"file": (name, b"x")})
    arrived = taken(shared, request.read(), content_type=request.headers["content-type"])
    assert arrived.files["file"].filename == name


@pytest.mark.parametrize("name", [*AWKWARD, "ends with\\", "\\"])
def test_a_name_is_kept_to_the_letter_as_html_says_it(blobs: Blobs, name: str) -> None:
    """Browsers and undici leave backslashes as they are."""
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    arrived = taken(blobs, form(file(escaped.encode(), b"x")))
    assert arrived.files["file"].filename == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b'"a.txt"', "a.txt"),
        (b"a.txt", "a.txt"),
        (b"a.txt; more=1", "a.txt"),
        (b'""', ""),
        (b'"say \\"hi\\".txt"', 'say "hi".txt'),
        (b'"%E2%82%AC 100%.txt"', "%E2%82%AC 100%.txt"),
        (b'"\xff\xfe.txt"', "\ufffd\ufffd.txt"),
        (b'"a.txt"; filename="b.txt"', "a.txt"),
        (b"\"a.txt\"; filename*=utf-8''b.txt", "a.txt"),
        (b'"half', '"half'),
    ],
)
def test_names_of_other_writings(blobs: Blobs, written: bytes, name: str) -> None:
    part = b'content-disposition: form-data; name="file"; filename=%s\r\n\r\nx' % written
    assert taken(blobs, form(part)).files["file"].filename == name


def test_a_name_that_is_written_only_in_the_extended_way(blobs: Blobs) -> None:
    """Older clients of Python write names beyond ASCII so."""
    part = b"Content-Disposition: form-data; name=file; filename*=UTF-8''%C3%9Cbung%20%22.txt\r\n\r\nx"
    assert taken(blobs, form(part)).files["file"].filename == 'Übung ".txt'


def test_without_a_file_name_a_part_is_a_field(blobs: Blobs) -> None:
    arrived = taken(blobs, form(field("größe[a]".encode(), "ä\0".encode()), field(b"broken", b"\xff")))
    assert arrived == Arrived({"größe[a]": "ä\0", "broken": "\ufffd"}, {})


def test_the_last_of_two_parts_with_one_name_counts(blobs: Blobs) -> None:
    arrived = taken(blobs, form(field(b"a", b"1"), field(b"a", b"2"), file(b"b", b"1"), file(b"c", b"2")))
    assert arrived.fields == {"a": "2"}
    assert content(blobs, arrived.files["file"]) == b"2"


def test_other_headers_and_what_stands_around_a_form_are_passed_over(blobs: Blobs) -> None:
    part = b"X-Other: 1\r\n" + field(b"a", b"1")
    arrived = taken(blobs, form(part) + b"an epilogue\r\n--bound\r\n")
    assert arrived.fields == {"a": "1"}


def test_an_empty_file_is_a_file(blobs: Blobs) -> None:
    received = taken(blobs, form(file(b"a.txt", b""))).files["file"]
    assert (received.size, content(blobs, received)) == (0, b"")


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("size", [9, 10, 11, 5_000])
def test_a_file_over_the_limit_is_counted_and_not_kept(blobs: Blobs, size: int, pieces: int) -> None:
    """Its reader goes on, so that the client hears why instead of a broken pipe."""
    body = form(file(b"a.txt", b"x" * size), field(b"purpose", b"batch"))
    step = -(-len(body) // pieces)
    arrived = taken(blobs, *(body[at : at + step] for at in range(0, len(body), step)), largest=10)
    received = arrived.files["file"]
    assert (received.size, received.content is not None) == (size, size <= 10)
    assert arrived.fields == {"purpose": "batch"}
    assert len(list(blobs.folder.iterdir())) == (size <= 10)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        "multipart/mixed; boundary=bound",
        "application/json; boundary=bound",
    ],
)
def test_a_header_without_a_boundary_is_refused(blobs: Blobs, content_type: str) -> None:
    with pytest.raises(FormError, match="names no boundary"):
        FormReader(content_type, blobs, LARGEST)


WHOLE = form(field(b"purpose", b"assistants"), file(b"a.txt", b"some text"))


@pytest.mark.parametrize("end", range(len(WHOLE) - len(b"-\r\n")))
def test_a_form_that_ends_early_is_refused_and_leaves_nothing(blobs: Blobs, end: int) -> None:
    with pytest.raises(FormError, match="ends before its last boundary"):
        taken(blobs, WHOLE[:end])
    assert list(blobs.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "ends before"),
        (b"hello", "."),
        (b'{"purpose": "assistants"}', "."),
        (b"--other\r\n" + field(b"a", b"1") + b"\r\n--other--\r\n", "."),
        (b"--bound\r\nno colon at all\r\n\r\nx\r\n--bound--\r\n", "."),
        (b"--bound\n" + field(b"a", b"1") + b"\n--bound--\n", "."),
        (form(b"\r\nx"), "a part has no name"),
        (form(b"Content-Type: text/plain\r\n\r\nx"), "a part has no name"),
        (form(b'Content-Disposition: form-data; filename="a"\r\n\r\nx'), "a part has no name"),
        (form(b"Content-Disposition: form-data\r\n\r\nx"), "a part has no name"),
        (form(field(b"", b"1")), "a part has no name"),
        (form(b"X: " + b"x" * 20_000 + b"\r\n" + field(b"a", b"1")), "."),
        (form(b"X" * 20_000 + b": x\r\n" + field(b"a", b"1")), "."),
        (form(file(b"n" * 20_000, b"x")), "."),
        (form(field(b"a", b"x" * (FIELD_MAX + 1))), "the field 'a' has more than"),
        (form(*[field(b"%d" % number, b"") for number in range(FIELDS_MAX + 1)]), "more than 100 parts"),
    ],
)
def test_what_is_no_form_is_refused(blobs: Blobs, body: bytes, complaint: str) -> None:
    for pieces in ([body], [body[at : at + 1_000] for at in range(0, len(body), 1_000)]):
        with pytest.raises(FormError, match=complaint):
            taken(blobs, *pieces)
    assert list(blobs.folder.iterdir()) == []


def test_the_largest_field_and_the_most_parts_are_taken(blobs: Blobs) -> None:
    arrived = taken(blobs, form(field(b"a", b"x" * FIELD_MAX)))
    assert len(arrived.fields["a"]) == FIELD_MAX
    assert len(taken(blobs, form(*[field(b"%d" % n, b"") for n in range(FIELDS_MAX)])).fields) == FIELDS_MAX


def test_many_parts_of_one_name_are_too_many_too(blobs: Blobs) -> None:
    """What is counted is what comes, not what is left of it."""
    with pytest.raises(FormError, match="more than 100 parts"):
        taken(blobs, form(*[field(b"a", b"")] * (FIELDS_MAX + 1)))


@STEADY
@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_no_bytes_break_a_reader(shared: Blobs, data: bytes, places: list[int]) -> None:
    for body in (data, b"--bound\r\n" + data, form(data), WHOLE[:40] + data):
        with suppress(FormError):
            arrived = taken(shared, *cut(body, places))
            assert all(received.content is not None for received in arrived.files.values())


# What an operation makes of it

CREATE = Form(
    "file",
    limit="file_bytes",
    purpose=required(Text()),
    expires_after=Object(anchor=required(OneOf("created_at")), seconds=required(Numeral(min=3600, max=7200))),
)
FILE = Received("a.txt", 1, None)


def test_nested_fields_are_put_together_and_undeclared_ones_ignored() -> None:
    fields = {
        "purpose": "batch",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
        "other": "x",
        "other[deep][er]": "x",
    }
    assert CREATE.check(Arrived(fields, {"file": FILE, "more": FILE})) == {
        "purpose": "batch",
        "expires_after": {"anchor": "created_at", "seconds": 3600},
        "file": FILE,
    }


@pytest.mark.parametrize(
    ("fields", "files", "param"),
    [
        ({"purpose": "batch"}, {}, "file"),
        ({"purpose": "batch"}, {"other": FILE}, "file"),
        ({"purpose": "batch", "file": "a text"}, {}, "file"),
        ({}, {"file": FILE}, "purpose"),
        ({"purpose": "batch", "expires_after": "x"}, {"file": FILE}, "expires_after"),
        (
            {"purpose": "batch", "expires_after": "x", "expires_after[seconds]": "3600"},
            {"file": FILE},
            "expires_after",
        ),
        (
            {"purpose": "batch", "expires_after[seconds]": "3600"},
            {"file": FILE},
            "expires_after.anchor",
        ),
        *(
            (
                {"purpose": "b", "expires_after[anchor]": "created_at", "expires_after[seconds]": seconds},
                {"file": FILE},
                "expires_after.seconds",
            )
            for seconds in ("", "x", "3600.5", "1e4", "٣٦٠٠", "3599", "7201", "-3600", " 3600", "9" * 5_000)
        ),
    ],
)
def test_slips_in_a_form_are_named(fields: dict[str, str], files: dict[str, Received], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        CREATE.check(Arrived(fields, files))
    assert (raised.value.status, raised.value.param) == (400, param)


def test_a_boundary_that_is_too_long_is_no_form(blobs: Blobs) -> None:
    with pytest.raises(FormError, match="exceeds maximum"):
        FormReader(f"multipart/form-data; boundary={'b' * 5_000}", blobs, LARGEST)

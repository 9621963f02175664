"""The forms in which files come: their fields, in any order and broken in any way, and names of all kinds."""

from __future__ import annotations

from urllib.parse import unquote

import openai
import pytest

from mockserver.server import Server
from tests.conftest import Raw
from tests.files.forms import BOUNDARY, HEADERS, field, file, form, send
from tests.files.library import complaint, kept, upload


@pytest.mark.parametrize("turned", [False, True])
def test_the_fields_of_a_form_come_in_any_order(raw: Raw, turned: bool) -> None:
    """Clients write the purpose before or behind the file."""
    parts = [field("purpose", "vision"), file(b"\x89PNG", "a.png")]
    answer = send(raw, *(parts[::-1] if turned else parts))
    assert (answer.status, answer.body["bytes"], answer.body["purpose"]) == (200, 4, "vision")


def test_fields_that_nobody_declared_are_ignored(raw: Raw) -> None:
    """Old clients send a `user`, browsers their buttons."""
    answer = send(raw, field("user", "me"), file(b"x"), field("purpose", "batch"), field("submit", "Send"))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ([field("purpose", "assistants")], "file"),
        ([file(b"x")], "purpose"),
        ([file(b"x", name="data"), field("purpose", "assistants")], "file"),
        ([field("file", "x"), field("purpose", "assistants")], "file"),
        ([field("other", "x")], "file"),
    ],
)
def test_what_is_missing_is_named(raw: Raw, server: Server, parts: list[bytes], missing: str) -> None:
    """A file that was sent as a plain field is no file; nothing of what came stays."""
    before = kept(server)
    expected = (400, f"Missing required parameter: '{missing}'.", missing, "missing_required_parameter")
    assert complaint(send(raw, *parts)) == expected
    assert kept(server) == before


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", None])
def test_what_is_no_form_is_refused(raw: Raw, content_type: str | None) -> None:
    """JSON in place of a form, and a form whose header names no boundary."""
    answer = raw(
        "POST", "/v1/files", b'{"purpose": "assistants", "file": "x"}', {"Content-Type": content_type}
    )
    status, message, _, code = complaint(answer)
    assert status in (400, 415)
    assert code == "unsupported_content_type"
    assert "multipart/form-data" in message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        form(field("purpose", "assistants"), file(b"x"))[:-30],
        form(field("purpose", "assistants"), file(b"x" * 100_000))[:50_000],
        form(b"no header at all"),
        form(b"Content-Disposition: form-data\r\n\r\nx"),
        form(b'Content-Disposition: form-data; name=""; filename="a.txt"\r\n\r\nx'),
        form(b'Content-Disposition: form-data; name="file"; filename="' + b"x" * 40_000 + b'.txt"\r\n\r\nx'),
        form(*[field(f"f{number}", "x") for number in range(500)]),
        form(field("purpose", b"x" * 200_000), file(b"x")),
        form(field("purpose", "assistants"), file(b"x")).replace(BOUNDARY.encode(), b"another-boundary"),
    ],
    ids=[
        "empty",
        "text",
        "cut",
        "cut-file",
        "bare",
        "nameless",
        "no-name",
        "long-name",
        "many",
        "long",
        "foreign",
    ],
)
def test_a_form_that_is_none_is_refused_and_leaves_nothing(raw: Raw, server: Server, body: bytes) -> None:
    """A clear 400, and the same connection serves the next request."""
    before = kept(server)
    status, *_ = complaint(raw("POST", "/v1/files", body, HEADERS))
    assert status == 400
    assert kept(server) == before
    assert send(raw, field("purpose", "vision"), file(b"x")).status == 200


def test_of_two_files_in_one_form_nothing_is_left_over(raw: Raw, server: Server) -> None:
    """Whichever is taken, the other does not stay on disk."""
    before = kept(server)
    answer = send(raw, field("purpose", "vision"), file(b"one of two"), file(b"two of two, longer"))
    assert answer.status == 200
    assert len(kept(server) - before) == 1
    raw("DELETE", f"/v1/files/{answer.body['id']}")
    assert kept(server) == before


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_boundary_may_be_quoted(raw: Raw, quote: str) -> None:
    """Both are right by the book."""
    headers = {"Content-Type": f"multipart/form-data; charset=utf-8; boundary={quote}{BOUNDARY}{quote}"}
    body = form(field("purpose", "vision"), file(b"x"))
    assert raw("POST", "/v1/files", body, headers).status == 200


def test_a_file_may_hold_what_looks_like_a_boundary(client: openai.OpenAI) -> None:
    """Line ends and dashes are content."""
    content = b"\r\n--\r\n--" + BOUNDARY.encode() + b"\r\n\r\n--" + bytes(range(256)) + b"\r\n--"
    made = upload(client, "odd.bin", content, "vision")
    assert client.files.content(made.id).read() == content


# Names

NAMES = [
    "日本語 のメモ.txt",
    "naïve résumé.txt",
    "cafe\u0301.txt",
    "👩‍👩‍👧 family.txt",
    "עברית \u202emirrored.txt",
    'say "cheese".txt',
    "it's.txt",
    "../../etc/passwd.txt",
    "/etc/passwd.txt",
    "C:\\Users\\me\\notes.txt",
    "..\\..\\notes.txt",
    "a;b=c; filename=d.txt",
    "100% sure.txt",
    "new\nline.txt",
    "car\r\nriage.txt",
    "nul\0byte.txt",
    " space .txt",
    "?query#part&x=y.txt",
    "x" * 2_000 + ".txt",
    "字" * 1_000 + ".txt",
]


@pytest.mark.parametrize("name", NAMES, ids=[repr(name[:24]) for name in NAMES])
def test_any_name_is_only_a_name(client: openai.OpenAI, raw: Raw, server: Server, name: str) -> None:
    """It comes back as it was sent, and the download offers it; on disk it never is a path."""
    made = upload(client, name, "Some text.", "vision")
    assert made.filename == name
    assert client.files.list().data[0].filename == name
    answer = raw("GET", f"/v1/files/{made.id}/content")
    offered = answer.headers["content-disposition"].partition("filename*=UTF-8''")[2]
    assert unquote(offered) == name
    assert all(len(found) == 64 for found in kept(server))


@pytest.mark.parametrize(
    "name", [b"a\0b.txt", b"\xff\xfe.txt", b"tab\there.txt", b"\x1b[31m.txt", b"..", b"", b"/"]
)
def test_names_that_no_client_should_send_are_answered_clearly(raw: Raw, name: bytes) -> None:
    """As they are, or with a 400; never with a 500."""
    answer = send(raw, field("purpose", "vision"), file(b"x", name))
    assert answer.status in (200, 400)
    assert raw("GET", "/v1/files").status == 200


def test_a_name_in_the_extended_form_of_mail_is_read(raw: Raw) -> None:
    """Older clients of Python write a name beyond ASCII only so."""
    part = b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%E6%97%A5%20x.txt\r\n\r\nx"
    answer = send(raw, field("purpose", "assistants"), part)
    assert (answer.status, answer.body.get("filename")) == (200, "日 x.txt")

"""Requests that no generator of valid HTTP and JSON makes: every answer is lawful, and the next one comes.

Lawful is a 2xx, or a 4xx in the API's own error envelope; never a 5xx, a silent end or a hang.
What is no HTTP at all may be answered by the protocol itself.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness.control import Control
from mockserver.server import Server

SECONDS = 20.0
ENVELOPE = {"message", "type", "param", "code"}


@dataclass(frozen=True)
class Said:
    """An answer as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """Bytes to the server, answers back, on a fresh connection each time."""

    host: str
    port: int
    key: str

    def head(self, method: str, target: str | bytes, *more: str, beta: bool = True) -> bytes:
        """The head of a request, without its end."""
        shown = target if isinstance(target, bytes) else target.encode()
        lines = [f"Host: {self.host}", f"Authorization: Bearer {self.key}", *more]
        if beta:
            lines.append("OpenAI-Beta: assistants=v2")
        return method.encode() + b" " + shown + b" HTTP/1.1\r\n" + "".join(f"{x}\r\n" for x in lines).encode()

    def json(self, target: str, body: bytes) -> Said:
        """A POST whose body calls itself JSON."""
        head = self.head("POST", target, "Content-Type: application/json", f"Content-Length: {len(body)}")
        return self.send(head + b"\r\n" + body)

    def send(self, request: bytes, *, bodiless: bool = False) -> Said:
        """Send these bytes and read one answer; `bodiless` for a HEAD."""
        with socket.create_connection((self.host, self.port), timeout=SECONDS) as connection:
            connection.sendall(request)
            return read(connection, bodiless=bodiless)


def read(connection: socket.socket, *, bodiless: bool = False) -> Said:
    """One answer; fails when the connection ends before it does."""
    with connection.makefile("rb") as file:
        line = file.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        status = int(line.split()[1])
        headers: dict[str, str] = {}
        while (field := file.readline().strip()) != b"":
            name, _, value = field.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if bodiless:
            return Said(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while (size := int(file.readline(), 16)) > 0:
                body += file.read(size)
                file.readline()
            file.readline()
        else:
            body = file.read(int(headers.get("content-length", "0")))
        return Said(status, headers, body)


def lawful(said: Said, *statuses: int) -> Said:
    """The answer, when it is a 2xx or the API's envelope, and of one of these statuses, if there are any."""
    assert said.status < 500, said
    assert not statuses or said.status in statuses, said
    if said.status >= 400:
        assert said.headers["content-type"].startswith("application/json"), said
        error = json.loads(said.body)["error"]
        assert set(error) == ENVELOPE, said
        assert error["message"], said
    return said


@pytest.fixture
def wire(server: Server, key: str) -> Iterator[Wire]:
    """Bytes to this test's world; after the test, the server still answers as usual."""
    yield Wire(server.host, server.port, key)
    with Control(server.base_url, key) as control:
        assert control.clock()["mode"] == "virtual"


@pytest.fixture
def thread(wire: Wire) -> str:
    """A thread to aim at."""
    made: str = json.loads(lawful(wire.json("/v1/threads", b"{}"), 200).body)["id"]
    return made


STRANGE_IDS = (
    "%00", "%ff", "%c3%28", "%ed%a0%80", "%", "%zz", "%2", "..", "..%2f..%2fetc%2fpasswd",
    "%0d%0aX-Evil:%20yes", "%E2%80%AE", "thread_%F0%9F%92%A9", "'%20OR%201=1%20--",
    "%25s%25n", "a" * 5_000, "null", "-1",
)  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE_IDS)
def test_strange_ids_are_refused_as_ids(wire: Wire, thread: str, strange: str) -> None:
    for target in (
        f"/v1/threads/{strange}",
        f"/v1/threads/{thread}/messages/{strange}",
        f"/v1/files/{strange}/content",
        f"/v1/vector_stores/{strange}/files/{strange}",
        f"/v1/models/{strange}",
    ):
        for method in ("GET", "POST", "DELETE"):
            more = ("Content-Length: 0",) if method == "POST" else ()
            said = lawful(wire.send(wire.head(method, target, *more) + b"\r\n"))
            assert said.status >= 400, (method, target, said)
            assert "x-evil" not in said.headers


@pytest.mark.parametrize(
    "query",
    [
        "limit=%00", "limit=%ff", "after=%00", "after=%ed%a0%80", "order=%", "limit=" + "9" * 6_000,
        "limit=1e400", "limit=NaN", "limit=-0", "limit=%D9%A3", "limit=1&limit=2", "&&&===&",
        "after=" + "x" * 50_000, "&".join(f"a{number}=1" for number in range(3_000)), "after[]=x&after[0]=y",
        "include[]=%00", "run_id=%00", "before=%00&after=%00",
    ],
)  # fmt: skip
def test_strange_queries_are_read_or_refused(wire: Wire, thread: str, query: str) -> None:
    for path in (f"/v1/threads/{thread}/messages", "/v1/files", "/v1/vector_stores", "/v1/assistants"):
        lawful(wire.send(wire.head("GET", f"{path}?{query}") + b"\r\n"))


def test_raw_bytes_in_a_target_do_no_harm(wire: Wire) -> None:
    """Whether such a target is HTTP at all is for the protocol to say; the server goes on."""
    for target in (b"/v1/threads/\xff\xfe", b"/v1/threads?after=\xc3\x28", b"/v1/files/\x80"):
        assert wire.send(
            wire.head("GET", "").replace(b"GET ", b"GET " + target, 1) + b"\r\n"
        ).status in range(400, 500)


BODIES = {
    "a lone surrogate": rb'{"metadata": {"k": "\ud800"}}',
    "two that do not pair": rb'{"metadata": {"\udc00\ud800": "x"}}',
    "NUL": rb'{"metadata": {"k\u0000": "\u0000"}}',
    "1e400": b'{"metadata": 1e400}',
    "-1e400": b'{"metadata": {"k": -1e400}}',
    "NaN": b'{"metadata": NaN}',
    "Infinity": b'{"metadata": -Infinity}',
    "many digits": b'{"metadata": ' + b"9" * 100_000 + b"}",
    "many decimals": b'{"metadata": 0.' + b"1" * 100_000 + b"}",
    "deep arrays": b"[" * 100_000 + b"]" * 100_000,
    "deep arrays inside": b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "brackets that stay open": b"[" * 100_000,
    "double keys": b'{"metadata": {"a": "1", "a": "2"}, "metadata": {"b": "3"}}',
    "no UTF-8": b'{"metadata": {"k": "\xff\xfe"}}',
    "half a character": b'{"metadata": {"k": "\xc3"}}',
    "surrogate bytes": b'{"metadata": {"k": "\xed\xa0\x80"}}',
    "a BOM": b'\xef\xbb\xbf{"metadata": {}}',
    "UTF-16": '{"metadata": {}}'.encode("utf-16"),
    "a comma too many": b'{"metadata": {},}',
    "a comment": b'{"metadata": {} /* all */}',
    "single quotes": b"{'metadata': {}}",
    "two values": b"{} {}",
    "text": b'"thread"',
    "null": b"null",
    "false": b"false",
    "a number": b"12",
    "an empty array": b"[]",
    "nothing but spaces": b" \r\n\t ",
    "a NUL byte": b"\x00",
    "a very long key": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "many keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(20_000)) + b"}",
}
ROUTES = (
    "/v1/threads",
    "/v1/assistants",
    "/v1/threads/{thread}/messages",
    "/v1/threads/{thread}/runs",
    "/v1/threads/runs",
    "/v1/vector_stores",
    "/v1/uploads",
)


@pytest.mark.parametrize("name", BODIES)
def test_strange_bodies_are_read_or_refused(wire: Wire, thread: str, name: str) -> None:
    for route in ROUTES:
        lawful(wire.json(route.format(thread=thread), BODIES[name]), 200, 400)


VALUES = {
    "a lone surrogate": rb'"\ud800"',
    "NUL": rb'"\u0000"',
    "1e400": b"1e400",
    "1e308": b"1e308",
    "minus zero": b"-0.0",
    "many digits": b"9" * 20_000,
    "a hundred digits": b"1" + b"0" * 100,
    "a 64-bit number and one": b"18446744073709551616",
    "deep": b"[" * 150 + b"]" * 150,
    "an empty text": b'""',
    "a long text": b'"' + b"x" * 300_000 + b'"',
}
FIELDS = {
    "/v1/assistants": b'{"model": "gpt-4o", "%s": %s}',
    "/v1/threads/{thread}/messages": b'{"role": "user", "content": "Hi", "%s": %s}',
    "/v1/uploads": b'{"filename": "a.md", "purpose": "assistants", "bytes": 1, "mime_type": "a/b", "%s": %s}',
}
NAMES = (
    b"temperature", b"top_p", b"name", b"instructions", b"metadata", b"tools", b"tool_resources",
    b"response_format", b"content", b"attachments", b"role", b"bytes",
    b"filename", b"mime_type", b"expires_after", b"model",
)  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_strange_values_are_taken_or_refused_in_every_field(wire: Wire, thread: str, name: str) -> None:
    for route, form in FIELDS.items():
        for field in NAMES:
            said = lawful(wire.json(route.format(thread=thread), form % (field, VALUES[name])), 200, 400)
            json.loads(said.body, parse_constant=pytest.fail)


def test_what_was_taken_can_be_read_again(wire: Wire, thread: str) -> None:
    """A text with NUL, quotes and the ends of lines comes back as it was sent, and a list shows it."""
    text = "\x00 \u2028 \x7f \U0010ffff \\ \" ' </script> \r\n"
    said = wire.json(
        f"/v1/threads/{thread}/messages",
        json.dumps({"role": "user", "content": text, "metadata": {}}).encode(),
    )
    assert json.loads(lawful(said, 200).body)["content"][0]["text"]["value"] == text
    listed = lawful(wire.send(wire.head("GET", f"/v1/threads/{thread}/messages") + b"\r\n"), 200)
    assert json.loads(listed.body)["data"][0]["content"][0]["text"]["value"] == text


def test_chunked_bodies_are_put_together(wire: Wire) -> None:
    head = wire.head("POST", "/v1/threads", "Content-Type: application/json", "Transfer-Encoding: chunked")
    pieces = [b'{"meta', b'data": {"a"', b': "b"}}']
    body = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert json.loads(lawful(wire.send(head + b"\r\n" + body), 200).body)["metadata"] == {"a": "b"}
    assert 400 <= wire.send(head + b"\r\nzz\r\n{}\r\n0\r\n\r\n").status < 500


def test_a_body_is_asked_for_when_the_client_waits(wire: Wire) -> None:
    head = wire.head(
        "POST", "/v1/threads", "Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue"
    )
    with socket.create_connection((wire.host, wire.port), timeout=SECONDS) as connection:
        connection.sendall(head + b"\r\n")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        lawful(read(connection), 200)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "PROPFIND", "get"])
def test_other_methods_are_refused(wire: Wire, thread: str, method: str) -> None:
    for target in (f"/v1/threads/{thread}", "/v1/threads", "/v1/files", "/v1/nothing", "/", "*"):
        said = wire.send(wire.head(method, target) + b"\r\n", bodiless=method == "HEAD")
        assert 400 <= said.status < 500, (method, target, said)


@pytest.mark.parametrize(
    "more",
    [
        ("Authorization: Bearer sk-other",),
        ("OpenAI-Beta: assistants=v2", "OpenAI-Beta: assistants=v1"),
        ("Content-Type: text/plain", "Content-Type: application/json"),
        ("X-" + "a" * 20_000 + ": 1",),
        tuple(f"X-{number}: {number}" for number in range(500)),
        ("X-Request-Id: \x01\x02",),
        ("OpenAI-Beta: \u00ff",),
        ("Accept: " + "a," * 10_000,),
    ],
)
def test_strange_headers_do_no_harm(wire: Wire, more: tuple[str, ...]) -> None:
    said = wire.send(wire.head("GET", "/v1/assistants", *more) + b"\r\n")
    assert said.status == 200 or 400 <= said.status < 500


@pytest.mark.parametrize("target", ["/v1/" + "a/" * 5_000, "/v1/threads/" + "/" * 5_000, "/" + "v1/" * 2_000])
def test_very_long_paths_are_not_found(wire: Wire, target: str) -> None:
    said = lawful(wire.send(wire.head("GET", target) + b"\r\n"))
    assert 400 <= said.status < 500


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (FORM, b""),
        (FORM, b"--b--\r\n"),
        (FORM, b"--b\r\n"),
        (FORM, b"--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\nassistants"),
        (
            FORM,
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="\x00.txt"\r\n\r\nx\r\n--b--\r\n',
        ),
        (FORM, b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        (FORM, b"--b\r\n" + b"X: y\r\n" * 10_000 + b"\r\nx\r\n--b--\r\n"),
        (FORM, b"--b\r\n\x00\xff: y\r\n\r\nx\r\n--b--\r\n"),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n\xff\xfe\r\n--b--\r\n'),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=" + "b" * 5_000, b"x"),
        ("application/x-www-form-urlencoded", b"purpose=assistants"),
        ("application/json", b"{}"),
    ],
)
def test_broken_forms_are_refused(wire: Wire, media: str, body: bytes) -> None:
    for target in ("/v1/files", "/v1/uploads/upload_1/parts"):
        head = wire.head("POST", target, f"Content-Type: {media}", f"Content-Length: {len(body)}")
        said = lawful(wire.send(head + b"\r\n" + body))
        assert said.status >= 400

"""Forms with files as some client might write them, byte for byte."""

from __future__ import annotations

from tests.conftest import Answer, Raw

BOUNDARY = "----a-boundary-of-forms"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def field(name: str, value: str | bytes) -> bytes:
    """A plain field of a form."""
    value = value.encode() if isinstance(value, str) else value
    return b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value)


def file(content: bytes, filename: str | bytes = "notes.txt", name: str = "file") -> bytes:
    """A file of a form; the name stands between its quotes just as it is given."""
    filename = filename.encode() if isinstance(filename, str) else filename
    head = b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n' % (name.encode(), filename)
    return head + b"Content-Type: application/octet-stream\r\n\r\n" + content


def form(*parts: bytes) -> bytes:
    """The body of a form with these parts, in this order."""
    bar = f"--{BOUNDARY}".encode()
    return b"".join(b"%s\r\n%s\r\n" % (bar, part) for part in parts) + bar + b"--\r\n"


def send(raw: Raw, *parts: bytes, path: str = "/v1/files") -> Answer:
    """What is answered to a form with these parts."""
    return raw("POST", path, form(*parts), HEADERS, beta=False)

"""Forms with files (`multipart/form-data`), taken in as they arrive: files to disk, fields to memory.

python-multipart finds the parts; here they are brought home. Nothing in a file's name is ever a path.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockserver.blobs import Blobs, Content, Incoming

logging.getLogger("python_multipart").addHandler(logging.NullHandler())
"""What it warns of is the client's affair; without a handler it would stand on standard error."""

FIELD_MAX = 65_536
"""A plain field has at most so many bytes; the longest one documented is a purpose."""

FIELDS_MAX = 100
HEADER_MAX = 16_384

# HTML says how names in forms are written: quotes and line breaks by percent; httpx does so with all controls
# and doubles backslashes, undici leaves them.
_ESCAPED = re.compile(r"%(0[0-9A-Fa-f]|1[0-9A-Fa-f]|22)|\\([\"\\])")
# Of clients that leave backslashes, a name may end with one: then the quote behind it ends the name.
_FILENAME = re.compile(
    r";\s*filename=(?:\"((?:\\.|[^\"\\])*|[^\"]*)\"(?=\s*(?:;|$))|([^;]*))", re.IGNORECASE | re.DOTALL
)
# Not to be used in forms, but older clients of Python write names beyond ASCII only so.
_EXTENDED = re.compile(r";\s*filename\*=utf-8'[^';]*'([^;\s]*)", re.IGNORECASE)


class FormError(Exception):
    """The body is not the form its header promises; the message says why."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came in a form. `content` is None when it was larger than asked for; `size` is in bytes."""

    filename: str
    size: int
    content: Content | None


@dataclass(slots=True)
class Arrived:
    """A whole form: plain fields by name, files by name."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Received] = field(default_factory=dict)

    @property
    def digests(self) -> list[str]:
        """The contents that were kept of its files."""
        return [received.content.digest for received in self.files.values() if received.content]


class FormReader:
    """Takes a form in, piece by piece. `largest` is how many bytes a file may have to be kept.

    Either `finish` or `discard` ends it. Raises FormError for what is no form, at any moment.
    """

    def __init__(self, content_type: str, blobs: Blobs, largest: int) -> None:
        media, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if media != b"multipart/form-data" or not boundary:
            raise FormError("the header names no boundary")
        self._blobs = blobs
        self._largest = largest
        self.arrived = Arrived()
        self._header = bytearray(), bytearray()
        self._name = ""
        self._filename: str | None = None
        self._value = bytearray()
        self._incoming: Incoming | None = None
        self._size = 0
        self._parts = 0
        self._whole: dict[str, tuple[str, int, Incoming | None]] = {}
        self._complete = False
        callbacks: Any = {
            "on_part_begin": self._on_part_begin,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks, max_header_size=HEADER_MAX)
        except FormParserError as error:  # a boundary that is too long
            raise FormError(str(error)) from error

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise FormError(str(error)) from error

    def finish(self) -> Arrived:
        """The body has ended."""
        if not self._complete:
            raise FormError("it ends before its last boundary")
        # Only now: what is kept and not yet referred to may be tidied away with a request that is refused.
        for name, (filename, size, incoming) in self._whole.items():
            content = incoming.keep() if incoming is not None else None
            self.arrived.files[name] = Received(filename, size, content)
        return self.arrived

    def discard(self) -> None:
        """Forget the files that have come; those of a finished form belong to whoever has it."""
        for incoming in (self._incoming, *(incoming for _, _, incoming in self._whole.values())):
            if incoming is not None:
                incoming.discard()

    # What the parser tells

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > FIELDS_MAX:
            raise FormError(f"it has more than {FIELDS_MAX} parts")
        self._name, self._filename, self._size = "", None, 0
        self._value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = (bytes(part).decode("latin-1") for part in self._header)
        for part in self._header:
            part.clear()
        if name.lower() != "content-disposition":
            return
        options = parse_options_header(value)[1]
        self._name = _text(options.get(b"name", b"").decode("latin-1"))
        # Not from the options: those cut what looks like a path of Windows down to its last part.
        if found := _FILENAME.search(value):
            self._filename = _text(found[1] if found[1] is not None else found[2])
        elif found := _EXTENDED.search(value):
            self._filename = unquote(found[1], errors="replace")

    def _on_headers_finished(self) -> None:
        if not self._name:
            raise FormError("a part has no name")
        if self._filename is not None:
            self._incoming = self._blobs.receive()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._filename is None:
            if self._size > FIELD_MAX:
                raise FormError(f"the field {self._name!r} has more than {FIELD_MAX} bytes")
            self._value.extend(data[start:end])
        elif self._incoming is not None:
            if self._size > self._largest:
                self._incoming.discard()
                self._incoming = None
            else:
                self._incoming.write(memoryview(data)[start:end])

    def _on_part_end(self) -> None:
        if self._filename is None:
            self.arrived.fields[self._name] = self._value.decode("utf-8", "replace")
            return
        earlier = self._whole.pop(self._name, (None, None, None))[2]
        if earlier is not None:  # of two files in one field the last one counts
            earlier.discard()
        self._whole[self._name] = self._filename, self._size, self._incoming
        self._incoming = None

    def _on_end(self) -> None:
        self._complete = True


def _text(latin: str) -> str:
    """A name as it was meant: UTF-8 on the wire, with the escapes of forms."""
    name = latin.encode("latin-1").decode("utf-8", "replace")
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], name)

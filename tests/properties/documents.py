"""Documents to upload: some can be indexed, some cannot; and filters, with what they mean."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

WORDS = ("zebra", "walnut", "comet", "harbor", "violin", "glacier")
"""What documents are told apart by, and asked for."""

_FILLER = ("slate", "ribbon", "kettle", "meadow", "lantern", "pepper", "anchor", "velvet")


@dataclass(frozen=True)
class Document:
    """A file's name and content. `words` are those of WORDS that its text has; None where it has no text.

    `searchable` says whether a vector store takes it at all; `plain` that its text is its content.
    """

    name: str
    data: bytes = field(repr=False)
    words: frozenset[str] | None
    searchable: bool = True
    plain: bool = False

    @property
    def digest(self) -> str:
        """What its content is kept under."""
        return digest(self.data)

    @property
    def halves(self) -> tuple[bytes, bytes]:
        """The content in two parts that differ."""
        middle = len(self.data) // 2 - 1
        return self.data[:middle], self.data[middle:]


def digest(data: bytes) -> str:
    """What a content is kept under."""
    return hashlib.sha256(data).hexdigest()


def prose(words: tuple[str, ...], length: int) -> str:
    """A text of so many words of no matter with these words strewn in."""
    said = [_FILLER[(place * place + len(words)) % len(_FILLER)] for place in range(length)]
    for place in range(0, length, 20):
        said[place] = words[(place // 20) % len(words)]
    return " ".join(said)


def _text(name: str, words: tuple[str, ...], length: int) -> Document:
    return Document(name, prose(words, length).encode(), frozenset(words), plain=True)


def _office() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("notes.txt", "zebra walnut comet")
    return packed.getvalue()


DOCUMENTS = (
    _text("short.txt", ("zebra",), 20),
    _text("same content.txt", ("zebra",), 20),
    _text("two.txt", ("zebra", "walnut"), 45),
    _text("long.txt", ("walnut", "comet", "harbor"), 260),
    _text("longer ünï “code”.txt", ("harbor", "violin"), 430),
    Document(
        "data.json", json.dumps({"comet": ["violin", 1], "x": None}).encode(), frozenset(("comet", "violin"))
    ),
    Document("page.html", b"<p>The <b>glacier</b> and the comet.</p>", frozenset(("glacier", "comet"))),
    Document("not an office document.docx", b"zebra walnut comet", None),
    Document("another archive.docx", _office(), None),
    Document("nothing but space.md", b" \n\t \n", None),
    Document("binary.txt", b"zebra \xff\xfe\x00 comet \x81", None),
    Document("picture.png", b"\x89PNG\r\n\x1a\n zebra", None, searchable=False),
)

ATTRIBUTES: tuple[Object, ...] = (
    {},
    {"color": "red", "size": 1, "old": True},
    {"color": "red", "size": 2.5},
    {"color": "blue", "size": 3, "old": False},
)

Wanted = Callable[[Object], bool]
FILTERS: tuple[tuple[Object | None, Wanted], ...] = (
    (None, lambda has: True),
    ({"type": "eq", "key": "color", "value": "red"}, lambda has: has.get("color") == "red"),
    ({"type": "ne", "key": "color", "value": "red"}, lambda has: has.get("color") != "red"),
    ({"type": "gte", "key": "size", "value": 2.5}, lambda has: has.get("size", 0) >= 2.5),
    ({"type": "lt", "key": "size", "value": 2.5}, lambda has: has.get("size", 9) < 2.5),
    ({"type": "eq", "key": "old", "value": True}, lambda has: has.get("old") is True),
    ({"type": "in", "key": "color", "value": ["blue", "green"]}, lambda has: has.get("color") == "blue"),
    (
        {
            "type": "or",
            "filters": [
                {
                    "type": "and",
                    "filters": [
                        {"type": "eq", "key": "color", "value": "red"},
                        {"type": "gt", "key": "size", "value": 1},
                    ],
                },
                {"type": "eq", "key": "old", "value": False},
            ],
        },
        lambda has: (has.get("color") == "red" and has.get("size", 0) > 1) or has.get("old") is False,
    ),
)
"""Conditions on attributes, and which of ATTRIBUTES pass them, said a second time."""

CHUNKINGS: tuple[Object | None, ...] = (
    None,
    {"type": "auto"},
    {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}},
    {"type": "static", "static": {"max_chunk_size_tokens": 150, "chunk_overlap_tokens": 0}},
)

"""The binary format of Word 97 to 2003, as [MS-DOC] describes it.

The file is a compound file, which olefile takes apart. Its stream `WordDocument` begins with the FIB, a table
of where things are; the text lies in it in pieces, of one or two bytes a character, which the piece table in
the stream `0Table` or `1Table` puts in order.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from mockserver.extraction import unreadable
from mockserver.extraction.blocks import MAX_BYTES
from mockserver.extraction.format import Format, Library

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")

_WORD = 0xA5EC
_WORD_97 = 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200

# Offsets within the FIB.
_FLAGS, _LENGTHS, _PIECE_TABLE = 0x0A, 0x4C, 0x1A2
_STORIES = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header boxes")
_WANTED = {"main", "footnotes", "headers", "endnotes", "boxes", "header boxes"}

_PROPERTIES, _PIECES = 0x01, 0x02
_ONE_BYTE = 1 << 30

# An instruction (what computes a page number, a link's address) stands between a field's begin and its
# separator, or its end when it has no result. Innermost ones go first, so nesting needs no counting.
_INSTRUCTION = re.compile("\x13[^\x13\x14\x15]*+(?:\x14([^\x13\x14\x15]*+))?\x15")
_NESTING_MAX = 20
_MARKS = str.maketrans({"\r": "\n\n", "\x0b": "\n", "\x0c": "\n\n", "\x07": "\t", "\x1e": "-", "\xa0": " "})
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f]+")
_SPACING = re.compile("[ \t]*+\n[ \t\n]*+\n[ \t]*+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive characters: how many, and where they lie."""

    length: int
    offset: int
    width: int


def read(content: BinaryIO) -> str:
    """The text with footnotes, headers, endnotes and text boxes after it; rows of a table are lines."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(content) as compound:
        document = compound.openstream("WordDocument").read()
        magic, version = struct.unpack_from("<HH", document)
        (flags,) = struct.unpack_from("<H", document, _FLAGS)
        if magic != _WORD or version < _WORD_97:
            raise unreadable.broken()
        if flags & _ENCRYPTED:
            raise unreadable.encrypted()
        table = compound.openstream("1Table" if flags & _SECOND_TABLE else "0Table").read()
    text = "".join(_characters(document, list(_pieces(document, table))))
    return "\n\n".join(filter(None, map(_readable, _stories(document, text))))


def _pieces(document: bytes, table: bytes) -> Iterator[Piece]:
    """The piece table, in the order of the text."""
    place, length = struct.unpack_from("<II", document, _PIECE_TABLE)
    end = place + length
    while table[place] == _PROPERTIES:
        place += 3 + struct.unpack_from("<H", table, place + 1)[0]
    if table[place] != _PIECES or end > len(table):
        raise unreadable.broken()
    place += 5
    count = (end - place - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", table, place)
    for index in range(count):
        (where,) = struct.unpack_from("<I", table, place + 4 * (count + 1) + 8 * index + 2)
        narrow = bool(where & _ONE_BYTE)
        offset = where & (_ONE_BYTE - 1)
        yield Piece(
            length=bounds[index + 1] - bounds[index],
            offset=offset // 2 if narrow else offset,
            width=1 if narrow else 2,
        )


def _characters(document: bytes, pieces: list[Piece]) -> Iterator[str]:
    """The text of the pieces, as many characters as the table says."""
    if any(piece.length < 0 or piece.offset + piece.length * piece.width > len(document) for piece in pieces):
        raise unreadable.broken()
    if sum(piece.length for piece in pieces) > MAX_BYTES:  # pieces may overlap
        raise unreadable.too_large()
    for piece in pieces:
        spelled = document[piece.offset : piece.offset + piece.length * piece.width]
        yield spelled.decode("cp1252" if piece.width == 1 else "utf-16-le", errors="replace")


def _stories(document: bytes, text: str) -> Iterator[str]:
    """The parts of the text that are to be read; the FIB has only their lengths."""
    place = 0
    for name, length in zip(_STORIES, struct.unpack_from("<8I", document, _LENGTHS), strict=True):
        if name in _WANTED:
            yield text[place : place + length]
        place += length


def _readable(story: str) -> str:
    """A story without what only Word understands."""
    for _ in range(_NESTING_MAX):
        story, found = _INSTRUCTION.subn(r"\1", story)
        if not found:
            break
    # A row ends with a mark of its own after that of its last cell.
    story = story.replace("\x07\x07", "\n").translate(_MARKS)
    return _SPACING.sub("\n\n", _INVISIBLE.sub("", story)).strip()


FORMAT = Format(
    suffixes=(".doc",),
    read=read,
    begins=lambda head: head.startswith(_COMPOUND),
    library=Library(module="olefile", extra="doc"),
)

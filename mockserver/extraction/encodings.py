"""Bytes to text, in the encodings the API documents: UTF-8, UTF-16, ASCII."""

from __future__ import annotations

import codecs
import io
import os
from typing import BinaryIO

from mockserver.extraction import unreadable
from mockserver.extraction.blocks import MAX_BYTES, Blocks

_STRETCH = 1 << 20
_SAMPLE = 1024
_WHITESPACE = b"\t\n\f\r"

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(content: BinaryIO) -> str:
    """The text as it stands, with line ends as \\n. Raises UnreadableError when it is none, or too much."""
    if content.seek(0, os.SEEK_END) > 2 * MAX_BYTES:  # UTF-16 takes two bytes for what UTF-8 says in one
        raise unreadable.too_large()
    content.seek(0)
    sample = content.read(_SAMPLE)
    encoding, mark = _encoding(sample)
    content.seek(mark)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    blocks = Blocks()
    try:
        while stretch := content.read(_STRETCH):
            _write(blocks, decoder.decode(stretch))
        _write(blocks, decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        raise unreadable.badly_encoded() from error
    return blocks.text()


def _write(blocks: Blocks, piece: str) -> None:
    # Text has no NULs; what has them is a picture, a program or UTF-32.
    if "\0" in piece:
        raise unreadable.badly_encoded()
    blocks.write(piece)


def _encoding(sample: bytes) -> tuple[str, int]:
    """The encoding, and how long the byte order mark is that says so."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding, len(mark)
    for encoding, letters, halves in (
        ("utf-16-le", sample[::2], sample[1::2]),
        ("utf-16-be", sample[1::2], sample[::2]),
    ):
        if _is_latin(letters, halves):
            return encoding, 0
    return "utf-8", 0


def _is_latin(letters: bytes, halves: bytes) -> bool:
    """Whether most of the first code units are a letter and a zero beside it, and none is binary."""
    latin = bytes(letter for letter, half in zip(letters, halves, strict=False) if half == 0)
    return len(latin) * 2 > len(letters) and all(letter in _WHITESPACE or letter >= 32 for letter in latin)

"""The binary format of Word 97 to 2003, from compound files made here."""

from __future__ import annotations

import struct

import pytest

from tests.extraction.documents import compound, doc
from tests.extraction.reading import BROKEN, ENCRYPTED, NO_TEXT, TOO_LARGE, refusal, text

pytest.importorskip("olefile", reason="reads .doc: the extra `doc` is not installed")


def test_pieces_of_both_widths_in_order() -> None:
    document = doc(b"Caf\xe9 \x80 5\r", "Grüße 世界\r", b"\x93end\x94\r")
    assert text("a.doc", document) == "Café € 5\n\nGrüße 世界\n\n“end”"


def test_tables_breaks_and_marks() -> None:
    document = doc("before\ra\x07b\x07\x07c\x07d\x07\x07after\x0bline\x0cpage\x01\x08 two\x1ethree\x1ffour\r")
    assert text("a.doc", document) == "before\n\na\tb\nc\td\nafter\nline\n\npage two-threefour"


def test_fields_show_their_results() -> None:
    document = doc('see \x13 HYPERLINK "x" \x14the \x13 PAGE \x14page\x15\x15, \x13 TOC \x15done\r')
    assert text("a.doc", document) == "see the page, done"


def test_stories_follow_the_main_text_without_comments() -> None:
    stories = ("main\r", "note\r", "head\r", "", "comment\r", "endnote\r", "box\r")
    document = doc(*stories, lengths=tuple(map(len, stories)))
    assert text("a.doc", document) == "main\n\nnote\n\nhead\n\nendnote\n\nbox"


def test_a_document_without_words() -> None:
    assert refusal("a.doc", doc("\r\x01\r")) == ("invalid_file", NO_TEXT)


def test_an_encrypted_document() -> None:
    assert refusal("a.doc", doc("words", flags=0x0300)) == ("invalid_file", ENCRYPTED)


def damaged(offset: int, value: int) -> bytes:
    """A document with another number at that place of its stream `WordDocument`."""
    document = bytearray(doc("words"))
    struct.pack_into("<I", document, 512 * 3 + offset, value)
    return bytes(document)


@pytest.mark.parametrize(
    "document",
    [
        doc("words", version=0x68),
        doc("words", flags=0),
        doc("words")[:1000],
        compound({"Workbook": b"a spreadsheet"}),
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\xff" * 5000,
        damaged(0, 0),
        damaged(0x1A2, 1 << 31),
        damaged(0x1A6, 1 << 31),
    ],
    ids=["Word 95", "no table", "cut", "spreadsheet", "no header", "no magic", "place", "length"],
)
def test_broken_files(document: bytes) -> None:
    assert refusal("a.doc", document) == ("invalid_file", BROKEN)


def test_pieces_that_lie_on_each_other_are_too_large() -> None:
    """A small file may say the same again and again."""
    count, length = 1_100, 40_000
    bounds = struct.pack(f"<{count + 1}I", *(length * number for number in range(count + 1)))
    described = bounds + struct.pack("<HIH", 0, 2048 | 1 << 30, 0) * count
    clx = b"\x02" + struct.pack("<I", len(described)) + described
    fib = bytearray(1024)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", fib, 0x0A, 0x0200)
    struct.pack_into("<I", fib, 0x4C, count * length)
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    streams = {"WordDocument": bytes(fib) + b"x" * length, "1Table": clx}
    assert refusal("a.doc", compound(streams)) == ("invalid_file", TOO_LARGE)


def test_a_chain_of_sectors_that_loops() -> None:
    document = bytearray(doc("words"))
    struct.pack_into("<I", document, 512 + 4 * 4, 2)  # the third sector of the stream leads to its first
    assert text("a.doc", bytes(document)) == "words"

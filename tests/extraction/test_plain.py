"""Plain text and source code: encodings, and text as it stands."""

from __future__ import annotations

import codecs

import pytest

from mockserver.extraction import blocks
from tests.extraction.reading import BADLY_ENCODED, NO_TEXT, TOO_LARGE, refusal, text

WORDS = "Grüße, 世界! 😀\n\tindented\n"


@pytest.mark.parametrize(
    "document",
    [
        WORDS.encode(),
        codecs.BOM_UTF8 + WORDS.encode(),
        codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-16-be"),
    ],
)
def test_documented_encodings(document: bytes) -> None:
    assert text("a.txt", document) == WORDS


@pytest.mark.parametrize(
    "document",
    [
        "Grüße".encode("latin-1"),
        "words".encode("utf-32"),
        codecs.BOM_UTF16_LE + b"odd",
        codecs.BOM_UTF16_LE + b"\x00\xd8a\x00",
        b"\x7fELF\x02\x01\x01" + b"\0" * 100,
        b"\x01\0\x02\0\x03\0",
        b"words\0words",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"x" * (1 << 20) + b"\xff",
    ],
)
def test_anything_else_is_refused(document: bytes) -> None:
    assert refusal("a.md", document) == ("invalid_file", BADLY_ENCODED)


def test_a_character_may_lie_across_two_stretches() -> None:
    words = "x" * ((1 << 20) - 1) + "é\r\nend"
    assert text("a.txt", words.encode()) == words.replace("\r\n", "\n")


def test_line_ends_become_newlines() -> None:
    assert text("a.py", b"one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@pytest.mark.parametrize("document", [b" \n\t\r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_blank_text_is_none(document: bytes) -> None:
    assert refusal("a.txt", document) == ("invalid_file", NO_TEXT)


def test_json_is_taken_as_it_stands() -> None:
    deep = "[" * 1_000_000
    assert text("a.json", deep.encode()) == deep
    assert text("a.json", b'{"a": "\\u00e9", }') == '{"a": "\\u00e9", }'


def test_markup_in_code_is_code() -> None:
    assert text("a.php", b"<?php echo '<b>&amp;</b>'; ?>") == "<?php echo '<b>&amp;</b>'; ?>"


def test_a_line_may_be_a_megabyte_long() -> None:
    assert len(text("a.txt", b"x" * 1_000_000)) == 1_000_000


def test_a_line_of_a_hundred_megabytes_is_too_large() -> None:
    assert refusal("a.txt", b"x" * 100_000_000) == ("invalid_file", TOO_LARGE)


def test_the_limit_counts_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_BYTES", 10)
    assert text("a.txt", b"0123456789") == "0123456789"
    assert refusal("a.txt", "éééééé".encode("utf-16")) == ("invalid_file", TOO_LARGE)

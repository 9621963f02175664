"""PDF, sound ones and those made to hurt; every one of them in its own process."""

from __future__ import annotations

import os

import pytest

from mockserver.extraction import confined
from tests.extraction.documents import deflated, pdf, shown, stream
from tests.extraction.reading import BROKEN, ENCRYPTED, NO_TEXT, TOO_LARGE, refusal, text

pytest.importorskip("pypdfium2", reason="reads PDF: the extra `pdf` is not installed")

LIMITED = pytest.mark.skipif(os.name != "posix", reason="needs the limits a POSIX system puts on a process")


def test_pages_and_lines() -> None:
    document = pdf(stream(shown("Title", "second line")), deflated(shown("Page two")))
    assert text("a.pdf", document) == "Title\nsecond line\n\nPage two"


def test_a_word_divided_between_lines_is_put_together() -> None:
    assert text("a.pdf", pdf(stream(shown("infor-", "mation")))) == "information"


def test_a_page_without_text_leaves_no_gap() -> None:
    document = pdf(stream(shown("one")), stream(b""), stream(shown("three")))
    assert text("a.pdf", document) == "one\n\nthree"


def test_something_in_front_of_the_header() -> None:
    assert text("a.pdf", b"\n\n" + pdf(stream(shown("words")))) == "words"


def test_a_lost_table_of_objects_is_made_again() -> None:
    document = pdf(stream(shown("words"))).replace(b"startxref\n", b"startxref\n9")
    assert text("a.pdf", document) == "words"


def test_a_scan_has_no_text() -> None:
    assert refusal("a.pdf", pdf(stream(b"0 0 100 100 re f"))) == ("invalid_file", NO_TEXT)


def test_a_password_is_asked_for() -> None:
    lock = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%s>/U<%s>>>" % (
        b"01" * 32,
        b"02" * 32,
    )
    assert refusal("a.pdf", pdf(stream(shown("words")), trailer=lock)) == ("invalid_file", ENCRYPTED)


@pytest.mark.parametrize(
    "document",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"\0" * 100_000,
        b"%PDF-1.7\n" + b"<</A" * 100_000,
        pdf(stream(shown("w")))[:200],
    ],
    ids=["nothing", "zeros", "depth", "cut"],
)
def test_broken_files(document: bytes) -> None:
    code, message = refusal("a.pdf", document)
    assert code == "invalid_file"
    assert message in {BROKEN, NO_TEXT}


@pytest.mark.parametrize("kids", ["2 0 R 4 0 R", "4 0 R 2 0 R", "4 0 R 99 0 R"])
def test_a_tree_of_pages_that_loops_or_ends_nowhere(kids: str) -> None:
    assert text("a.pdf", pdf(stream(shown("words")), kids=kids)) == "words"


def test_a_form_that_shows_itself() -> None:
    form = stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")
    assert text("a.pdf", pdf(stream(shown("words") + b" /X Do"), more=(form,))) == "words"


def test_thousands_of_pages() -> None:
    document = pdf(*[stream(shown(f"page {number}")) for number in range(2000)])
    assert text("a.pdf", document).count("page") == 2000


@LIMITED
@pytest.mark.parametrize(
    "content",
    [b" " * 100_000_000, b"q " * 10_000_000, b"BT /F 12 Tf " + b"(x) Tj " * 3_000_000],
    ids=["spaces", "states", "text"],
)
def test_a_page_that_unpacks_without_end(content: bytes) -> None:
    """The process has the memory it was given, and where it fails for want of more, the file is refused."""
    code, message = refusal("a.pdf", pdf(deflated(content)))
    assert code == "invalid_file"
    assert message in {BROKEN, TOO_LARGE, NO_TEXT}


@LIMITED
def test_work_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        confined,
        "_COMMAND",
        "from mockserver.extraction import confined as c; c.CPU_SECONDS = 1; c._confine()\nwhile True: pass",
    )
    assert refusal("a.pdf", pdf(stream(shown("words")))) == ("invalid_file", TOO_LARGE)


@LIMITED
def test_memory_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        confined,
        "_COMMAND",
        "from mockserver.extraction import confined as c; from mockserver.extraction.formats import pdf\n"
        "from dataclasses import replace\n"
        "form = replace(pdf.FORMAT, read=lambda content: str(bytearray(c.MEMORY_BYTES)))\n"
        "c.discover = lambda: {'.pdf': form}\n"
        "c.main()",
    )
    assert refusal("a.pdf", pdf(stream(shown("words")))) == ("invalid_file", TOO_LARGE)

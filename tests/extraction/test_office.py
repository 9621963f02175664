"""Word documents and presentations, sound ones and bombs."""

from __future__ import annotations

import zipfile

import pytest

from mockserver.extraction import packages
from tests.extraction.documents import docx, drawn, package, pptx, relations, said, word
from tests.extraction.reading import BROKEN, NO_TEXT, TOO_LARGE, refusal, text


def test_paragraphs_and_what_is_in_them() -> None:
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
        "<w:r><w:t>Hea</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>ding</w:t></w:r></w:p><w:p/>"
        "<w:p><w:r><w:t>one </w:t></w:r><w:hyperlink><w:r><w:t>two</w:t></w:r></w:hyperlink>"
        "<w:r><w:tab/><w:t>three</w:t><w:br/><w:t>line</w:t><w:noBreakHyphen/>"
        "<w:t>end &amp; é</w:t></w:r></w:p>"
    )
    assert text("a.docx", docx(body)) == "Heading\n\none two\tthree\nline-end & é"


def test_tables_are_lines_with_tabs() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{said('x')}</w:tc><w:tc>{said('y')}</w:tc></w:tr></w:tbl>"
    rows = (
        f"<w:tr><w:tc>{said('a')}</w:tc><w:tc>{said('b', 'c')}</w:tc></w:tr>"
        f"<w:tr><w:tc>{said('d')}</w:tc><w:tc>{inner}{said('z')}</w:tc></w:tr>"
    )
    document = docx(f"{said('before')}<w:tbl>{rows}</w:tbl>{said('after')}")
    assert text("a.docx", document) == "before\n\na\tb c\nd\tx\ty z\n\nafter"


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{said('in the box')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>around</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:t> it</w:t></w:r></w:p>"
    )
    assert text("a.docx", docx(body)) == "in the box\n\naround it"


def test_changes_are_read_as_accepted() -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert text("a.docx", docx(body)) == "new"


def test_headers_notes_and_footers() -> None:
    document = docx(
        said("body"),
        footer=said("page foot"),
        footnotes=f"<w:footnote>{said('a note')}</w:footnote>",
        endnotes=said("at the end"),
        header=said("page head"),
        comments=said("not for you"),
    )
    assert text("a.docx", document) == "page head\n\nbody\n\na note\n\nat the end\n\npage foot"


def test_a_header_is_read_once() -> None:
    document = package(
        {
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": word(said("body")),
            "word/_rels/document.xml.rels": relations(
                ("header", "first.xml"),
                ("header", "other.xml"),
                ("header", "missing.xml"),
                ("footer", "foot.xml"),
            ),
            "word/first.xml": word(said("head")),
            "word/other.xml": word(said("head")),
            "word/foot.xml": word(""),
        }
    )
    assert text("a.docx", document) == "head\n\nbody"


def test_a_document_of_the_strict_standard() -> None:
    part = word(said("words")).replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    rels = relations(("officeDocument", "/word/other.xml")).replace(
        "http://schemas.openxmlformats.org/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument"
    )
    assert text("a.docx", package({"_rels/.rels": rels, "word/other.xml": part})) == "words"


def test_slides_come_in_order_with_their_notes() -> None:
    table = f"<a:tbl><a:tr><a:tc>{drawn('k')}</a:tc><a:tc>{drawn('v')}</a:tc></a:tr></a:tbl>"
    document = pptx(
        [drawn("Second", "point"), f"{drawn('First')}{table}", drawn("not shown")],
        order=[2, 1],
        notes={1: drawn("say this") + '<a:p><a:fld type="slidenum"><a:t>1</a:t></a:fld></a:p>'},
    )
    assert text("a.pptx", document) == "First\n\nk\tv\n\nSecond\n\npoint\n\nsay this"


@pytest.mark.parametrize(
    "document",
    [
        package({"word/document.xml": word(said("nobody says that this is it"))}),
        package({"_rels/.rels": relations(("officeDocument", "word/document.xml"))}),
        package({"_rels/.rels": relations(("officeDocument", "../../etc/passwd"))}),
        package({"_rels/.rels": "<not xml"}),
        docx("<w:p><w:r>"),
        docx(said("words"))[:-40],
        docx(said("words")).replace(b"document.xml", b"document.xmm", 1),
        b"PK\x03\x04" + b"\0" * 1000,
    ],
)
def test_broken_packages(document: bytes) -> None:
    assert refusal("a.docx", document) == ("invalid_file", BROKEN)


def test_a_presentation_is_no_document() -> None:
    assert refusal("a.docx", pptx([drawn("words")], order=[1])) == ("invalid_file", NO_TEXT)


def test_compression_beyond_the_standard_is_refused() -> None:
    document = package(
        {"_rels/.rels": relations(("officeDocument", "w.xml")), "w.xml": word(said("words"))},
        zipfile.ZIP_LZMA,
    )
    assert refusal("a.docx", document) == ("invalid_file", BROKEN)


def test_an_encrypted_entry_is_refused() -> None:
    document = bytearray(docx(said("words")))
    entry = document.index(b"PK\x01\x02")
    document[entry + 8] |= 1
    document[6] |= 1
    assert refusal("a.docx", bytes(document)) == ("invalid_file", BROKEN)


# Bombs


def bomb(size: int) -> bytes:
    """A small package of which one part unpacks to so many bytes."""
    rels = relations(("officeDocument", "word/document.xml"))
    return package({"_rels/.rels": rels, "word/document.xml": b"<a>" + b" " * size})


def test_a_part_that_unpacks_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "UNPACKED_MAX", 10_000_000)
    assert refusal("a.docx", bomb(20_000_000)) == ("invalid_file", TOO_LARGE)


def test_parts_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "UNPACKED_MAX", 1_000_000)
    slides = [drawn("x" * 100_000)] * 12
    assert refusal("a.pptx", pptx(slides, order=list(range(1, 13)))) == ("invalid_file", TOO_LARGE)


def test_a_slide_that_is_shown_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "READS_MAX", 100)
    assert refusal("a.pptx", pptx([drawn("x")], order=[1] * 100)) == ("invalid_file", TOO_LARGE)


def test_pictures_stay_packed() -> None:
    document = package(
        {
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": word(said("words")),
            "word/media/image1.bmp": b"\0" * (packages.UNPACKED_MAX + 1),
        }
    )
    assert text("a.docx", document) == "words"


def test_a_directory_without_end() -> None:
    rels = relations(("officeDocument", "word/document.xml"))
    names = {f"{'x' * 1000}{number}": "" for number in range(2000)}
    assert refusal("a.docx", package({"_rels/.rels": rels, **names})) == ("invalid_file", TOO_LARGE)


def test_entities_are_not_expanded() -> None:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">'
        for inner, name in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    document = docx(said("&k;"), before=f"<!DOCTYPE w [{laughs}]>")
    assert refusal("a.docx", document) == ("invalid_file", BROKEN)


def test_entities_of_the_file_system_are_not_fetched() -> None:
    document = docx(said("&a;"), before='<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
    assert refusal("a.docx", document) == ("invalid_file", BROKEN)


@pytest.mark.parametrize("name", ["w:p", "w:tbl", "w:tc", "w:pPr"])
def test_elements_without_a_bottom(name: str) -> None:
    assert refusal("a.docx", docx(f"<{name}>" * 100_000)) == ("invalid_file", BROKEN)


@pytest.mark.parametrize(
    "body",
    [
        "<w:p a='" + "x" * 5_000_000 + "'/>",
        "<!--" + "x" * 5_000_000 + "-->",
        "<w:p " + " ".join(f'a{number}=""' for number in range(300_000)) + "/>",
        "".join(f"<a{number}/>" for number in range(10_000)),
        said("x" * 9_000_000),
    ],
    ids=["attribute", "comment", "attributes", "names", "paragraph"],
)
def test_what_the_parser_would_have_to_keep(body: str) -> None:
    assert refusal("a.docx", docx(body)) == ("invalid_file", TOO_LARGE)


def test_elements_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "NODES_MAX", 100_000)
    assert refusal("a.docx", docx("<w:p/>" * 100_001)) == ("invalid_file", TOO_LARGE)
    assert refusal("a.docx", docx('<w:p w:a="b"/>' * 50_001)) == ("invalid_file", TOO_LARGE)

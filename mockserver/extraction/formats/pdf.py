"""PDF, read by PDFium, the parser in Chrome: hardened by its fuzzing, and several times as fast as Python."""

from __future__ import annotations

import re
from typing import BinaryIO

from mockserver.extraction import unreadable
from mockserver.extraction.blocks import Blocks
from mockserver.extraction.format import Format, Library

_MAGIC = b"%PDF-"

# Fonts without a map to Unicode bring control characters; PDFium's own, U+0002, joins a word that a hyphen
# divided between two lines.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff]+")


def read(content: BinaryIO) -> str:
    """The text of all pages, their lines kept, an empty line between two pages."""
    import pypdfium2  # type: ignore[import-untyped]
    import pypdfium2.raw  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise unreadable.encrypted() from error
        raise
    blocks = Blocks()
    with document:
        for number in range(len(document)):
            try:
                page = document[number]
            except pypdfium2.PdfiumError:
                continue  # one page missing is no reason to lose the others
            text = page.get_textpage().get_text_bounded()
            page.close()
            blocks.write(_INVISIBLE.sub("", text.replace("\r\n", "\n")).strip())
            blocks.paragraph()
    return blocks.text()


FORMAT = Format(
    suffixes=(".pdf",),
    read=read,
    begins=lambda head: _MAGIC in head,  # readers have always put up with something in front of it
    library=Library(module="pypdfium2", extra="pdf"),
)

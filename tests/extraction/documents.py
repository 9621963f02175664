"""Documents made on the spot: packages of Office, PDFs and compound files of Word 97."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PRESENTATION = "http://schemas.openxmlformats.org/presentationml/2006/main"
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LISTED = "http://schemas.openxmlformats.org/package/2006/relationships"

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


# Office Open XML


def package(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def relations(*related: tuple[str, str]) -> str:
    """The part that lists relations: `r1`, `r2`, ... of a kind to a target each."""
    listed = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATED}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(related, 1)
    )
    return f'<Relationships xmlns="{_LISTED}">{listed}</Relationships>'


def word(inner: str, root: str = "w:document") -> str:
    """A part in WordprocessingML."""
    return f'<{root} xmlns:w="{_WORD}" xmlns:a="{_DRAWING}" xmlns:mc="{_COMPATIBILITY}">{inner}</{root}>'


def said(*texts: str) -> str:
    """Paragraphs of WordprocessingML, one run each."""
    return "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)


def docx(body: str, *, before: str = "", **beside: str) -> bytes:
    """A Word document; what stands beside the body is named by its kind of relation."""
    return package(
        {
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": before + word(f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relations(*((kind, f"{kind}.xml") for kind in beside)),
            **{f"word/{kind}.xml": word(inner, "w:part") for kind, inner in beside.items()},
        }
    )


def drawing(inner: str) -> str:
    """A part in DrawingML."""
    return f'<p:part xmlns:p="{_PRESENTATION}" xmlns:a="{_DRAWING}">{inner}</p:part>'


def drawn(*texts: str) -> str:
    """Paragraphs of DrawingML."""
    return "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)


def pptx(slides: list[str], *, order: list[int], notes: dict[int, str] | None = None) -> bytes:
    """A presentation of these slides, shown in that order, with notes to some of them."""
    shown = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in order)
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "/ppt/presentation.xml")),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{_PRESENTATION}" xmlns:r="{_RELATED}">'
        f"<p:sldIdLst>{shown}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1))
        ),
    }
    for number, slide in enumerate(slides, 1):
        parts[f"ppt/slides/slide{number}.xml"] = drawing(slide)
    for number, note in (notes or {}).items():
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(("notesSlide", "../notes/n.xml"))
        parts["ppt/notes/n.xml"] = drawing(note)
    return package(parts)


# PDF


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A PDF stream, as it is."""
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def deflated(data: bytes) -> bytes:
    """A PDF stream, compressed."""
    return stream(zlib.compress(data, 9), b"/Filter/FlateDecode")


def shown(*lines: str) -> bytes:
    """The page content that shows these lines."""
    return b"BT /F 12 Tf 72 720 Td %s ET" % b" 0 -14 Td ".join(b"(%s) Tj" % line.encode() for line in lines)


def pdf(*contents: bytes, kids: str = "", more: tuple[bytes, ...] = (), trailer: bytes = b"") -> bytes:
    """A PDF with a page for each of these streams; the first page is object 4, `more` come after the last."""
    pages = range(4, 4 + 2 * len(contents), 2)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>"
        % ((kids or " ".join(f"{page} 0 R" for page in pages)).encode(), len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    others = 4 + 2 * len(contents)
    for page, content in zip(pages, contents, strict=True):
        resources = b"<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>" % others
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources%s>>"
            % (page + 1, resources),
            content,
        ]
    file = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate((*objects, *more), 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1,
        trailer,
        table,
    )
    return bytes(file)


# Word 97


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file: header, one sector of FAT, one of directory, and the streams."""
    fat, content, entries = [_FAT, _END], b"", []
    for name, data in streams.items():
        count = -(-max(len(data), 4096) // _SECTOR)  # smaller ones would have to go into a mini stream
        first = len(fat)
        fat += [*range(first + 1, first + count), _END]
        content += data.ljust(count * _SECTOR, b"\0")
        entries.append((name, 2, first, count * _SECTOR))
    directory = b"".join(
        _entry(name, kind, first, size, child=1 if kind == 5 else None, right=number + 1)
        if number < len(entries)
        else _entry(name, kind, first, size, child=None, right=None)
        for number, (name, kind, first, size) in enumerate([("Root Entry", 5, _END, 0), *entries])
    )
    fat += [_FREE] * (_SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, _END, 0, _END, 0),
    )
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory.ljust(_SECTOR, b"\0") + content


def _entry(name: str, kind: int, first: int, size: int, *, child: int | None, right: int | None) -> bytes:
    """One entry of the directory; siblings hang on each other's right."""
    written = name.encode("utf-16-le")
    if kind == 5:
        right = None
    return struct.pack(
        "<64sHBBIII36xIII",
        written,
        *(len(written) + 2, kind, 1, _FREE),
        *(_FREE if right is None else right, _FREE if child is None else child),
        *(first, size, 0),
    )


def doc(
    *pieces: str | bytes, lengths: tuple[int, ...] = (), flags: int = 0x0200, version: int = 0xC1
) -> bytes:
    """A Word 97 document. A piece of str is stored in UTF-16, one of bytes in Windows-1252.

    `lengths` are those of main text, footnotes, headers, macros, comments, endnotes, boxes, header boxes.
    """
    place, text, table, bounds = 1024, b"", b"", [0]
    for piece in pieces:
        spelled = piece if isinstance(piece, bytes) else piece.encode("utf-16-le")
        offset = place + len(text)
        where = offset * 2 | 1 << 30 if isinstance(piece, bytes) else offset
        table += struct.pack("<HIH", 0, where, 0)
        text += spelled + b"\0" * (len(spelled) % 2)
        bounds.append(bounds[-1] + len(piece))
    lengths = lengths or (bounds[-1],)
    fib = bytearray(place)
    struct.pack_into("<HH", fib, 0, 0xA5EC, version)
    struct.pack_into("<H", fib, 0x0A, flags)
    struct.pack_into("<8I", fib, 0x4C, *lengths, *[0] * (8 - len(lengths)))
    described = struct.pack(f"<{len(bounds)}I", *bounds) + table
    properties = b"\x01\x04\0abcd"
    clx = properties + b"\x02" + struct.pack("<I", len(described)) + described
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + text, "1Table": clx})

"""Word documents (.docx): headers, the body, notes, footers."""

from __future__ import annotations

from typing import BinaryIO

from mockserver.extraction.blocks import Blocks
from mockserver.extraction.format import Format
from mockserver.extraction.office import OfficeText
from mockserver.extraction.packages import Package

_MAIN = "main"
_ORDER = ("header", _MAIN, "footnotes", "endnotes", "footer")
_RUNNING = {"header", "footer"}
_RUNNING_MAX = 1_000_000


def read(content: BinaryIO) -> str:
    """The text in that order; a header that the first page shares with all others is read once."""
    package = Package(content)
    main = package.main()
    parts: dict[str, list[str]] = {kind: [] for kind in _ORDER} | {_MAIN: [main]}
    for relation in package.relations(main):
        if relation.kind in _ORDER and package.has(relation.target):
            parts[relation.kind].append(relation.target)
    blocks, seen = Blocks(), set()
    for kind in _ORDER:
        for part in parts[kind]:
            if kind in _RUNNING:
                running = Blocks(_RUNNING_MAX)
                package.read(part, OfficeText(running))
                text = running.text()
                if text not in seen:
                    blocks.write(text)
                seen.add(text)
            else:
                package.read(part, OfficeText(blocks))
            blocks.paragraph()
    return blocks.text()


FORMAT = Format(suffixes=(".docx",), read=read, begins=lambda head: head.startswith(b"PK"))

"""Presentations (.pptx): slides in the order of showing, each with its diagrams and the speaker's notes."""

from __future__ import annotations

from typing import BinaryIO

from mockserver.extraction.blocks import Blocks
from mockserver.extraction.format import Format
from mockserver.extraction.office import OfficeText
from mockserver.extraction.packages import Attributes, Package

_BESIDE = ("diagramData", "notesSlide")


class _Order:
    """Collects the relations a presentation's list of slides names."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            # `id` without a namespace is the slide's number; the relation is the one that has one.
            self.ids += [value for key, value in attributes.items() if key.endswith("relationships id")]

    def end(self, name: str) -> None:
        pass

    def text(self, piece: str) -> None:
        pass


def read(content: BinaryIO) -> str:
    """The text of all slides."""
    package = Package(content)
    main = package.main()
    order = _Order()
    package.read(main, order)
    slides = {
        relation.id: relation.target for relation in package.relations(main) if relation.kind == "slide"
    }
    blocks = Blocks()
    for slide in (slides[listed] for listed in order.ids if listed in slides):
        beside = package.relations(slide)
        for part in (slide, *(other.target for kind in _BESIDE for other in beside if other.kind == kind)):
            if package.has(part):
                package.read(part, OfficeText(blocks))
                blocks.paragraph()
    return blocks.text()


FORMAT = Format(suffixes=(".pptx",), read=read, begins=lambda head: head.startswith(b"PK"))

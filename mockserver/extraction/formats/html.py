"""HTML: what a browser would show, and the title.

Not by html.parser: in the Pythons we run on, a crafted page takes it quadratic time, or gigabytes for the
attributes nobody asked for. We need only tell tags from text, so one expression does it, and like a browser
it takes what is left open to go on to the end of the page. Each character is looked at once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import BinaryIO

from mockserver.extraction import unreadable
from mockserver.extraction.blocks import Blocks
from mockserver.extraction.encodings import decode
from mockserver.extraction.format import Format

MARKS_MAX = 1_500_000
"""So many tags and character references one page may have."""

_MARKUP = re.compile(
    r"""
      <!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]{0,40})(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+(?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

_HIDDEN = {"script", "style", "template", "noscript", "iframe", "noembed", "noframes", "object"}
_VERBATIM = {"title", "textarea"}
"""Tags mean nothing in these, references do."""

_LINES = {"br", "tr", "li", "dt", "dd", "option", "legend", "caption", "summary"}
# fmt: off
_PARAGRAPHS = {
    "title", "body", "p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "section", "article", "aside",
    "header", "footer", "nav", "main", "address", "blockquote", "pre", "ul", "ol", "dl", "table",
    "thead", "tbody", "tfoot", "form", "fieldset", "figure", "figcaption", "details", "hr", "hgroup",
}
# fmt: on
_CELLS = {"td", "th"}

_SPACE = " \t\n\f\r"
_SPACES = re.compile(f"[{_SPACE}]+")
_STRETCH = 1 << 16


class _Page:
    """Text as a browser lays it out: space collapses, except in `pre`."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self._pre = 0
        self._begun = False
        self._between = ""

    def tag(self, name: str, *, ends: bool) -> None:
        if name in _PARAGRAPHS:
            self._break()
            self.blocks.paragraph()
        elif name in _LINES:
            self._break()
            self.blocks.line()
        elif name in _CELLS and not ends and self._begun:
            self._between = "\t"
        if name == "pre":
            self._pre = max(0, self._pre - 1 if ends else self._pre + 1)

    def text(self, piece: str) -> None:
        piece = html.unescape(piece)
        if self._pre:
            self.blocks.write(piece)
            self._begun = True
            return
        words = _SPACES.sub(" ", piece)
        if words.startswith(" ") and self._begun:
            self._between = self._between or " "
        written = words.strip(" ")
        if written:
            self.blocks.write(self._between + written)
            self._begun = True
            self._between = " " if words.endswith(" ") else ""

    def _break(self) -> None:
        self._begun = False
        self._between = ""


def read(content: BinaryIO) -> str:
    """The page's text, a block to a line or paragraph, cells of a table apart by tabs."""
    return _lay_out(decode(content)).text()


def _lay_out(source: str) -> Blocks:
    if source.count("<") + source.count("&") > MARKS_MAX:
        raise unreadable.too_large()
    page = _Page()
    place = 0
    while found := _MARKUP.search(source, place):
        for stretch in _stretches(source, place, found.start()):
            page.text(stretch)
        place = found.end()
        name = (found["name"] or "").lower()
        if not name:
            continue
        page.tag(name, ends=bool(found["end"]))
        if not found["end"] and (name in _HIDDEN or name in _VERBATIM):
            end = _end_of(name, source, place)
            if name in _VERBATIM:
                for stretch in _stretches(source, place, end):
                    page.text(stretch)
            place = end
    for stretch in _stretches(source, place, len(source)):
        page.text(stretch)
    return page.blocks


def _end_of(name: str, source: str, place: int) -> int:
    """Where the end tag stands, or the end of the page."""
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, place)
    return found.start() if found else len(source)


def _stretches(source: str, place: int, end: int) -> Iterator[str]:
    """Text in pieces that are cheap to work on, cut where there is a space if there is one."""
    while end - place > _STRETCH:
        cut = source.rfind(" ", place + 1, place + _STRETCH)
        cut = cut if cut > 0 else place + _STRETCH
        yield source[place:cut]
        place = cut
    if place < end:
        yield source[place:end]


FORMAT = Format(suffixes=(".html",), read=read)

"""The text of WordprocessingML and DrawingML, which name paragraphs, runs and tables alike."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.extraction import unreadable
from mockserver.extraction.blocks import Blocks
from mockserver.extraction.packages import Attributes

HELD_MAX = 8_000_000
"""So many characters one paragraph or outermost table row may have."""

# Properties hold tab stops, which look like tabs. A fallback says again what its choice said, and moved text
# stands where it went. What was deleted is gone.
_SKIPPED = {"pPr", "rPr", "Fallback", "moveFrom", "del"}
_SPOKEN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NUMBERING = ("slidenum", "datetime")


class OfficeText:
    """Reads parts of a package into blocks: paragraphs apart, a table row as a line with tabs.

    A text box stands inside a paragraph that it interrupts, and is written before it.
    """

    def __init__(self, blocks: Blocks) -> None:
        """Everything read goes there."""
        self._blocks = blocks
        self._paragraphs: list[list[str]] = []
        self._rows: list[list[str]] = []
        self._cells: list[list[str]] = []
        self._skipped = 0
        self._heard = False
        self._held = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if self._skipped or name in _SKIPPED or (name == "fld" and _is_number(attributes)):
            self._skipped += 1
        elif name == "t":
            self._heard = True
        elif name == "p":
            self._paragraphs.append([])
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._cells.append([])
        elif name in _SPOKEN:
            self._say(_SPOKEN[name])

    def end(self, name: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
        elif name == "t":
            self._heard = False
        elif name == "p":
            self._write("".join(self._paragraphs.pop()).strip(), self._blocks.paragraph)
        elif name == "tc":
            cell = " ".join(self._cells.pop())
            if self._rows:
                self._rows[-1].append(cell)
        elif name == "tr":
            self._write("\t".join(self._rows.pop()).strip(), self._blocks.line)
        elif name == "tbl" and not self._cells:
            self._blocks.paragraph()

    def text(self, piece: str) -> None:
        """Some characters of the innermost element."""
        if self._heard and not self._skipped:
            self._say(piece)

    def _say(self, piece: str) -> None:
        if self._paragraphs:
            self._held += len(piece)
            if self._held > HELD_MAX:
                raise unreadable.too_large()
            self._paragraphs[-1].append(piece)

    def _write(self, block: str, end: Callable[[], None]) -> None:
        """A finished paragraph or row goes into the cell around it, or out."""
        if self._cells:
            if block:
                self._cells[-1].append(block)
            return
        self._blocks.write(block)
        end()
        if not self._paragraphs and not self._rows:
            self._held = 0


def _is_number(attributes: Attributes) -> bool:
    """Whether a field shows the number of the slide or a date, which nobody looks for."""
    return attributes.get("type", "").startswith(_NUMBERING)

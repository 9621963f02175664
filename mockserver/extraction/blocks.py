"""The text of a document while it grows: lines, paragraphs, and a limit."""

from __future__ import annotations

from mockserver.extraction import unreadable

MAX_BYTES = 40_000_000
"""So much text, as UTF-8, one document may give.

The documented limit is 5,000,000 tokens, which whoever cuts the text into chunks will count. This one only
keeps memory low, and leaves eight bytes for each of them.
"""


class Blocks:
    """Pieces of text and the breaks between them.

    Kept as UTF-8: as a string, one emoji would make all the rest four bytes a character.
    """

    def __init__(self, limit: int | None = None) -> None:
        """Begin without text, and with another limit where less is enough."""
        self._limit = MAX_BYTES if limit is None else limit
        self._spelled = bytearray()
        self._break = b""

    def write(self, piece: str) -> None:
        """Go on with the line, or begin one where a break is due. Raises UnreadableError beyond the limit."""
        if not piece:
            return
        if self._spelled:
            self._spelled += self._break
        self._break = b""
        self._spelled += piece.encode(errors="replace")
        if len(self._spelled) > self._limit:
            raise unreadable.too_large()

    def line(self) -> None:
        """What is written next begins a line."""
        self._break = self._break or b"\n"

    def paragraph(self) -> None:
        """What is written next begins a paragraph, an empty line away."""
        self._break = b"\n\n"

    def text(self) -> str:
        """All of it."""
        return self._spelled.decode()

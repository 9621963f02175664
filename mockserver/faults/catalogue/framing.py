"""Streams that are right in what they tell and unusual in how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from mockserver.faults.contract import Occasion, fault
from mockserver.faults.events import STREAMED, StreamFault
from mockserver.faults.parameters import optional, text, whole
from mockserver.frames import Body, Frames

framing_fault = partial(
    fault,
    group="stream",
    operations=STREAMED,
    needs="`stream: true`",
    performed="yes",
    definite=True,
    evidence="documented",
)

_STANDARD = "the HTML standard, 9.2 Server-sent events"

_INSIDE = re.compile(
    rb"[\xc0-\xff](?=[\x80-\xbf])"  # the first byte of a character of several
    rb"|(?:(?<=^ev)|(?<=\nda))"  # in the middle of the word before the colon
    rb"|\n(?=\r?\n)"  # between the two ends of line after an event
)


@framing_fault(
    "sse.split_utf8",
    wire="the bytes of every event come in pieces, cut inside of characters of several bytes, of lines and of"
    " the blank line at the end",
    client="puts bytes together before it takes them for text, and lines before it takes them for events",
    source="a general property of HTTP: where a body is cut into pieces means nothing",
)
@dataclass(frozen=True)
class Split(StreamFault):
    """The stream is cut up in the middle of characters and lines, and nothing is missing."""

    size: int | None = optional(whole(1, "pieces of so many bytes instead", min=1))

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The same bytes in pieces."""
        for frame in upstream:
            if isinstance(frame, Body):
                occasion.acted()
                yield from map(Body, self._pieces(frame.data))
            else:
                yield frame

    def _pieces(self, data: bytes) -> list[bytes]:
        if self.size is not None:
            return [data[at : at + self.size] for at in range(0, len(data), self.size)]
        cuts = sorted({0, *(found.end() for found in _INSIDE.finditer(data)), len(data) // 2, len(data)})
        return [data[start:end] for start, end in pairwise(cuts)]


@framing_fault(
    "sse.comments",
    wire="before every event stands a line that begins with a colon",
    client="passes over comments; they keep connections open",
    source=_STANDARD,
    alike="sse.split_utf8",
)
@dataclass(frozen=True)
class Commented(StreamFault):
    """Comments stand between the events, as proxies send them to keep a connection open."""

    comment: str = text("keep-alive", "what the comment says")

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """A comment before every event."""
        line = Body(f": {' '.join(self.comment.split())}\n\n".encode())
        for frame in upstream:
            if isinstance(frame, Body):
                occasion.acted()
                yield line
            yield frame


@framing_fault(
    "sse.crlf",
    wire="lines end with CR LF instead of LF",
    client="takes CR LF, LF and CR for the end of a line",
    source=_STANDARD,
    alike="sse.split_utf8",
)
@dataclass(frozen=True)
class CarriageReturns(StreamFault):
    """The lines of the stream end as those of HTTP do."""

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The same lines with other ends."""
        for frame in upstream:
            if isinstance(frame, Body):
                occasion.acted()
                yield Body(frame.data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            else:
                yield frame

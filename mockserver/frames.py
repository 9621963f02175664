"""A reply is a lazy run of frames. Who pumps them owns the time; who wraps them may drop or change them.

Laziness tells the truth: a wrapper that never pulls means nothing was done; one that drains the frames and
then cuts means it was done and the answer was lost. A wrapper may drop heads and bodies, never a `Wait`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream; charset=utf-8"
BYTES_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers.

    `length` is that of a body which is known from the start, None for a stream. A `foreign` head was
    written by somebody on the way and lacks the API's own headers.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    length: int | None = None
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Some bytes of the body."""

    data: bytes


@dataclass(eq=False, slots=True)
class Bell:
    """How somebody else wakes a reply that waits."""

    ring: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send before `until` (milliseconds of the world's clock), or until the bell rings."""

    until: int
    bell: Bell


@dataclass(frozen=True, slots=True)
class Cut:
    """Drop the connection here: what was sent still arrives, unless it is `reset`."""

    reset: bool = False


Frame = Head | Body | Wait | Cut
Frames = Iterator[Frame]


def event(name: str, data: bytes) -> bytes:
    """One server-sent event as the API frames it: name, data on one line, blank line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


DONE = event("done", b"[DONE]")
"""The last event of every stream; the six characters are compared for equality by openai-node."""

_BLANK = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"event: ?([^\r\n]*)")


def event_name(whole: bytes) -> str:
    """The name of an event that is there as a whole, empty for one without, such as a comment."""
    found = _NAME.match(whole)
    return found[1].decode(errors="replace") if found else ""


class Events:
    """The bytes of a stream put together to whole events again, however they come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def rest(self) -> bytes:
        """What has come of an event that is not whole yet."""
        return bytes(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """The events that are whole now, each with its blank line."""
        seen = max(0, len(self._rest) - 3)  # as much of a blank line may have been there
        self._rest += data
        whole = []
        while found := _BLANK.search(self._rest, seen):
            whole.append(bytes(self._rest[: found.end()]))
            del self._rest[: found.end()]
            seen = 0
        return whole

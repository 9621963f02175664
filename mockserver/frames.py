"""A reply is a lazy run of frames. Who pumps them owns the time; who wraps them may drop or change them.

Laziness tells the truth: a wrapper that never pulls means nothing was done; one that drains the frames and
then cuts means it was done and the answer was lost. A wrapper may drop heads and bodies, never a `Wait`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream; charset=utf-8"


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

"""The events of a stream as faults take them: one after the other, however their bytes come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator

from mockserver.faults.contract import Fault, Occasion
from mockserver.frames import STREAM_TYPE, Body, Cut, Events, Frame, Frames, Head, Wait, event_name
from mockserver.lifecycle import RUN

STREAMED = ("runs.create", "threads.create_and_run", "runs.submit_tool_outputs")
"""The operations that answer with a stream when they are asked for one."""

ENDS = frozenset(RUN.event(status) for status in (*RUN.terminal, "requires_action"))
"""The names of the events after which a run's stream has nothing more to tell."""

LAST = "done"
"""The name of the event that says `[DONE]`."""


class StreamFault(Fault, ABC):
    """A fault that acts on the events of a run's stream. Refusals and plain answers are let through."""

    seeks = True

    def fits(self, occasion: Occasion) -> bool:
        """Whether a stream is asked for."""
        return occasion.streams

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The stream with other events."""
        if (yield from _begins(upstream)):
            yield from self.events(occasion, whole_events(upstream))
        else:
            yield from upstream

    @abstractmethod
    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """What comes after the head, made of frames that hold whole events."""


def name_of(frame: Frame) -> str:
    """The name of the event in a frame, empty if it is none."""
    return event_name(frame.data) if isinstance(frame, Body) else ""


def whole_events(upstream: Frames) -> Frames:
    """The same frames with one whole event in each body. What is cut off in the middle stays so."""
    arriving = Events()
    for frame in upstream:
        match frame:
            case Body():
                yield from map(Body, arriving.feed(frame.data))
            case Cut() if arriving.rest:
                yield Body(arriving.rest)
                yield frame
                return
            case Head() | Wait() | Cut():
                yield frame
    if arriving.rest:
        yield Body(arriving.rest)


def first_events(upstream: Frames, count: int) -> Generator[Frame, None, tuple[bool, Body | None]]:
    """The first so many events of a stream, or all before its `[DONE]`; use it with `yield from`.

    What comes back is whether the connection still stands, and the `[DONE]` that was met.
    """
    seen = 0
    while seen < count:
        frame = next(upstream, None)
        if frame is None:
            return True, None
        name = name_of(frame)
        if isinstance(frame, Body) and name == LAST:
            return True, frame
        yield frame
        if isinstance(frame, Cut):
            return False, None
        seen += bool(name)
    return True, None


def _begins(upstream: Frames) -> Generator[Frame, None, bool]:
    """Everything up to the head of an answer; whether that is the head of a stream."""
    for frame in upstream:
        yield frame
        if isinstance(frame, Head):
            return frame.status == 200 and frame.content_type == STREAM_TYPE
    return False

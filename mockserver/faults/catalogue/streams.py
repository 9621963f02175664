"""Streams of runs that break off, stall, or tell their events otherwise than they should."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain

from mockserver import errors, objects
from mockserver.faults.contract import Occasion, fault
from mockserver.faults.events import ENDS, LAST, STREAMED, StreamFault, first_events, name_of
from mockserver.faults.parameters import choice, duration, optional, text, whole
from mockserver.frames import Body, Cut, Frames, event

stream_fault = partial(
    fault, group="stream", operations=STREAMED, needs="`stream: true`", performed="yes", definite=True
)

_AFTER = "after how many events, at the latest before [DONE]"
_POSITION = "which one of those that `of` names"
_OF = "the names of the events that are counted, * for any letters"
_UNREPORTED = "no report of it is known; it is what a relay with a bug would do"


@stream_fault(
    "sse.cut",
    error=10,
    wire="the connection is closed after a few events; in Python that is RemoteProtocolError of httpx (from"
    " openai 3.0 on of httpx2), 'peer closed connection without sending complete message body (incomplete"
    " chunked read)', alone or as the cause of APIConnectionError, in Node 'terminated'",
    client="keeps the id of the run from the first event, asks for the run and waits for its end, and does"
    " not start another one: the run goes on",
    evidence="observed",
    source="openai/openai-python#2356, #2065, #873; openai/openai-node#945",
)
@dataclass(frozen=True)
class Broken(StreamFault):
    """The connection drops in the middle of the stream while the run goes on."""

    after: int = whole(3, _AFTER)

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """A few events and no end."""
        stands, _ = yield from first_events(upstream, self.after)
        if stands:
            occasion.acted()
            yield Cut()


@stream_fault(
    "sse.stall",
    wire="nothing more comes after a few events; when the client's time for reading is up, the connection"
    " is closed. In virtual time that time is charged at once, as the SDK states it in its request",
    client="has a shorter time limit for reading a stream than the SDK's 600 seconds, and asks for the run"
    " when it is over",
    evidence="inferred",
    source="a general property of HTTP; the SDKs send their limit as x-stainless-read-timeout",
)
@dataclass(frozen=True)
class Stalled(StreamFault):
    """The stream falls silent after a few events while the run goes on."""

    after: int = whole(3, _AFTER)
    length: int | None = optional(
        duration("30s", "how long; then the stream goes on, if the client still waits")
    )

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """A few events, and the rest late or never."""
        stands, last = yield from first_events(upstream, self.after)
        if not stands:
            return
        occasion.acted()
        if (yield from occasion.silence(self.length)):
            yield from chain([last] if last else [], upstream)
        else:
            yield Cut()


@stream_fault(
    "sse.no_terminal",
    wire="the last event of the run (thread.run.completed, thread.run.requires_action …) and [DONE] are"
    " missing; the body ends as if that were all. Python notices nothing, Node's helper says 'Final run has"
    " not been received'",
    client="takes a stream without a last event of the run for broken off, and asks for the run",
    evidence="inferred",
    source="a general property of HTTP: a relay may end a body in good order although it had not read all",
    explored=("sse.no_terminal", "sse.no_terminal(after=10)"),
)
@dataclass(frozen=True)
class Endless(StreamFault):
    """The stream ends in good order before the run does."""

    after: int | None = optional(whole(10, "after how many events; otherwise it lacks only the last"))

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Everything but the end, or a beginning."""
        if self.after is not None:
            stands, _ = yield from first_events(upstream, self.after)
            if stands:
                occasion.acted()
            return
        for frame in upstream:
            if name_of(frame) in ENDS or name_of(frame) == LAST:
                occasion.acted()
            else:
                yield frame


@stream_fault(
    "sse.no_done",
    wire="[DONE] alone is missing; the body ends after the last event of the run",
    client="goes by the last event of the run and does not wait for [DONE]",
    evidence="inferred",
    source="the published description has [DONE] at the end; no report of a stream without it is known",
)
@dataclass(frozen=True)
class Undone(StreamFault):
    """The stream ends without `[DONE]`."""

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Everything but `[DONE]`."""
        for frame in upstream:
            if name_of(frame) == LAST:
                occasion.acted()
            else:
                yield frame


@dataclass(frozen=True)
class _Picking(StreamFault):
    """A fault of one event of the stream."""

    position: int = whole(1, _POSITION, min=1)
    of: str = text("*.delta", _OF)

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The stream with that one event changed."""
        seen = 0
        for frame in upstream:
            name = name_of(frame)
            seen += bool(name) and name != LAST and fnmatchcase(name, self.of)
            if isinstance(frame, Body) and seen == self.position:
                yield from self.picked(occasion, frame, upstream)
                break
            yield frame
        yield from upstream

    @abstractmethod
    def picked(self, occasion: Occasion, frame: Body, upstream: Frames) -> Frames:
        """What comes in place of the event."""


@stream_fault(
    "sse.duplicate_event",
    wire="one event comes twice, by default the first delta",
    client="shows the text of thread.message.completed in the end, not what the deltas added up to; does what"
    " an event asks for once",
    evidence="inferred",
    source=_UNREPORTED,
)
@dataclass(frozen=True)
class Doubled(_Picking):
    """An event of the stream comes twice."""

    def picked(self, occasion: Occasion, frame: Body, upstream: Frames) -> Frames:
        """The event, and the event."""
        occasion.acted()
        yield frame
        yield frame


@stream_fault(
    "sse.missing_event",
    wire="one event does not come, by default the first delta",
    client="shows the text of thread.message.completed in the end, not what the deltas added up to; asks for"
    " the run when what it waits for does not come",
    evidence="inferred",
    source=_UNREPORTED,
)
@dataclass(frozen=True)
class Missing(_Picking):
    """An event of the stream does not come."""

    def picked(self, occasion: Occasion, frame: Body, upstream: Frames) -> Frames:
        """Nothing."""
        occasion.acted()
        return iter(())


@stream_fault(
    "sse.reordered",
    wire="one event comes after the one that follows it, by default the first delta",
    client="shows the text of thread.message.completed in the end, not what the deltas added up to; stands an"
    " event about something it has not heard of yet",
    evidence="inferred",
    source=_UNREPORTED,
)
@dataclass(frozen=True)
class Swapped(_Picking):
    """Two events of the stream come in the wrong order."""

    def picked(self, occasion: Occasion, frame: Body, upstream: Frames) -> Frames:
        """The next event, and then this one; not beyond `[DONE]`, behind which nobody looks."""
        for following in upstream:
            name = name_of(following)
            if name and name != LAST:
                occasion.acted()
                yield following
                yield frame
                return
            if isinstance(following, Cut) or (isinstance(following, Body) and not _is_comment(following)):
                yield frame
                yield following
                return
            yield following
        yield frame


def _is_comment(frame: Body) -> bool:
    return frame.data.startswith(b":")


@stream_fault(
    "sse.error_event",
    error=10,
    entries=(errors.SERVER_ERROR,),
    wire="`event: error` after a few events, then the body ends. With form=wrapped the data is"
    ' {"error": {…}}: Python raises APIError, Node throws. With form=bare it is the error itself, as'
    " published: Node throws, Python raises nothing and hands on a strange event",
    client="takes an error event, or a stream without a last event of the run, for broken off, and asks for"
    " the run",
    evidence="documented",
    source="the published ErrorEvent ('an internal server error or a timeout'); no recording is known",
)
@dataclass(frozen=True)
class ErrorTold(StreamFault):
    """An error comes as an event of the stream while the run goes on."""

    form: str = choice("wrapped", "bare", about="how the error is told")
    after: int = whole(3, _AFTER)

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """A few events and the error."""
        stands, _ = yield from first_events(upstream, self.after)
        if stands:
            occasion.acted()
            wrapped = errors.SERVER_ERROR(request_id=occasion.request_id).body()
            told = wrapped if self.form == "wrapped" else wrapped["error"]
            yield Body(event("error", objects.compact(told)))


@stream_fault(
    "sse.unknown_event",
    wire="an event of a name that no SDK knows stands between the others; Python hands on an object of the"
    " class ThreadCreated, whose data lacks nearly everything",
    client="passes over events that it does not know",
    evidence="documented",
    source="the published description of the stream: 'we may add additional events over time, so we recommend"
    " handling unknown events gracefully'",
)
@dataclass(frozen=True)
class Unheard(StreamFault):
    """An event that is not published comes among the others."""

    name: str = text("thread.run.reviewed", "the name of the event")
    after: int = whole(3, _AFTER)

    def events(self, occasion: Occasion, upstream: Frames) -> Frames:
        """One event more."""
        stands, last = yield from first_events(upstream, self.after)
        if stands:
            occasion.acted()
            data = {"id": occasion.world.new_id("evt"), "object": self.name}
            yield Body(event(" ".join(self.name.split()), objects.compact(data)))
            yield from chain([last] if last else [], upstream)

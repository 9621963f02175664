"""Connections that break, stall or crawl, whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver.faults.answers import begun, opening
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.parameters import duration, flag, whole
from mockserver.frames import Body, Cut, Frames, Head

HTTP = "a general property of HTTP"
RETRIED = f"{HTTP}; the SDKs repeat every call whose connection breaks"


@fault(
    "refuse",
    group="transport",
    wire="the connection is closed without an answer, and nothing was done",
    client="repeats the call after a pause, and gives up with an error of its own after a few attempts",
    evidence="observed",
    source=RETRIED,
    performed="no",
    definite=False,
    alike="reset_before",
)
@dataclass(frozen=True)
class Refuse(Fault):
    """Nobody answers: the connection closes before anything is done.

    Outside, a refusal comes before the connection is made, so no server could know whose call it was. Here
    the connection is made, the request is read, and only then is it closed. An SDK reports both as
    APIConnectionError and repeats the call; only the cause inside says which it was.
    """

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Nothing."""
        yield Cut()


@fault(
    "reset_before",
    group="transport",
    wire="the connection is reset while the client waits for an answer, and nothing was done",
    client="cannot know that nothing was done: asks what is there before it repeats what makes something",
    evidence="observed",
    source=RETRIED,
    performed="no",
    definite=False,
)
@dataclass(frozen=True)
class ResetBefore(Fault):
    """The connection is reset before anything is done."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Nothing."""
        yield Cut(reset=True)


@fault(
    "lost_ack",
    group="transport",
    mutating=True,
    wire="the connection is closed without an answer, after everything was done",
    client="asks what is there before it repeats the call: the SDK's own retry does the same thing twice",
    evidence="observed",
    source=RETRIED,
    performed="yes",
    definite=False,
)
@dataclass(frozen=True)
class LostAck(Fault):
    """The operation is done and its answer is lost on the way.

    Of a stream not even the beginning arrives, and the run goes on.
    """

    reset: bool = flag(False, "whether the connection is reset instead of closed")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Everything but what there was to say."""
        yield from begun(upstream)
        yield Cut(self.reset)


@fault(
    "double_delivery",
    group="transport",
    mutating=True,
    wire="the answer to the second of two equal requests: two messages where one was sent, or a refusal"
    " because of what the first one did",
    client="looks what is there after a refusal it cannot explain, and passes over what stands there twice",
    evidence="inferred",
    source=f"{HTTP}: what stands between may repeat a request, and the API knows no idempotency keys",
    performed="yes",
    definite=False,
)
@dataclass(frozen=True)
class DoubleDelivery(Fault):
    """The request arrives twice, and the client gets the second answer.

    The answer to the first is lost. A message stands there twice; a second run is refused because the first
    is active; what was deleted is not found.
    """

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer to the request that came second."""
        yield from begun(occasion.perform())
        yield from upstream


@fault(
    "stall",
    group="transport",
    wire="nothing comes until the client gives up; in virtual time the clock jumps to that moment and the"
    " connection closes",
    client="has a read time-out that fits what it does: the SDKs' own is 600 s, and they try three times",
    evidence="observed",
    source="the SDKs name their read time-out in x-stainless-read-timeout (Python) or x-stainless-timeout",
    performed="as asked",
    definite=False,
)
@dataclass(frozen=True)
class Stall(Fault):
    """No answer ever comes.

    In virtual time nobody waits: the client's own read time-out is charged to the world's clock and the
    connection is closed, so an SDK raises APIConnectionError where it would raise APITimeoutError outside.
    With a real clock the client really waits and gives up by itself.
    """

    done: bool = flag(False, "whether the operation was done all the same")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Silence."""
        if self.done:
            yield from begun(upstream)
        yield from occasion.silence()
        yield Cut()


@fault(
    "slow",
    group="transport",
    wire="the whole answer, but late; no answer if the client's read time-out is shorter than that",
    client="waits; after its time-out asks what is there before it repeats the call, which was done",
    evidence="observed",
    source=HTTP,
    performed="yes",
    definite=False,
    alike="stall",
)
@dataclass(frozen=True)
class Slow(Fault):
    """The operation is done at once, but its answer comes late.

    What is later than the client's own read time-out never comes, in virtual time as well (see stall).
    """

    delay: int = duration("10s", "how late the answer is")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Silence, and then the answer."""
        first = yield from opening(upstream)
        if not (yield from occasion.silence(self.delay)):
            yield Cut()
            return
        if first is not None:
            yield first
        yield from upstream


@fault(
    "drip",
    group="transport",
    wire="the body in small pieces with a pause after each",
    client="has a time-out for the whole call too: one for each piece never runs out here",
    evidence="observed",
    source=HTTP,
    performed="yes",
    definite=True,
    alike="stall",
)
@dataclass(frozen=True)
class Drip(Fault):
    """The answer comes drop by drop.

    Each piece arrives well within a read time-out, and together they take as long as they like. The pieces
    of a stream cut its events up wherever they happen to end.
    """

    delay: int = duration("1s", "the pause between two pieces")
    bytes: int = whole(64, "how large a piece is at most", min=1)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer in pieces."""
        sent = False
        for frame in upstream:
            if not isinstance(frame, Body):
                yield frame
                continue
            for at in range(0, len(frame.data), self.bytes):
                if sent and not (yield from occasion.silence(self.delay)):
                    yield Cut()
                    return
                sent = True
                yield Body(frame.data[at : at + self.bytes])


@fault(
    "cut_body",
    group="transport",
    wire="the head with the full Content-Length, a part of the body, and then the connection closes",
    client="takes it for an answer that was lost, not for one that is short",
    evidence="observed",
    source=f"{HTTP}; openai/openai-python#2356 shows it in a stream",
    performed="yes",
    definite=False,
)
@dataclass(frozen=True)
class CutBody(Fault):
    """The connection closes in the middle of the answer.

    Of a body with a length at least the last byte is missing. Of a stream everything may have been told, but
    the end of the transfer is missing.
    """

    after: int = whole(64, "after so many bytes of the body", max=1_000_000_000)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The beginning of the answer."""
        left = self.after
        for frame in upstream:
            if isinstance(frame, Head) and frame.length is not None:
                left = min(left, frame.length - 1)
            if isinstance(frame, Body):
                if len(frame.data) > left:
                    yield Body(frame.data[: max(0, left)])
                    break
                left -= len(frame.data)
            yield frame
        yield Cut()

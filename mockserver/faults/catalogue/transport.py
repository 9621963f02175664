"""Connections that break, stall or crawl, whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver.faults.answers import drained
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.frames import Cut, Frames


@fault(
    "lost_ack",
    group="transport",
    mutating=True,
    wire="the connection is closed without an answer, after everything was done",
    client="asks what is there before it repeats the call: the SDK's own retry does the same thing twice",
    evidence="observed",
    source="a general property of HTTP; openai-python retries every call whose connection breaks",
    performed="yes",
    definite=False,
)
@dataclass(frozen=True)
class LostAck(Fault):
    """The operation is done and its answer is lost on the way."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Everything but what there was to say."""
        yield from drained(upstream)
        yield Cut()

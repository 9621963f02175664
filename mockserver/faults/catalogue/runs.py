"""Runs that do not come to their end in time, or whose state surprises; how they end: `run_endings`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from mockserver import errors
from mockserver.engine import is_expiry
from mockserver.faults.answers import altered
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.elsewhere import begin_run, thread_of
from mockserver.faults.parameters import choice, duration, flag, text
from mockserver.faults.turns import BEGINNING, asking, is_run
from mockserver.frames import Frames
from mockserver.lifecycle import RUN, Signal
from mockserver.script import Script, Stall, Turn
from mockserver.timeline import Event, Move, Timeline

_STALLS = {
    "queued": Stall("queued"),
    "in_progress": Stall("in_progress"),
    "requires_action": Stall("requires_action"),
    "cancelling": Stall("cancelling"),
}


@fault(
    "run.stuck",
    group="run",
    operations=BEGINNING,
    error=3,
    wire="nothing unusual: every answer is 200 and the run keeps its status, until it is `expired`",
    client="polls with an end of its own, cancels the run then, and knows `expired` as one of the ends",
    evidence="observed",
    source="microsoft/semantic-kernel#5449; that a run ends ten minutes after it was created is recorded",
    performed="yes",
    definite=True,
    needs="for `requires_action` a run with a function tool",
    explored=("run.stuck", "run.stuck(in_progress)"),
)
@dataclass(frozen=True)
class Stuck(Fault):
    """The run stays in one status until it expires.

    With `requires_action` the model calls a function, the outputs are taken, and nothing comes of them. With
    `cancelling` the run stays `in_progress` until somebody cancels it, and `cancelling` from then on.

    With `forever` not even the expiry comes. In virtual time polling such a run is a proven hang: at the 25th
    read in a row the journal says `quiescence`, and a stream says it and is cut when nothing is left to come.
    """

    status: str = choice(*_STALLS, about="the status in which it stays")
    forever: bool = flag(False, "whether it does not expire either")

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """Nothing, or a call without an end."""
        stall = _STALLS[self.status]
        if self.status != "requires_action":
            return replace(script, actions=(stall,))
        asked = asking(turn, script)
        return asked.then(stall) if asked is not None else None

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Forget the expiry of a run that was made to be stuck."""
        if not self.forever or not is_run(timeline) or not _is_stuck(timeline):
            return False
        timeline.drop_pending(keep=lambda event: not is_expiry(event))
        return True


def _is_stuck(timeline: Timeline) -> bool:
    """Whether nothing but its expiry would end a run."""
    rest = timeline.progress.rest
    if rest:
        return bool(rest[-1] == {"stall": "requires_action"})
    return all(is_expiry(event) or _starts(event) for event in timeline.pending)


def _starts(event: Event) -> bool:
    return isinstance(event, Move) and event.signal is Signal.START


@fault(
    "run.slow",
    group="run",
    operations=BEGINNING,
    wire="nothing unusual: the run is `in_progress` for long, a stream is silent after its first events",
    client="waits: its own timeouts are longer than an answer may take, those of reading a stream too",
    evidence="observed",
    source="recorded runs take from one second to minutes",
    performed="yes",
    definite=True,
    needs="something that the model has to do",
)
@dataclass(frozen=True)
class Slow(Fault):
    """The model takes its time before it does anything.

    A run that would take longer than ten minutes in all expires.
    """

    delay: int = duration("60s", "how much later everything happens that comes after `in_progress`")

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Everything later but the start and the expiry."""

        def when(event: Event) -> int:
            return event.due if _starts(event) or is_expiry(event) else event.due + self.delay

        return is_run(timeline) and timeline.retime(when)


@fault(
    "run.unknown_status",
    group="run",
    operations=("runs.create", "threads.create_and_run", "runs.submit_tool_outputs", "runs.retrieve"),
    wire="200, and a run whose `status` no published list has",
    client="treats a status that it does not know as not final, goes on polling, and gives up in the end",
    evidence="inferred",
    source="`incomplete` came to be in 2024 when pollers did not know it yet: openai/openai-python#1407",
    performed="yes",
    definite=False,
    needs="an answer that is no stream",
)
@dataclass(frozen=True)
class UnknownStatus(Fault):
    """One answer shows the run in a status that did not exist when the client was written.

    The run itself goes on as always, and the next answer shows how far it has come.
    """

    seeks: ClassVar[bool] = True
    status: str = text("paused", "the status that is shown")

    def fits(self, occasion: Occasion) -> bool:
        """Events have statuses in their names."""
        return not occasion.streams

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The same run with another status."""

        def edit(body: dict[str, Any]) -> bool:
            if body.get("object") != RUN.object:
                return False
            body["status"] = self.status
            occasion.acted()
            return True

        return altered(upstream, edit)


@fault(
    "run.foreign_active",
    group="run",
    operations=("runs.create", "messages.create"),
    error=1,
    entries=(errors.ACTIVE_RUN, errors.MESSAGE_DURING_RUN),
    wire="400 with null as `param` and `code`; only the words tell which run is active on the thread",
    client="finds the active run (by its id in the words, or in the list of runs), waits until it has ended,"
    " or cancels it, and asks again",
    evidence="observed",
    source="openai/openai-python#1023, TripSit/TripBot#939, glific/glific#3790 and many more",
    performed="no",
    definite=True,
    needs="a thread without an active run",
)
@dataclass(frozen=True)
class ForeignActive(Fault):
    """Another client has a run on the thread when the call arrives.

    It is really there: it can be listed, polled and cancelled. Its own client cancels it when its time is
    over, so it leaves no message behind.
    """

    lasts: int = duration("30s", "how long the other run is active if nobody cancels it")

    def fits(self, occasion: Occasion) -> bool:
        """There has to be a thread."""
        return thread_of(occasion) is not None

    def before(self, occasion: Occasion) -> bool:
        """The other client was here first."""
        return begin_run(occasion, self.lasts)

"""Runs that end otherwise than with an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockserver.engine import expire_at, is_expiry
from mockserver.failures import FAILURES
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.parameters import choice, duration, optional, text, whole
from mockserver.faults.turns import BEGINNING, NEEDS_FUNCTION, asking, is_run, whole_second
from mockserver.lifecycle import Signal
from mockserver.script import CallTools, Cancel, Expire, Incomplete, Interruption, Script, Turn
from mockserver.timeline import Move, Timeline

LAST_MESSAGE = "asks the run how it ended before it reads messages: the newest one may be the user's own"
"""The trap in all of these: the loop ends, and what is read as the answer is the question."""

_WRITTEN = "after how many tokens of what it writes"


@fault(
    "run.failed",
    group="run",
    operations=BEGINNING,
    wire="the run ends `failed` with `last_error`; what was written stays behind as an incomplete message",
    client=f"{LAST_MESSAGE}; tells a failure that passes from one that comes again by `last_error.code`",
    evidence="observed",
    source="openai/openai-dotnet#794 (2025-10), danny-avila/LibreChat#6728 (2025-04), published codes",
    performed="yes",
    definite=True,
    explored=("run.failed", "run.failed(rate_limit_exceeded)"),
)
@dataclass(frozen=True)
class Failed(Fault):
    """The run fails, at once or in the middle of its answer.

    Each code comes with the message that was seen with it; for `invalid_prompt` it is that of chat
    completions. `quota` is `rate_limit_exceeded` as well, but its message tells of credit that is used up,
    so waiting is no help.
    """

    code: str = choice(*FAILURES, about="why")
    message: str | None = optional(text(None, "other words than those seen with that code"))
    written: int = whole(0, _WRITTEN)

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """What the model would do, until it fails."""
        return replace(
            script, interruption=Interruption(self.written, FAILURES[self.code].fail(self.message))
        )


@fault(
    "run.fails_after_outputs",
    group="run",
    operations=("runs.submit_tool_outputs",),
    wire="the outputs are taken with 200, and then the run ends `failed` with `last_error`",
    client="does not do again what its functions have done: keeps their outputs for the next run",
    evidence="observed",
    source="as run.failed; that it happens after outputs as well is plain",
    performed="yes",
    definite=True,
)
@dataclass(frozen=True)
class FailsAfterOutputs(Fault):
    """The run fails when the outputs of its functions have come."""

    code: str = choice(*FAILURES, about="why")
    message: str | None = optional(text(None, "other words than those seen with that code"))

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """Nothing but the failure."""
        return replace(script, interruption=Interruption(0, FAILURES[self.code].fail(self.message)))


@fault(
    "run.incomplete",
    group="run",
    operations=BEGINNING,
    wire="the run ends `incomplete` with `incomplete_details`, its message with the reason `max_tokens`",
    client=f"{LAST_MESSAGE}; knows `incomplete` as an end and half a sentence as no answer",
    evidence="observed",
    source="recorded with a cut message, 2024-04 (E-95); polling that never ended: openai/openai-python#1407",
    performed="yes",
    definite=True,
)
@dataclass(frozen=True)
class RunIncomplete(Fault):
    """The run ends in the middle of its answer, because a limit of tokens is reached."""

    reason: str = choice("max_completion_tokens", "max_prompt_tokens", about="which limit")
    written: int = whole(8, _WRITTEN)

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """What the model would do, until it is cut."""
        return replace(script, interruption=Interruption(self.written, Incomplete(self.reason)))


@fault(
    "run.expired",
    group="run",
    operations=BEGINNING,
    wire="the run is `in_progress` until its time is over and ends `expired`, with null as `last_error`",
    client=f"{LAST_MESSAGE}; begins a new run, which is not refused any more",
    evidence="observed",
    source="recorded 2023-11 (E-90); microsoft/semantic-kernel#5449",
    performed="yes",
    definite=True,
)
@dataclass(frozen=True)
class Expired(Fault):
    """The run does nothing until it expires."""

    after: int | None = optional(
        duration("10m", "how long after the call, instead of ten minutes after the run was created")
    )

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """Nothing."""
        return replace(script, actions=(Expire(),))

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """An earlier end."""
        if self.after is None or not is_run(timeline):
            return False
        expire_at(timeline, whole_second(occasion.world.clock.now() + self.after))
        return True


@fault(
    "run.expires_awaiting_tools",
    group="run",
    operations=BEGINNING,
    error=4,
    wire="pollers see the run `in_progress` and then `expired`, with a function call among its steps; a"
    " stream ends with `requires_action`, and outputs sent then are refused with 400",
    client=f"{LAST_MESSAGE}; begins a new run, which may call the same function again",
    evidence="observed",
    source="expired runs (E-90) and refused outputs (E-62) are recorded, 2023-11 to 2024-04",
    performed="yes",
    definite=True,
    needs=NEEDS_FUNCTION,
)
@dataclass(frozen=True)
class ExpiresAwaitingTools(Fault):
    """The run calls a function, and its time is over before anybody can answer.

    The call comes in the very moment in which the run expires, so that no client is fast enough. For outputs
    that a client has at hand and that come too late, see `tool.too_late`.
    """

    after: int | None = optional(
        duration("10m", "how long after the call, instead of ten minutes after the run was created")
    )

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """A call, at once."""
        asked = asking(turn, script)
        return replace(script, actions=(CallTools(asked.calls),)) if asked is not None else None

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Let the call come when it is too late."""
        asks = [event for event in timeline.pending if isinstance(event, Move) and event.signal is Signal.ASK]
        if not is_run(timeline) or not asks or not any(map(is_expiry, timeline.pending)):
            return False
        if self.after is not None:
            expire_at(timeline, whole_second(occasion.world.clock.now() + self.after))
        (end,) = (event for event in timeline.pending if is_expiry(event))
        timeline.drop_pending(keep=lambda event: event is not end)
        timeline.retime(lambda event: end.due if event in asks else min(event.due, end.due))
        timeline.schedule([end])  # behind the call, which comes in the same moment
        return True


@fault(
    "run.cancelled_elsewhere",
    group="run",
    operations=BEGINNING,
    wire="the run becomes `cancelling` and ends `cancelled` although this client did not ask for it",
    client=f"{LAST_MESSAGE}; does not begin the run again of itself: somebody wanted it to end",
    evidence="inferred",
    source="cancelling is documented and recorded; that it is somebody else's is the fault",
    performed="yes",
    definite=True,
)
@dataclass(frozen=True)
class CancelledElsewhere(Fault):
    """Somebody else cancels the run, before it writes or in the middle of its answer."""

    written: int = whole(0, _WRITTEN)

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """What the model would do, until somebody cancels it."""
        return replace(script, interruption=Interruption(self.written, Cancel()))


@fault(
    "run.completed_no_message",
    group="run",
    operations=BEGINNING,
    wire="the run ends `completed`, and there is no new message of its own",
    client="looks for a message with this run's id, and says so if there is none",
    evidence="inferred",
    source="nothing promises a message: a model may end its turn without a word",
    performed="yes",
    definite=False,
)
@dataclass(frozen=True)
class CompletedNoMessage(Fault):
    """The run completes and has written nothing."""

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """Not a word."""
        return replace(script, actions=())

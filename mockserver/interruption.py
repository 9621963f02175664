"""How a turn breaks off in the middle of what the model writes."""

from __future__ import annotations

from mockserver.lifecycle import Signal
from mockserver.plan import Plan
from mockserver.script import Fail, Incomplete, Interruption
from mockserver.timeline import Add, Break


def break_of(interruption: Interruption, written: int) -> Break:
    """What comes between, for a run that has written so many tokens before this turn."""
    at = written + interruption.tokens
    match interruption.by:
        case Fail(code, message):
            return Break(at, Signal.FAIL, {"last_error": {"code": code, "message": message}})
        case Incomplete(reason):
            return Break(at, Signal.CUT, {"incomplete_details": {"reason": reason}})
    return Break(at, Signal.CANCEL, {"required_action": None})


def cut_short(plan: Plan, left: int, start: int) -> int | None:
    """Leave out of a plan what comes after so many tokens, or after the last one, and say when that is.

    None, and the plan as it is, where it goes on after a decision before they are written. `start` is when
    a plan of nothing begins.
    """
    events, kept = plan.events, 0
    for index, event in enumerate(events):
        if left <= 0:
            break
        if isinstance(event, Add):
            left -= event.tokens
            kept = index + 1
    if left > 0 and plan.decides:
        return None
    # Before the first token nothing is made at all, but it takes as long as that.
    moment = events[kept - 1].due if kept else events[0].due if events else start
    plan.events, plan.rest, plan.decides = events[:kept], None, False
    return moment

"""Where a plan is cut short, and when that is."""

from __future__ import annotations

import pytest

from mockserver.interruption import break_of, cut_short
from mockserver.lifecycle import Signal
from mockserver.plan import Plan
from mockserver.script import Cancel, Fail, Incomplete, Interruption, Say
from mockserver.timeline import Add, Break, Decide, End, Event, Make, Move

START = 1_000


def says(due: int, tokens: int) -> Add:
    return Add(due, "msg_1", {"content": []}, "step_1", tokens)


WRITES: list[Event] = [
    Make(START + 10, {"id": "step_1"}),
    says(START + 20, 2),
    says(START + 30, 0),
    says(START + 40, 3),
    Move(START + 50, "run_1", Signal.FINISH),
]
SEARCHES: list[Event] = [*WRITES[:4], Decide(START + 60)]


@pytest.mark.parametrize(
    ("left", "kept", "moment"),
    [(-5, 0, 10), (0, 0, 10), (1, 2, 20), (2, 2, 20), (3, 4, 40), (5, 4, 40), (6, 4, 40), (999, 4, 40)],
)
def test_what_comes_after_so_many_tokens_is_left_out(left: int, kept: int, moment: int) -> None:
    """Nothing is finished, however much there was to write."""
    plan = Plan(list(WRITES), rest=(Say.text("And?"),))
    assert cut_short(plan, left, START) == START + moment
    assert (plan.events, plan.rest) == (WRITES[:kept], None)


def test_a_plan_that_goes_on_later_is_cut_later() -> None:
    rest = (Say.text("And?"),)
    plan = Plan(list(SEARCHES), rest, decides=True)
    assert cut_short(plan, 6, START) is None
    assert (plan.events, plan.rest, plan.decides) == (SEARCHES, rest, True)
    assert cut_short(plan, 5, START) == START + 40
    assert (plan.events, plan.rest, plan.decides) == (SEARCHES[:4], None, False)


@pytest.mark.parametrize(
    ("events", "moment"),
    [([], 0), ([End(START + 70, Signal.FAIL)], 70), ([Decide(START + 5)], 5)],
)
def test_where_nothing_is_written_it_takes_as_long_as_it_would(events: list[Event], moment: int) -> None:
    plan = Plan(list(events))
    assert cut_short(plan, 0, START) == START + moment
    assert plan.events == []


@pytest.mark.parametrize(
    ("by", "signal", "patch"),
    [
        (
            Fail("server_error", "Sorry."),
            Signal.FAIL,
            {"last_error": {"code": "server_error", "message": "Sorry."}},
        ),
        (
            Incomplete("max_prompt_tokens"),
            Signal.CUT,
            {"incomplete_details": {"reason": "max_prompt_tokens"}},
        ),
        (Cancel(), Signal.CANCEL, {"required_action": None}),
    ],
)
def test_tokens_of_earlier_turns_are_counted_on(
    by: Fail | Incomplete | Cancel, signal: Signal, patch: dict[str, object]
) -> None:
    assert break_of(Interruption(7, by), 100) == Break(107, signal, patch)

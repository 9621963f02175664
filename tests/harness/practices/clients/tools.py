"""Clients whose model calls functions."""

from __future__ import annotations

import openai
import pytest

from tests.harness.practices.clients.contract import LOOK_UP, Stage, breaks, keeps


@breaks("unanswered_action")
def takes_it_for_an_end(stage: Stage) -> None:
    """Whatever is not active is over."""
    assert stage.asking("call_1").status == "requires_action"


@breaks("unanswered_action")
def lets_it_expire(stage: Stage) -> None:
    """It comes back after ten minutes."""
    run = stage.asking("call_1")
    stage.handle.clock.advance("10m")
    assert stage.read(run).status == "expired"


@breaks("unanswered_action")
def streams_and_stops(stage: Stage) -> None:
    """The stream ended, so it must be over."""
    stage.handle.backend.run().calls("look_up")
    assistant = stage.assistant(tools=[LOOK_UP])
    with stage.beta.threads.runs.stream(thread_id=stage.thread(), assistant_id=assistant) as stream:
        stream.until_done()


@keeps("unanswered_action")
def answers(stage: Stage) -> None:
    """Outputs, then the end."""
    assert stage.wait(stage.submit(stage.asking("call_1"), "call_1")).status == "completed"


@keeps("unanswered_action")
def declines(stage: Stage) -> None:
    """It will not do that, and says so by a cancel."""
    run = stage.asking("call_1")
    stage.wait(stage.beta.threads.runs.cancel(run.id, thread_id=run.thread_id))


@keeps("unanswered_action")
def is_never_asked(stage: Stage) -> None:
    """The run expires before anybody can see what it wants."""
    stage.handle.faults.arm("run.expires_awaiting_tools", "runs.create")
    assistant = stage.assistant(tools=[LOOK_UP])
    run = stage.beta.threads.runs.create(thread_id=stage.thread(), assistant_id=assistant)
    stage.handle.clock.advance("11m")
    assert stage.read(run).status == "expired"


@breaks("unknown_tool_call")
def answers_by_its_own_names(stage: Stage) -> None:
    """The id is the function's name; then it does better."""
    run = stage.asking("call_1")
    with pytest.raises(openai.BadRequestError):
        stage.submit(run, "look_up")
    stage.wait(stage.submit(run, "call_1"))


@keeps("unknown_tool_call")
def answers_every_round_by_its_ids(stage: Stage) -> None:
    """Two turns, each with ids of its own."""
    run = stage.asking("call_1")
    stage.wait(stage.submit(run, "call_1"))
    stage.say(run.thread_id, "And then?")
    run = stage.wait(stage.run(run.thread_id, run.assistant_id))
    assert run.status == "completed"


@breaks("partial_tool_outputs")
def answers_one_by_one(stage: Stage) -> None:
    """Each output by a request of its own; then all in one."""
    run = stage.asking("call_1", "call_2")
    with pytest.raises(openai.BadRequestError):
        stage.submit(run, "call_1")
    stage.wait(stage.submit(run, "call_1", "call_2"))


@keeps("partial_tool_outputs")
def answers_all_at_once(stage: Stage) -> None:
    """In another order, which does not matter."""
    stage.wait(stage.submit(stage.asking("call_1", "call_2"), "call_2", "call_1"))

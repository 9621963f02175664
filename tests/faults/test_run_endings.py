"""Runs that end otherwise than with an answer, beyond what one look shows: where they break off, and when."""

from __future__ import annotations

import openai
import pytest

from mockserver.failures import FAILURES
from tests.faults.shows import Stage
from tests.faults.turns import ANSWER, Chat
from tests.stage import SEARCH, TEXT


@pytest.mark.parametrize("code", FAILURES)
def test_every_failure_has_its_words(stage: Stage, code: str) -> None:
    chat = Chat(stage)
    stage.arm(f"run.failed({code})")
    known = FAILURES[code]
    assert chat.ask().last_error.to_dict() == {"code": known.code, "message": known.message}


def test_a_failure_in_other_words(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.failed", message="Try again in 20s.", code="rate_limit_exceeded")
    assert chat.ask().last_error.to_dict() == {"code": "rate_limit_exceeded", "message": "Try again in 20s."}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("run.failed(written=1000)", "run_failed"),
        ("run.incomplete(max_prompt_tokens, written=1000)", "max_tokens"),
        ("run.cancelled_elsewhere(written=1000)", "run_cancelled"),
    ],
)
def test_who_writes_less_is_interrupted_at_the_last_token(stage: Stage, fault: str, reason: str) -> None:
    """All is said, and nothing is finished."""
    chat = Chat(stage)
    stage.arm(fault)
    events = chat.listen()
    (message,) = [event.data for event in events if event.event == "thread.message.incomplete"]
    assert message.content[0].text.value == ANSWER
    assert message.incomplete_details.reason == reason
    assert "thread.message.completed" not in [event.event for event in events]


def test_an_answer_from_files_is_cut_as_well(stage: Stage) -> None:
    """What is found is only known when the moment of the search has come; the tokens are counted on."""
    file = stage.client.files.create(file=("a.txt", TEXT), purpose="assistants").id
    store = stage.client.vector_stores.create(file_ids=[file]).id
    resources = {"file_search": {"vector_store_ids": [store]}}
    assistant = stage.assistant(tools=[SEARCH], tool_resources=resources)
    thread = stage.thread("What was grandmother's favorite food?")
    runs = stage.client.beta.threads.runs
    stage.control.advance(60)
    stage.arm("run.incomplete", written=14)
    begun = runs.create(thread, assistant_id=assistant)
    stage.control.restore(stage.control.snapshot())  # it is kept where the run has to break off
    run = runs.poll(begun.id, thread)
    assert (run.status, run.usage and run.usage.completion_tokens) == ("incomplete", 14)
    steps = list(runs.steps.list(run.id, thread_id=thread, order="asc"))
    assert [(step.type, step.status) for step in steps] == [
        ("tool_calls", "completed"),
        ("message_creation", "completed"),
    ]
    assert 0 < len(stage.texts(thread)[-1]) < 60
    whole = runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    assert whole.status == "completed"
    assert stage.texts(thread)[-1].startswith(stage.texts(thread)[-2])


def test_a_search_that_fails_before_it_begins(stage: Stage) -> None:
    file = stage.client.files.create(file=("a.txt", TEXT), purpose="assistants").id
    store = stage.client.vector_stores.create(file_ids=[file]).id
    assistant = stage.assistant(tools=[SEARCH], tool_resources={"file_search": {"vector_store_ids": [store]}})
    thread = stage.thread("What was grandmother's favorite food?")
    stage.arm("run.failed")
    runs = stage.client.beta.threads.runs
    run = runs.create_and_poll(thread_id=thread, assistant_id=assistant)
    assert run.status == "failed"
    assert list(runs.steps.list(run.id, thread_id=thread)) == []


def test_function_calls_can_be_cut_in_the_middle(stage: Stage) -> None:
    """Nobody is asked, and the open step ends with the run."""
    chat = Chat(stage, tools=True)
    stage.arm("run.failed", written=3)
    run = chat.ask()
    (step,) = chat.steps(run)
    assert (run.status, step.status, step.step_details.type) == ("failed", "failed", "tool_calls")
    assert run.required_action is None


def test_later_turns_count_their_own_tokens(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    run = chat.ask()
    stage.arm("run.incomplete", "runs.submit_tool_outputs", written=2)
    ended = chat.answer(run)
    first, second = chat.steps(ended)
    assert ended.status == "incomplete"
    assert (first.usage.completion_tokens > 2, second.usage.completion_tokens) == (True, 2)


def test_a_stalled_rule_can_still_fail(stage: Stage) -> None:
    stage.control.add_replies({"then": {"stall": "queued"}})
    chat = Chat(stage)
    stage.arm("run.failed")
    assert chat.ask().status == "failed"


def test_somebody_elses_cancel_takes_its_time(stage: Stage) -> None:
    stage.control.new_world(latency={"queued": "1s", "first_token": "1s", "cancelling": "7s"})
    chat = Chat(stage)
    stage.arm("run.cancelled_elsewhere")
    run = chat.begin()
    assert [chat.look(run).status for _ in range(3)] == ["in_progress", "cancelling", "cancelled"]
    ended = chat.look(run)
    assert ended.cancelled_at == ended.started_at + 8


def test_an_expiry_that_is_shown_on_the_run_and_its_steps(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    run = chat.ask()
    stage.arm("run.expired(45s)", "runs.submit_tool_outputs")
    waiting = chat.submit(run)
    now = stage.control.clock()["now"]
    assert now + 45 <= waiting.expires_at < now + 46
    (step,) = chat.steps(run)
    assert step.expires_at == waiting.expires_at
    ended = chat.poll(run)
    assert (ended.status, ended.completed_at) == ("expired", waiting.expires_at)


def test_a_stream_asks_too_late(stage: Stage) -> None:
    """The call is told of, and refused when it is answered."""
    chat = Chat(stage, tools=True)
    stage.arm("run.expires_awaiting_tools(5s)")
    events = chat.listen()
    assert events[-1].event == "thread.run.requires_action"
    run = events[-1].data
    assert run.expires_at <= run.created_at + 6
    error = stage.fails(openai.BadRequestError, lambda: chat.submit(run))
    assert error.body["message"] == 'Runs in status "expired" do not accept tool outputs.'  # type: ignore[index]


@pytest.mark.parametrize("after", ["0s", "100ms", "1s"])
def test_an_expiry_before_the_model_can_have_called(stage: Stage, after: str) -> None:
    chat = Chat(stage, tools=True)
    stage.arm("run.expires_awaiting_tools", after=after)
    run = chat.ask()
    assert run.status == "expired"
    assert [step.status for step in chat.steps(run)] == ["expired"]


def test_a_function_is_called_although_nobody_asked_for_it(stage: Stage) -> None:
    """The rule's answer is not given: time is over before."""
    stage.control.add_replies({"then": {"reply": "Sunny."}})
    chat = Chat(stage, tools=True)
    stage.arm("run.expires_awaiting_tools")
    run = chat.ask()
    (step,) = chat.steps(run)
    assert (run.status, step.type) == ("expired", "tool_calls")


def test_several_faults_on_one_run(stage: Stage) -> None:
    """Slow, and then in the middle of the answer it fails."""
    chat = Chat(stage)
    stage.arm("run.slow(60s)")
    stage.arm("run.failed(written=3)")
    run = chat.ask()
    assert (run.status, chat.heard(run)) == ("failed", "Hello there,")
    assert run.failed_at - run.started_at >= 60
    assert [entry["fired"] for entry in stage.control.faults()] == [1, 1]

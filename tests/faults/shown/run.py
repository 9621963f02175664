"""What clients see of runs that stick, crawl, or end otherwise than with an answer."""

from __future__ import annotations

from typing import Any

import openai

from tests.faults.shows import Stage, shows
from tests.faults.turns import Chat


@shows("run.stuck")
def run_stuck(stage: Stage) -> None:
    """Nothing happens for ten minutes, then the thread is free again."""
    chat = Chat(stage)
    stage.arm("run.stuck", "runs.create")
    run = chat.ask()
    assert (run.status, run.started_at, run.last_error, run.expires_at) == ("expired", None, None, None)
    assert run.completed_at == run.created_at + 600
    assert stage.texts(chat.thread) == ["Hello?"]
    assert chat.ask().status == "completed"
    assert stage.texts(chat.thread) == ["Hello?", "Hello there, how may I help you today?"]


@shows("run.slow")
def run_slow(stage: Stage) -> None:
    """The answer is the same, a minute later."""
    chat = Chat(stage)
    stage.arm("run.slow", "runs.create")
    run = chat.ask()
    assert (run.status, chat.heard(run)) == ("completed", "Hello there, how may I help you today?")
    assert run.started_at - run.created_at <= 1
    assert 60 <= run.completed_at - run.started_at <= 63
    again = chat.ask()
    assert again.completed_at - again.started_at <= 3


@shows("run.failed")
def run_failed(stage: Stage) -> None:
    """The run ends, and the newest message is the user's own."""
    chat = Chat(stage)
    stage.arm("run.failed", "runs.create")
    run = chat.ask()
    assert run.status == "failed"
    assert run.last_error.to_dict() == {"code": "server_error", "message": "Sorry, something went wrong."}
    assert (run.failed_at is not None, run.completed_at, run.expires_at) == (True, None, None)
    assert run.usage.total_tokens == 0
    assert stage.texts(chat.thread) == ["Hello?"]
    assert chat.steps(run) == []
    assert chat.ask().status == "completed"


@shows("run.failed")
def run_failed_in_the_middle(stage: Stage) -> None:
    """Half a message stays behind."""
    chat = Chat(stage)
    stage.arm("run.failed(rate_limit_exceeded)", "runs.create", written=3)
    run = chat.ask()
    assert run.last_error.to_dict() == {
        "code": "rate_limit_exceeded",
        "message": "Rate limit is exceeded. Try again in 60 seconds.",
    }
    assert chat.heard(run) == "Hello there,"
    (step,) = chat.steps(run)
    assert (step.status, step.last_error.code) == ("failed", "rate_limit_exceeded")
    assert run.usage.completion_tokens == 3
    assert chat.ask().status == "completed"


@shows("run.incomplete")
def run_incomplete(stage: Stage) -> None:
    """The answer stops in the middle, as a stream shows."""
    chat = Chat(stage)
    stage.arm("run.incomplete", "runs.create", written=5)
    events = chat.listen()
    assert [event.event for event in events[-3:]] == [
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",
    ]
    message, run = events[-3].data, events[-1].data
    assert message.incomplete_details.to_dict() == {"reason": "max_tokens"}
    assert message.content[0].text.value == "Hello there, how may"
    assert run.incomplete_details.to_dict() == {"reason": "max_completion_tokens"}
    assert (run.usage.completion_tokens, run.expires_at) == (5, None)
    assert chat.listen()[-1].event == "thread.run.completed"


@shows("run.expired")
def run_expired(stage: Stage) -> None:
    """The run begins and never gets to anything; with `after` it takes less than ten minutes."""
    chat = Chat(stage)
    stage.arm("run.expired", "runs.create", after="90s")
    run = chat.begin()
    assert run.expires_at == run.created_at + 90
    ended = chat.poll(run)
    assert (ended.status, ended.completed_at, ended.last_error) == ("expired", run.created_at + 90, None)
    assert ended.started_at is not None
    assert chat.steps(run) == []
    assert chat.ask().status == "completed"


@shows("run.expires_awaiting_tools")
def run_expires_awaiting_tools(stage: Stage) -> None:
    """Nobody was asked in time, as the run's steps show."""
    chat = Chat(stage, tools=True)
    stage.arm("run.expires_awaiting_tools", "runs.create")
    run = chat.begin()
    ended = chat.poll(run)
    assert (ended.status, ended.completed_at, ended.required_action) == (
        "expired",
        run.created_at + 600,
        None,
    )
    (step,) = chat.steps(run)
    assert (step.status, step.expires_at) == ("expired", None)
    (call,) = step.step_details.tool_calls
    assert (call.function.name, call.function.output) == ("get_weather", None)
    assert chat.ask().status == "requires_action"


@shows("run.cancelled_elsewhere")
def run_cancelled_elsewhere(stage: Stage) -> None:
    """The stream tells of a cancelling that nobody here asked for."""
    chat = Chat(stage)
    stage.arm("run.cancelled_elsewhere", "runs.create", written=2)
    events = chat.listen()
    assert [event.event for event in events[-4:]] == [
        "thread.run.cancelling",
        "thread.message.incomplete",
        "thread.run.step.cancelled",
        "thread.run.cancelled",
    ]
    assert events[-3].data.incomplete_details.to_dict() == {"reason": "run_cancelled"}
    run = events[-1].data
    assert (run.cancelled_at is not None, run.completed_at, run.expires_at) == (True, None, None)
    assert chat.heard(run) == "Hello there"
    assert chat.listen()[-1].event == "thread.run.completed"


@shows("run.foreign_active")
def run_foreign_active_before_a_run(stage: Stage) -> None:
    """The run that is named can be found and polled; when it has ended the call goes through."""
    chat = Chat(stage)
    stage.arm("run.foreign_active", "runs.create")
    error = stage.fails(openai.BadRequestError, chat.begin)
    (other,) = stage.client.beta.threads.runs.list(chat.thread)
    assert error.body == refusal(f"Thread {chat.thread} already has an active run {other.id}.")
    assert other.status == "in_progress"
    ended = chat.poll(other)
    assert (ended.status, ended.cancelled_at) == ("cancelled", other.created_at + 30)
    assert stage.texts(chat.thread) == ["Hello?"]
    assert chat.ask().status == "completed"


@shows("run.foreign_active")
def run_foreign_active_before_a_message(stage: Stage) -> None:
    """A client that cannot wait cancels the other run. There need not be an assistant yet."""
    thread = stage.thread()
    stage.arm("run.foreign_active", "messages.create")
    error = stage.fails(openai.BadRequestError, lambda: stage.say(thread))
    (other,) = stage.client.beta.threads.runs.list(thread)
    assert error.body == refusal(f"Can't add messages to {thread} while a run {other.id} is active.")
    runs = stage.client.beta.threads.runs
    assert runs.cancel(other.id, thread_id=thread).status == "cancelling"
    assert runs.poll(other.id, thread).status == "cancelled"
    stage.say(thread, "Now?")
    assert stage.texts(thread) == ["The capital of France?", "Now?"]


@shows("run.unknown_status")
def run_unknown_status(stage: Stage) -> None:
    """One answer is strange, and the next shows how far the run has come."""
    chat = Chat(stage)
    run = chat.begin()
    stage.arm("run.unknown_status", "runs.retrieve")
    statuses = [chat.look(run).status for _ in range(3)]
    assert statuses == ["paused", "completed", "completed"]


@shows("run.completed_no_message")
def run_completed_no_message(stage: Stage) -> None:
    """Completed, and no word."""
    chat = Chat(stage)
    stage.arm("run.completed_no_message", "runs.create")
    run = chat.ask()
    assert (run.status, run.completed_at is not None, run.usage.total_tokens) == ("completed", True, 0)
    assert list(stage.client.beta.threads.messages.list(chat.thread, run_id=run.id)) == []
    assert stage.texts(chat.thread) == ["Hello?"]
    again = chat.ask()
    assert chat.heard(again) == "Hello there, how may I help you today?"


@shows("run.fails_after_outputs")
def run_fails_after_outputs(stage: Stage) -> None:
    """The function has been called and has answered, but the run ends without a word."""
    chat = Chat(stage, tools=True)
    stage.arm("run.fails_after_outputs(quota)", "runs.submit_tool_outputs")
    run = chat.answer(chat.ask())
    assert (run.status, run.last_error.code) == ("failed", "rate_limit_exceeded")
    assert run.last_error.message.startswith("You exceeded your current quota, please check your plan")
    (step,) = chat.steps(run)
    assert (step.status, step.step_details.tool_calls[0].function.output) == ("completed", "21 degrees")
    assert stage.texts(chat.thread) == ["The weather in Paris?"]
    assert chat.answer(chat.ask()).status == "completed"


def refusal(message: str) -> dict[str, Any]:
    """The body of a refusal that names no parameter and has no code."""
    return {"message": message, "type": "invalid_request_error", "param": None, "code": None}

"""What clients see of function calls that go wrong."""

from __future__ import annotations

import json

import openai

from tests.faults.shows import Stage, shows
from tests.faults.turns import Chat

ARGUMENTS = '{"city":"Paris","unit":"c"}'


@shows("tool.unknown_name")
def tool_unknown_name(stage: Stage) -> None:
    """Nobody has such a function; a client that says so is asked for one it has."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.unknown_name", "runs.create")
    run = chat.ask()
    (call,) = chat.calls(run)
    assert (call.function.name, call.function.arguments) == ("unknown_function", ARGUMENTS)
    again = chat.poll(chat.submit(run, "there is no such function"))
    assert [call.function.name for call in chat.calls(again)] == ["get_weather"]
    ended = chat.answer(again)
    assert ended.status == "completed"
    assert "there is no such function" in chat.heard(ended)
    assert [call.function.name for call in chat.calls(chat.ask())] == ["get_weather"]


@shows("tool.bad_json_args")
def tool_bad_json_args(stage: Stage) -> None:
    """The closing bracket is missing."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.bad_json_args", "runs.create")
    run = chat.ask()
    (call,) = chat.calls(run)
    assert (call.function.name, call.function.arguments) == ("get_weather", ARGUMENTS[:-1])
    assert chat.poll(chat.submit(run, "your arguments are no JSON")).status == "completed"
    assert [call.function.arguments for call in chat.calls(chat.ask())] == [ARGUMENTS]


@shows("tool.missing_arg")
def tool_missing_arg(stage: Stage) -> None:
    """The schema requires a city, and there is none."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.missing_arg", "runs.create")
    run = chat.ask()
    (call,) = chat.calls(run)
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"unit": "c"})
    assert chat.poll(chat.submit(run, "which city?")).status == "completed"
    assert [call.function.arguments for call in chat.calls(chat.ask())] == [ARGUMENTS]


@shows("tool.parallel")
def tool_parallel(stage: Stage) -> None:
    """Three calls at once; all have to be answered at once."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.parallel", "runs.create")
    run = chat.ask()
    calls = chat.calls(run)
    assert [call.function.arguments for call in calls] == [ARGUMENTS] * 3
    assert len({call.id for call in calls}) == 3
    error = stage.fails(
        openai.BadRequestError,
        lambda: chat.runs.submit_tool_outputs(
            run.id, thread_id=chat.thread, tool_outputs=[{"tool_call_id": calls[0].id, "output": "21"}]
        ),
    )
    got, asked = [calls[0].id], [call.id for call in calls]
    assert error.body == {
        "message": f"Expected tool outputs for call_ids {asked}, got {got}",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert chat.answer(run).status == "completed"
    assert len(chat.calls(chat.ask())) == 1


@shows("tool.asked_again")
def tool_asked_again(stage: Stage) -> None:
    """The same question by another id; the second answer is enough."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.asked_again", "runs.submit_tool_outputs")
    run = chat.ask()
    (first,) = chat.calls(run)
    assert chat.submit(run).status == "queued"
    run = chat.poll(run)
    (second,) = chat.calls(run)
    assert second.function == first.function
    assert second.id != first.id
    ended = chat.answer(run)
    assert ended.status == "completed"
    assert "21 degrees" in chat.heard(ended)
    kinds = [step.type for step in chat.steps(ended)]
    assert kinds == ["tool_calls", "tool_calls", "message_creation"]


@shows("tool.too_late")
def tool_too_late(stage: Stage) -> None:
    """The run has just expired; a new one gets the answer at once."""
    chat = Chat(stage, tools=True)
    run = chat.ask()
    stage.arm("tool.too_late", "runs.submit_tool_outputs")
    error = stage.fails(openai.BadRequestError, lambda: chat.submit(run))
    assert error.body == {
        "message": 'Runs in status "expired" do not accept tool outputs.',
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    ended = chat.look(run)
    assert (ended.status, ended.completed_at) == ("expired", run.created_at + 600)
    assert stage.control.clock()["now"] == run.created_at + 600
    assert chat.answer(chat.ask()).status == "completed"

"""Function calls under faults, beyond what one look shows: scripted ones, several tools, odd arguments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import openai
import pytest

from mockserver.faults.catalogue.tools import _cut_off
from mockserver.faults.contract import Fault, Occasion, find_fault
from mockserver.script import (
    CallTools,
    Fail,
    FunctionCall,
    Interruption,
    Pace,
    Say,
    Script,
    Stall,
    ToolOutput,
    Turn,
)
from tests.faults.shows import Stage
from tests.faults.turns import WEATHER, Chat

TIME = {"type": "function", "function": {"name": "get_time"}}
CALL = FunctionCall("get_weather", '{"city":"Oslo","unit":"c"}', "call_1")


def turn(*tools: Any, outputs: Sequence[ToolOutput] = (), text: str = "Hello?") -> Turn:
    """What a responder looks at when somebody said this to an assistant with these tools."""
    part = {"type": "text", "text": {"value": text, "annotations": []}}
    run = {"tools": list(tools), "instructions": None}
    return Turn(run, {}, [{"role": "user", "content": [part]}], tuple(outputs))


def edited(spelled: str, asked: Turn, *actions: Any) -> Script | None:
    """The script of these actions as a fault leaves it."""
    name, _, parameters = spelled.partition(" ")
    fault: Fault = find_fault(name).make(json.loads(parameters or "{}"))
    occasion: Occasion = None  # type: ignore[assignment]  # none of these looks at it
    return fault.script(occasion, asked, Script(actions))


def calls(script: Script | None) -> list[tuple[str, str]]:
    """Name and arguments of all calls of a script."""
    assert script is not None
    return [
        (call.name, call.arguments)
        for action in script.actions
        if isinstance(action, CallTools)
        for call in action.calls
    ]


# Which call


@pytest.mark.parametrize(
    "name", ["tool.unknown_name", "tool.bad_json_args", "tool.missing_arg", "tool.parallel"]
)
def test_without_a_function_there_is_nothing_to_go_wrong(name: str) -> None:
    assert edited(name, turn({"type": "file_search"}), Say.text("Hi.")) is None


def test_a_model_that_would_only_talk_calls_the_first_function_first() -> None:
    """Then it goes on with what it would have said."""
    said = Say.text("Hi.")
    script = edited("tool.unknown_name", turn(TIME, WEATHER), said)
    assert script is not None
    assert script.actions == (CallTools((FunctionCall("unknown_function", "{}"),)), said)


def test_a_call_in_the_middle_of_a_script_is_the_one() -> None:
    before, after = Say.text("One moment."), Say.text("Cold.")
    script = edited(
        'tool.unknown_name {"name": "get_wether"}', turn(WEATHER), before, CallTools((CALL,)), after
    )
    assert script is not None
    renamed = FunctionCall("get_wether", CALL.arguments, CALL.id)
    assert script.actions == (before, CallTools((renamed,)), after)


def test_pace_and_interruption_of_a_script_stay() -> None:
    planned = Script((CallTools((CALL,)),), Pace(queued=5), Interruption(3, Fail()))
    fault = find_fault("tool.parallel").make({"n": 2})
    script = fault.script(None, turn(WEATHER), planned)  # type: ignore[arg-type]
    assert script is not None
    assert (script.pace, script.interruption) == (planned.pace, planned.interruption)


# Arguments


@pytest.mark.parametrize(
    "arguments", ['{"city":"Oslo"}', "{}", "", "12", "no JSON", '"text"', "[1, [2]]", "1 "]
)
def test_arguments_are_always_broken(arguments: str) -> None:
    broken = _cut_off(arguments)
    with pytest.raises(ValueError):  # noqa: PT011 - JSONDecodeError is one
        json.loads(broken)


def test_a_missing_argument_is_one_that_is_required() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["b", "c"]}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    call = CallTools((FunctionCall("f", '{"a": 1, "b": 2, "c": "\\u00e9"}'),))
    assert calls(edited("tool.missing_arg", turn(tool), call)) == [("f", '{"a":1,"c":"é"}')]
    assert calls(edited('tool.missing_arg {"name": "a"}', turn(tool), call)) == [("f", '{"b":2,"c":"é"}')]
    assert edited('tool.missing_arg {"name": "d"}', turn(tool), call) is None


def test_the_first_call_that_has_such_an_argument_loses_it() -> None:
    call = CallTools((FunctionCall("get_time", "{}"), CALL))
    assert calls(edited("tool.missing_arg", turn(TIME, WEATHER), call)) == [
        ("get_time", "{}"),
        ("get_weather", '{"unit":"c"}'),
    ]


@pytest.mark.parametrize("required", [None, "city", 7, [7, None], {"city": 1}])
def test_a_schema_that_is_none_requires_nothing(required: Any) -> None:
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"required": required}}}
    assert edited("tool.missing_arg", turn(tool), CallTools((CALL,))) is None


@pytest.mark.parametrize("arguments", ["", "no JSON", "[]", "7", "null"])
def test_arguments_that_are_no_object_lack_nothing(arguments: str) -> None:
    call = CallTools((FunctionCall("get_weather", arguments),))
    assert edited("tool.missing_arg", turn(WEATHER), call) is None


# How many


def test_the_first_call_is_repeated_until_there_are_as_many() -> None:
    two = CallTools((CALL, FunctionCall("get_time", "{}", "call_2")))
    script = edited('tool.parallel {"n": 4}', turn(TIME, WEATHER), two)
    assert script is not None
    (action,) = script.actions
    assert isinstance(action, CallTools)
    assert [(call.name, call.id) for call in action.calls] == [
        ("get_weather", "call_1"),
        ("get_time", "call_2"),
        ("get_weather", None),
        ("get_weather", None),
    ]
    assert edited('tool.parallel {"n": 2}', turn(TIME, WEATHER), two) is None


def test_the_same_round_again_and_again(stage: Stage) -> None:
    """Each asks for all calls of the last one, and then the script goes on."""
    two = [{"function": "get_weather", "arguments": {"city": city}} for city in ("Oslo", "Rome")]
    stage.control.add_replies({"then": {"tool_calls": two, "on_outputs": {"reply": "Cold and warm."}}})
    chat = Chat(stage, tools=True)
    run = chat.ask()
    stage.arm("tool.asked_again(3)")
    asked = []
    while run.status == "requires_action":
        asked.append([json.loads(call.function.arguments)["city"] for call in chat.calls(run)])
        run = chat.answer(run)
    assert asked == [["Oslo", "Rome"]] * 4
    assert chat.heard(run) == "Cold and warm."
    ids = [call.id for step in chat.steps(run)[:-1] for call in step.step_details.tool_calls]
    assert len(set(ids)) == 8


def test_scripted_calls_go_wrong_like_any(stage: Stage) -> None:
    call = {"function": "get_weather", "arguments": {"city": "Oslo", "unit": "c"}}
    stage.control.add_replies({"then": {"tool_calls": [call], "on_outputs": {"reply": "Cold."}}})
    chat = Chat(stage, tools=True)
    stage.arm("tool.bad_json_args")
    run = chat.ask()
    (asked,) = chat.calls(run)
    assert asked.function.arguments == '{"city":"Oslo","unit":"c"'
    assert chat.heard(chat.answer(run)) == "Cold."


def test_two_faults_on_one_call(stage: Stage) -> None:
    """The one armed first stands nearest to the model."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.parallel(2)")
    stage.arm("tool.unknown_name")
    run = chat.ask()
    assert [call.function.name for call in chat.calls(run)] == ["unknown_function", "get_weather"]
    assert [armed["calls"] for armed in stage.control.faults()] == [["runs.create#1"]] * 2


def test_a_fault_without_a_function_waits_for_a_run_that_has_one(stage: Stage) -> None:
    stage.arm("tool.parallel")
    assert Chat(stage).ask().status == "completed"
    stage.control.clear_replies()
    (armed,) = stage.control.faults()
    assert (armed["seen"], armed["fired"], armed["active"]) == (1, 0, True)
    chat = Chat(stage, tools=True)
    assert len(chat.calls(chat.ask())) == 3
    assert stage.control.faults()[0]["calls"] == ["runs.create#2"]


def test_a_thread_made_with_its_run(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    stage.arm("tool.unknown_name(hello)", "threads.create_and_run")
    threads = stage.client.beta.threads
    message: Any = {"role": "user", "content": "Hello?"}
    run = threads.create_and_run_poll(assistant_id=chat.assistant, thread={"messages": [message]})
    assert [call.function.name for call in chat.calls(run)] == ["hello"]


def test_streams_show_the_broken_arguments(stage: Stage) -> None:
    """In pieces and as a whole."""
    chat = Chat(stage, tools=True)
    stage.arm("tool.bad_json_args")
    events = chat.listen()
    pieces = [
        event.data.delta.step_details.tool_calls[0].function.arguments or ""
        for event in events
        if event.event == "thread.run.step.delta"
    ]
    (call,) = chat.calls(events[-1].data)
    assert "".join(pieces) == call.function.arguments == '{"city":"Paris","unit":"c"'


# Too late


def test_only_a_run_that_waits_can_be_too_late(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    stage.arm("tool.too_late")
    run = chat.begin()
    submit = chat.runs.submit_tool_outputs
    for run_id, kind in ((run.id, openai.BadRequestError), ("run_X", openai.NotFoundError)):
        stage.fails(kind, lambda name=run_id: submit(name, thread_id=chat.thread, tool_outputs=[]))  # type: ignore[misc]
    assert stage.control.faults()[0]["fired"] == 0
    asked = chat.poll(run)
    stage.fails(openai.BadRequestError, lambda: chat.submit(asked))
    assert stage.control.faults()[0]["calls"] == ["runs.submit_tool_outputs#3"]


def test_too_late_for_a_stream_is_an_ordinary_refusal(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    run = chat.ask()
    stage.arm("tool.too_late")
    error = stage.fails(openai.BadRequestError, lambda: chat.submit(run, stream=True))
    assert error.response.headers["content-type"] == "application/json"


def test_a_run_without_an_expiry_is_never_too_late(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    stage.arm("run.stuck(requires_action, forever=true)", "runs.create")
    run = chat.ask()
    stage.control.arm("tool.too_late")
    assert chat.submit(run).status == "requires_action"
    assert [armed["fired"] for armed in stage.control.faults()] == [1, 0]


def test_stall_actions_after_a_made_up_call() -> None:
    """A rule that stalls a run does so after the call."""
    script = edited("tool.unknown_name", turn(TIME), Stall("queued"))
    assert script is not None
    assert script.actions[1:] == (Stall("queued"),)

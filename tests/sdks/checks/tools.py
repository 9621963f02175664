"""Function calls: two at once, answered by polling and by streaming."""

from __future__ import annotations

import json
from typing import Any

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import Json, Sdk, every, got, refused

CITIES = ("Paris", "Oslo")
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
PARALLEL: Json = {
    "then": {
        "tool_calls": [{"function": "get_weather", "arguments": {"city": city}} for city in CITIES],
        "on_outputs": {"reply": "Paris has 21 degrees, Oslo 9."},
    }
}


def outputs_for(run: Any) -> list[dict[str, str]]:
    """What a program answers to the calls of a run."""
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [
        {"tool_call_id": call.id, "output": f"weather in {json.loads(call.function.arguments)['city']}"}
        for call in calls
    ]


@check
async def parallel_calls(sdk: Sdk) -> None:
    """Two calls in one step, answered in one request."""
    sdk.script(PARALLEL)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert (run.status, run.required_action.type) == ("requires_action", "submit_tool_outputs")
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": city} for city in CITIES]
    assert len({call.id for call in calls}) == 2
    waiting = await every(sdk.runs.steps.list(run.id, thread_id=thread.id))
    assert [(step.type, step.status) for step in waiting] == [("tool_calls", "in_progress")]
    assert [call.function.output for call in waiting[0].step_details.tool_calls] == [None, None]
    run = await got(
        sdk.runs.submit_tool_outputs_and_poll(
            tool_outputs=outputs_for(run), run_id=run.id, thread_id=thread.id
        )
    )
    assert (run.status, run.required_action) == ("completed", None)
    answer = (await every(sdk.messages.list(thread.id)))[0]
    assert answer.content[0].text.value == "Paris has 21 degrees, Oslo 9."
    asked, said = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))
    assert (asked.status, said.type) == ("completed", "message_creation")
    told = [call.function.output for call in asked.step_details.tool_calls]
    assert told == ["weather in Paris", "weather in Oslo"]


@check
async def rounds(sdk: Sdk) -> None:
    """A second round of calls after the first one's outputs, submitted without a helper."""
    again = {"tool_calls": [{"function": "get_weather", "arguments": {"city": "Rome"}}]}
    first = {"tool_calls": [{"function": "get_weather", "arguments": {"city": "Paris"}}], "on_outputs": again}
    sdk.script({"then": {**first, "on_outputs": {**again, "on_outputs": {"reply": "Both warm."}}}})
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    for city in ("Paris", "Rome"):
        outputs = outputs_for(run)
        assert [output["output"] for output in outputs] == [f"weather in {city}"]
        run = await got(sdk.runs.submit_tool_outputs(run.id, thread_id=thread.id, tool_outputs=outputs))
        assert (run.status, run.required_action) == ("queued", None)
        run = await got(sdk.runs.poll(run.id, thread_id=thread.id))
    assert run.status == "completed"
    kinds = [step.type for step in await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))]
    assert kinds == ["tool_calls", "tool_calls", "message_creation"]


@check
async def outputs_must_be_complete(sdk: Sdk) -> None:
    """One output of two is refused and changes nothing; a run that asks for none takes none."""
    sdk.script(PARALLEL)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    run = await got(sdk.runs.create(thread.id, assistant_id=assistant.id))
    early = {
        "run_id": run.id,
        "thread_id": thread.id,
        "tool_outputs": [{"tool_call_id": "call_x", "output": "x"}],
    }
    error = await refused(lambda: sdk.runs.submit_tool_outputs(**early), openai.BadRequestError)
    assert error.body["message"] == 'Runs in status "queued" do not accept tool outputs.'
    run = await got(sdk.runs.poll(run.id, thread_id=thread.id))
    outputs = outputs_for(run)
    one = {"run_id": run.id, "thread_id": thread.id, "tool_outputs": outputs[:1]}
    error = await refused(lambda: sdk.runs.submit_tool_outputs(**one), openai.BadRequestError)
    ids = [output["tool_call_id"] for output in outputs]
    assert error.body["message"] == f"Expected tool outputs for call_ids {ids}, got {ids[:1]}"
    run = await got(
        sdk.runs.submit_tool_outputs_and_poll(tool_outputs=outputs, run_id=run.id, thread_id=thread.id)
    )
    assert run.status == "completed"


@check
async def broken_arguments(sdk: Sdk) -> None:
    """Arguments that are no JSON arrive as they were scripted."""
    sdk.script({"then": {"tool_calls": [{"function": "get_weather", "arguments": '{"city": "Par'}]}})
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert run.required_action.submit_tool_outputs.tool_calls[0].function.arguments == '{"city": "Par'

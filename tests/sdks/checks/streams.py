"""Streams read event by event, as `stream=True` gives them."""

from __future__ import annotations

from typing import Any

from tests.sdks.checks import check
from tests.sdks.checks.tools import PARALLEL, TOOL, outputs_for
from tests.sdks.sdk import Sdk, every, got

BEGINNING = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP = ["thread.run.step.created", "thread.run.step.in_progress"]
ANSWER = [
    *STEP,
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
]
COMPLETED = ["thread.run.completed"]


def names(events: list[Any]) -> list[str]:
    """The names of events, a row of equal deltas as one."""
    found = [event.event for event in events]
    return [name for i, name in enumerate(found) if not name.endswith(".delta") or found[i - 1] != name]


def text(events: list[Any]) -> str:
    """What the message deltas say when put together."""
    deltas = [event.data.delta for event in events if event.event == "thread.message.delta"]
    return "".join(part.text.value for delta in deltas for part in delta.content)


@check
async def raw_create(sdk: Sdk) -> None:
    """A plain answer, in the recorded order, and the same text by polling."""
    sdk.script({"then": {"reply": "The capital of France is Paris. Grüße 🌍!"}})
    assistant, thread = await sdk.assistant(), await sdk.thread()
    stream = await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True))
    events = await every(stream)
    assert names(events) == [*BEGINNING, *ANSWER, *COMPLETED]
    assert text(events) == "The capital of France is Paris. Grüße 🌍!"
    answer = (await every(sdk.messages.list(thread.id)))[0]
    assert answer.content[0].text.value == text(events)
    run = await got(sdk.runs.retrieve(events[0].data.id, thread_id=thread.id))
    assert (run.status, run.usage) == ("completed", events[-1].data.usage)


@check
async def raw_create_and_run(sdk: Sdk) -> None:
    """The new thread comes first."""
    assistant = await sdk.assistant()
    thread = {"messages": [{"role": "user", "content": "Hello"}]}
    stream = await got(sdk.threads.create_and_run(assistant_id=assistant.id, thread=thread, stream=True))
    events = await every(stream)
    assert names(events) == ["thread.created", *BEGINNING, *ANSWER, *COMPLETED]
    assert events[0].data.id == events[-1].data.thread_id


@check
async def raw_submit(sdk: Sdk) -> None:
    """A stream ends where tools are asked for; the next one goes on from their outputs."""
    sdk.script(PARALLEL)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    events = await every(await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True)))
    assert names(events) == [*BEGINNING, *STEP, "thread.run.step.delta", "thread.run.requires_action"]
    run = events[-1].data
    stream = await got(
        sdk.runs.submit_tool_outputs(run.id, thread_id=thread.id, tool_outputs=outputs_for(run), stream=True)
    )
    events = await every(stream)
    resumed = ["thread.run.step.completed", "thread.run.queued", "thread.run.in_progress"]
    assert names(events) == [*resumed, *ANSWER, *COMPLETED]
    told = [call.function.output for call in events[0].data.step_details.tool_calls]
    assert told == ["weather in Paris", "weather in Oslo"]
    assert text(events) == "Paris has 21 degrees, Oslo 9."


@check
async def stream_left_early(sdk: Sdk) -> None:
    """Closing a stream does not cancel its run."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    stream = await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True))
    if sdk.asynchronous:
        first = await anext(aiter(stream))
    else:
        first = next(iter(stream))
    await got(stream.close())
    assert first.event == "thread.run.created"
    run = await got(sdk.runs.poll(first.data.id, thread_id=thread.id))
    assert run.status == "completed"

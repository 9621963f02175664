"""The SDK's stream helpers: what handlers are told, and final objects compared with what polling shows."""

from __future__ import annotations

from typing import Any

from openai.types.beta import assistant_stream_event

from tests.sdks.agreement import answers, check_final, check_messages, check_run, check_steps
from tests.sdks.checks import check
from tests.sdks.checks.tools import CITIES, PARALLEL, TOOL, outputs_for
from tests.sdks.handlers import AsyncNoting, Notes, Noting, handler_for
from tests.sdks.sdk import Json, Sdk, Skip, every, got, opened

LONG = "The capital of France is Paris, and it has been so for a long time."


@check
async def stream_helper(sdk: Sdk) -> None:
    """A handler hears the answer piece by piece; the final objects are what polling shows."""
    sdk.script({"then": {"reply": LONG}})
    assistant, thread = await sdk.assistant(), await sdk.thread()
    handler = handler_for(sdk)
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        await got(stream.until_done())
        await check_final(sdk, stream)
    _check_text(handler.notes, LONG)
    wanted = ["message_done", "run_step_done", "end"]
    assert [name for name in handler.notes.names if name in wanted] == wanted
    assert handler.notes.events[0] == "thread.run.created"
    assert handler.notes.events[-1] == "thread.run.completed"


@check
async def stream_helper_withouthandler_for(sdk: Sdk) -> None:
    """Text deltas by iterating, and everything again from the stream's events."""
    sdk.script({"then": {"reply": LONG}})
    assistant, thread = await sdk.assistant(), await sdk.thread()
    async with opened(sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)) as stream:
        assert "".join(await every(stream.text_deltas)) == LONG
        assert (await got(stream.get_final_run())).status == "completed"
    again = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)
    async with opened(again) as stream:
        events = [event.event for event in await every(stream)]
    assert (events[0], events[-1]) == ("thread.run.created", "thread.run.completed")


@check
async def create_and_stream(sdk: Sdk) -> None:
    """The older name of the helper, which every version still has."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    manager = sdk.runs.create_and_stream(thread_id=thread.id, assistant_id=assistant.id)
    async with opened(manager) as stream:
        await check_final(sdk, stream)


@check
async def create_and_run_stream(sdk: Sdk) -> None:
    """Thread and run in one stream."""
    sdk.script({"then": {"reply": LONG}})
    assistant, handler = await sdk.assistant(), handler_for(sdk)
    thread = {"messages": [{"role": "user", "content": "Hello"}]}
    manager = sdk.threads.create_and_run_stream(
        assistant_id=assistant.id, thread=thread, event_handler=handler
    )
    async with opened(manager) as stream:
        await check_final(sdk, stream)
    assert handler.notes.events[0] == "thread.created"
    _check_text(handler.notes, LONG)


@check
async def tool_calls_stream(sdk: Sdk) -> None:
    """Two calls arrive piece by piece; their outputs are streamed on."""
    sdk.script(PARALLEL)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    handler = handler_for(sdk)
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        run = await got(stream.get_final_run())
        steps = await got(stream.get_final_run_steps())
        check_steps(steps, await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc")))
        check_run(run, await got(sdk.runs.retrieve(run.id, thread_id=thread.id)))
    _check_calls(handler.notes, run)
    handler = handler_for(sdk)
    manager = sdk.runs.submit_tool_outputs_stream(
        tool_outputs=outputs_for(run), run_id=run.id, thread_id=thread.id, event_handler=handler
    )
    async with opened(manager) as stream:
        final = await got(stream.get_final_run())
        check_run(final, await got(sdk.runs.retrieve(run.id, thread_id=thread.id)))
        check_messages(await got(stream.get_final_messages()), await answers(sdk, final))
        said = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, limit=1))
        check_steps(await got(stream.get_final_run_steps()), said[:1])
    _check_text(handler.notes, PARALLEL["then"]["on_outputs"]["reply"])


@check
async def tools_answered_by_thehandler_for(sdk: Sdk) -> None:
    """The form of OpenAI's guide: the handler submits outputs in `on_event`, by a stream in the stream."""
    sdk.script(PARALLEL)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    inner = handler_for(sdk)

    def submission(run: Any) -> Any:
        return sdk.runs.submit_tool_outputs_stream(
            tool_outputs=outputs_for(run), run_id=run.id, thread_id=run.thread_id, event_handler=inner
        )

    class Answering(Noting):
        def on_event(self, event: Any) -> None:
            if event.event == "thread.run.requires_action":
                with submission(event.data) as stream:
                    stream.until_done()

    class AsyncAnswering(AsyncNoting):
        async def on_event(self, event: Any) -> None:
            if event.event == "thread.run.requires_action":
                async with submission(event.data) as stream:
                    await stream.until_done()

    handler = AsyncAnswering() if sdk.asynchronous else Answering()
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        await got(stream.until_done())
    _check_text(inner.notes, PARALLEL["then"]["on_outputs"]["reply"])


@check
async def code_interpreter_stream(sdk: Sdk) -> None:
    """Code and its output arrive by deltas, and add up to the step."""
    code = {
        "code_interpreter": {"input": "for i in range(3):\n    print(i)", "outputs": [{"logs": "0\n1\n2\n"}]}
    }
    sdk.script({"then": {"steps": [code, {"reply": LONG}]}})
    assistant, thread = await sdk.assistant(tools=[{"type": "code_interpreter"}]), await sdk.thread()
    handler = handler_for(sdk)
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        await check_final(sdk, stream)
    assert handler.notes.names.count("tool_call_created") == 1
    assert handler.notes.names.count("tool_call_delta") > 1
    assert handler.notes.done_calls[0].code_interpreter.input == "for i in range(3):\n    print(i)"
    _check_text(handler.notes, LONG)


@check
async def file_search_stream(sdk: Sdk) -> None:
    """A search is one delta; its results are in the completed step, which this helper does not look at."""
    result = {"file": "file-abc", "score": 0.5, "text": "rock"}
    sdk.script(
        {"then": {"steps": [{"file_search": {"query": "moon", "results": [result]}}, {"reply": LONG}]}}
    )
    assistant, thread = await sdk.assistant(tools=[{"type": "file_search"}]), await sdk.thread()
    async with opened(sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)) as stream:
        run = await got(stream.get_final_run())
        steps = await got(stream.get_final_run_steps())
        check_messages(await got(stream.get_final_messages()), await answers(sdk, run))
    polled = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))
    assert [step.id for step in steps] == [step.id for step in polled]
    assert steps[0].step_details.tool_calls[0].id == polled[0].step_details.tool_calls[0].id


@check
async def citations_stream(sdk: Sdk) -> None:
    """Annotations arrive once, and the final message has them where polling has them."""
    mark = "【4:0†facts.txt】"
    annotation = {"type": "file_citation", "text": mark, "file_citation": {"file_id": "file-abc"}}
    sdk.script({"then": {"reply": f"The moon is rock{mark}.", "annotations": [annotation]}})
    assistant, thread = await sdk.assistant(), await sdk.thread()
    async with opened(sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)) as stream:
        await check_final(sdk, stream)
        final = (await got(stream.get_final_messages()))[0].content[0].text
    assert [one.text for one in final.annotations] == [mark]
    assert final.value[final.annotations[0].start_index : final.annotations[0].end_index] == mark


@check
async def failed_stream(sdk: Sdk) -> None:
    """A run that fails in mid-stream is a final run, not an exception."""
    sdk.script({"then": {"reply": LONG, "fail": {"code": "server_error", "message": "Sorry."}}})
    run = await _ended(sdk, "failed")
    assert run.last_error.message == "Sorry."


@check
async def incomplete_stream(sdk: Sdk) -> None:
    """A run that ends incomplete: the helper has that run, too."""
    if not hasattr(assistant_stream_event, "ThreadRunIncomplete"):
        raise Skip("this SDK's helper does not know the event thread.run.incomplete")
    sdk.script({"then": {"reply": LONG, "incomplete": "max_completion_tokens"}})
    run = await _ended(sdk, "incomplete")
    assert run.incomplete_details.reason == "max_completion_tokens"


@check
async def expired_stream(sdk: Sdk) -> None:
    """A run that hangs in mid-stream ends the stream with its expiry, at once in virtual time."""
    sdk.script({"then": {"stall": "in_progress"}})
    run = await _ended(sdk, "expired")
    # A recorded expired run has no expires_at any more, and nothing it failed by.
    assert (run.expires_at, run.last_error) == (None, None)


async def _ended(sdk: Sdk, status: str) -> Any:
    """Stream a run to the given end; what the helper holds is what polling shows."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    handler = handler_for(sdk)
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        run = await got(stream.get_final_run())
    assert run.status == status
    assert handler.notes.events[-1] == f"thread.run.{status}"
    assert handler.notes.names[-1] == "end"
    check_run(run, await got(sdk.runs.retrieve(run.id, thread_id=thread.id)))
    return run


def _check_text(notes: Notes, text: str) -> None:
    """The text came in several pieces, each shown with all that had come by then."""
    assert len(notes.text_deltas) > 1
    assert "".join(notes.text_deltas) == text
    sums = ["".join(notes.text_deltas[: i + 1]) for i in range(len(notes.text_deltas))]
    assert notes.text_snapshots == sums
    assert notes.texts == [text]
    heard = [name for name in notes.names if name.startswith("text_")]
    assert heard == ["text_created", *["text_delta"] * len(notes.text_deltas), "text_done"]
    assert "exception" not in notes.names


def _check_calls(notes: Notes, run: Any) -> None:
    """Each call was announced, came in pieces, and was done; the pieces add up to what is asked."""
    asked: list[Json] = [
        call.function.model_dump() for call in run.required_action.submit_tool_outputs.tool_calls
    ]
    assert [call.function.name for call in notes.done_calls] == ["get_weather"] * len(CITIES)
    assert [call.function.arguments for call in notes.done_calls] == [one["arguments"] for one in asked]
    assert list(notes.arguments.values()) == [one["arguments"] for one in asked]
    assert notes.names.count("tool_call_created") == len(CITIES)
    assert notes.events[-1] == "thread.run.requires_action"
    assert notes.names[-1] == "end"

"""Runs that are streamed."""

from __future__ import annotations

from typing import Any

from tests.situations.scripts import code_with_outputs, outputs, search_with_results, two_calls
from tests.stage import CODE, CONTENT, SEARCH, TIME, WEATHER, Stage, situation


@situation
def streamed_answer(stage: Stage) -> None:
    """A plain answer."""
    stage.says({"reply": "The capital is Paris."})
    path = f"/threads/{stage.thread()}/runs"
    stage.stream(path, {"assistant_id": stage.assistant()})


@situation
def streamed_thread_and_run(stage: Stage) -> None:
    """The thread comes first, with and without resources."""
    assistant = stage.assistant(instructions="Greet.")
    stage.stream("/threads/runs", {"assistant_id": assistant})
    resources = {"code_interpreter": {"file_ids": [stage.file()]}}
    thread = {"messages": [{"role": "user", "content": "Hi"}], "tool_resources": resources}
    stage.stream("/threads/runs", {"assistant_id": assistant, "thread": thread})


@situation
def streamed_function_calls(stage: Stage) -> None:
    """Two streams: up to the calls, and from their outputs on."""
    stage.says(two_calls())
    assistant = stage.assistant(tools=[WEATHER, TIME])
    path = f"/threads/{stage.thread()}/runs"
    run = stage.stream(path, {"assistant_id": assistant})[-2][1]
    stage.stream(f"{path}/{run['id']}/submit_tool_outputs", outputs(run))


@situation
def streamed_tools(stage: Stage) -> None:
    """Code, search with and without its text, messages in between."""
    stage.file("a.txt")
    stage.file("b.txt")
    assistant = stage.assistant(tools=[CODE, SEARCH])
    both = {"steps": [code_with_outputs(), search_with_results()]}
    for query in ("", f"?include[]={CONTENT}"):
        stage.says(both)
        stage.stream(f"/threads/{stage.thread()}/runs{query}", {"assistant_id": assistant})


@situation
def streamed_endings(stage: Stage) -> None:
    """Failed, incomplete for both reasons, expired; in the middle of a message and before any."""
    assistant = stage.assistant()
    endings: tuple[dict[str, Any], ...] = (
        {"fail": {}},
        {"reply": "one two", "fail": {"code": "server_error", "message": "Oh."}},
        {"reply": "one two", "incomplete": "max_completion_tokens"},
        {"reply": "one two", "incomplete": "content_filter"},
        {"expire": True},
        {"reply": "one two", "expire": True},
    )
    for ending in endings:
        stage.says(ending)
        stage.stream(f"/threads/{stage.thread()}/runs", {"assistant_id": assistant})
    stage.says({"reply": "slow " * 50}, timeline={"tokens_per_second": 0.05})
    stage.stream(f"/threads/{stage.thread()}/runs", {"assistant_id": assistant})
    stage.stream(f"/threads/{stage.thread()}/runs", {"assistant_id": assistant, "max_prompt_tokens": 1})


@situation
def streamed_cancellation(stage: Stage) -> None:
    """Cancelled from another connection while queued, and in the middle of a message."""
    stage.control.set_clock("real")  # virtual time would run to the end before anybody could interfere
    assistant = stage.assistant()
    pace = {"queued": 0, "first_token": 0, "tokens_per_second": 0.01, "cancelling": 0}
    for told, timeline in (
        ("thread.run.queued", pace | {"queued": "10m"}),
        ("thread.message.in_progress", pace),
    ):
        stage.says({"reply": "Slowly, very slowly."}, timeline=timeline)
        stage.cancel_after(told, f"/threads/{stage.thread()}/runs", {"assistant_id": assistant})

"""Runs that are polled."""

from __future__ import annotations

from tests.situations.scripts import two_calls
from tests.stage import CODE, SCHEMA, SEARCH, TIME, WEATHER, Stage, situation


@situation
def completed_run(stage: Stage) -> None:
    """A plain answer, then the run's metadata changed and lists of every kind."""
    stage.says({"reply": "The capital is Paris."})
    path = stage.run(assistant={"instructions": "Be brief."})
    assert stage.finish(path)["status"] == "completed"
    stage.post(path, {"metadata": {"k": "v"}})
    stage.post(path, {"metadata": None})
    thread, run = path.split("/")[2], path.split("/")[4]
    stage.get(f"/threads/{thread}/messages?run_id={run}")
    stage.get(f"/threads/{thread}/runs?limit=1&after={run}")
    step = stage.get(f"{path}/steps?limit=1")["data"][0]["id"]
    stage.get(f"{path}/steps?after={step}")
    stage.get(f"{path}/steps?order=asc&before={step}")


@situation
def run_with_everything_set(stage: Stage) -> None:
    """A run that overrides all it can."""
    stage.says({"reply": '{"answer": "yes"}'})
    attached = {"file_id": stage.file(), "tools": [CODE]}
    path = stage.run(
        model="gpt-4o-mini",
        instructions="Be long.",
        additional_instructions="And kind.",
        additional_messages=[
            {"role": "user", "content": "More.", "attachments": [attached]},
            {"role": "assistant", "content": [{"type": "text", "text": "Sure."}]},
        ],
        tools=[WEATHER, CODE, SEARCH],
        metadata={"k": "v"},
        temperature=0,
        top_p=0.3,
        max_prompt_tokens=5000,
        max_completion_tokens=1000,
        truncation_strategy={"type": "last_messages", "last_messages": 3},
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=False,
        response_format=SCHEMA,
    )
    stage.finish(path)


@situation
def run_with_nulls(stage: Stage) -> None:
    """Explicit nulls count as absent."""
    names = (
        "model instructions additional_instructions additional_messages tools metadata temperature top_p"
        " stream max_prompt_tokens max_completion_tokens truncation_strategy tool_choice"
        " parallel_tool_calls response_format reasoning_effort"
    )
    stage.says({"reply": "Fine."})
    stage.finish(stage.run(**dict.fromkeys(names.split())))


@situation
def failed_run(stage: Stage) -> None:
    """Failed at once, and after a message, for every published reason."""
    stage.says({"fail": {}})
    assert stage.finish(stage.run())["status"] == "failed"
    stage.says({"reply": "I will", "fail": {"code": "rate_limit_exceeded", "message": "Slow down."}})
    stage.finish(stage.run())
    stage.says({"fail": {"code": "invalid_prompt", "message": "No."}})
    stage.finish(stage.run())


@situation
def incomplete_run(stage: Stage) -> None:
    """Both token limits, and a scripted end in mid-sentence."""
    stage.says({"reply": "one two three four five six seven eight"})
    assert stage.finish(stage.run(max_completion_tokens=3))["status"] == "incomplete"
    stage.says({"reply": "never said"})
    assert stage.finish(stage.run(max_prompt_tokens=1))["status"] == "incomplete"
    stage.says({"reply": "one two", "incomplete": "content_filter"})
    stage.finish(stage.run())
    stage.says({"reply": "one two", "incomplete": "max_completion_tokens"})
    stage.finish(stage.run())


@situation
def cancelled_run(stage: Stage) -> None:
    """Cancelled while queued, while working, and while waiting for outputs."""
    path = stage.run()
    stage.post(f"{path}/cancel")
    assert stage.finish(path)["status"] == "cancelled"
    stage.says({"reply": "a long answer " * 40})
    path = stage.run()
    assert stage.get(path)["status"] == "in_progress"
    stage.control.advance(2)
    stage.look(path)
    stage.post(f"{path}/cancel")
    assert stage.finish(path)["status"] == "cancelled"
    stage.says(two_calls())
    path = stage.run(assistant={"tools": [WEATHER, TIME]})
    assert stage.finish(path)["status"] == "requires_action"
    stage.post(f"{path}/cancel")
    assert stage.finish(path)["status"] == "cancelled"


@situation
def expired_run(stage: Stage) -> None:
    """Expired while working, in mid-sentence, and for want of tool outputs."""
    stage.says({"expire": True})
    assert stage.finish(stage.run())["status"] == "expired"
    stage.says({"reply": "slow " * 50}, timeline={"tokens_per_second": 0.05})
    assert stage.finish(stage.run())["status"] == "expired"
    stage.says(two_calls())
    path = stage.run(assistant={"tools": [WEATHER, TIME]})
    stage.finish(path)
    stage.control.advance(600)
    assert stage.finish(path)["status"] == "expired"


@situation
def thread_and_run(stage: Stage) -> None:
    """A thread made with its run, with and without a description of it."""
    assistant = stage.assistant(instructions="Greet.")
    run = stage.post("/threads/runs", {"assistant_id": assistant})
    stage.finish(f"/threads/{run['thread_id']}/runs/{run['id']}")
    thread = {"messages": [{"role": "user", "content": "Hi"}], "metadata": {"k": "v"}}
    body = {"assistant_id": assistant, "thread": thread, "metadata": {"k": "v"}, "tools": [CODE]}
    run = stage.post("/threads/runs", body)
    stage.finish(f"/threads/{run['thread_id']}/runs/{run['id']}")
    nothing = dict.fromkeys(("thread", "tool_resources", "model", "instructions", "tools", "metadata"))
    stage.post("/threads/runs", {"assistant_id": assistant} | nothing)

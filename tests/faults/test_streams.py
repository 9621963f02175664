"""Faults of streams in detail: where they act, with which parameters, and together."""

from __future__ import annotations

import json
from contextlib import closing

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.faults.streaming import ASKS, PLAIN, TEXT, Listener, names, read
from tests.stage import WEATHER, Stage, until


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    return Stage(raw, control)


@pytest.fixture
def listen(stage: Stage) -> Listener:
    return Listener(stage)


def test_nothing_armed(listen: Listener) -> None:
    assert names(listen()) == PLAIN


# Parameters


@pytest.mark.parametrize("after", [0, 1, 7, 18, 19, 1000])
def test_cut_after_so_many_events(control: Control, listen: Listener, after: int) -> None:
    """At the latest before `[DONE]`, so that it is always seen."""
    control.arm(f"sse.cut({after})", "runs.create")
    assert names(listen(broken=True)) == PLAIN[: min(after, 18)]
    assert control.journal(operation="runs.create")[0]["outcome"] == "cut"


def test_the_run_of_a_cut_stream_is_as_far_as_the_stream_was(
    control: Control, client: openai.OpenAI, listen: Listener
) -> None:
    """No time passes for it because of the fault."""
    control.arm("sse.cut(9)", "runs.create")
    stream = listen(broken=True)
    run = json.loads(stream.split(b"data: ")[1].split(b"\n")[0])
    (message,) = [
        message
        for message in client.beta.threads.messages.list(run["thread_id"])
        if message.role == "assistant"
    ]
    told = stream.split(b"event: thread.message.delta\ndata: ")[1:]
    deltas = [json.loads(data.split(b"\n")[0])["delta"]["content"][0]["text"]["value"] for data in told]
    assert len(deltas) == 2
    assert message.content[0].text.value == "".join(deltas)  # type: ignore[union-attr]
    assert client.beta.threads.runs.poll(run["id"], run["thread_id"]).status == "completed"


def test_stall_and_go_on(control: Control, listen: Listener) -> None:
    """The run goes on in the meantime; what was not told comes at once afterwards."""
    begun = control.clock()["now"]
    control.arm("sse.stall(after=2, length=2m)", "runs.create")
    assert names(listen()) == PLAIN
    assert 120 <= control.clock()["now"] - begun < 121


def test_stall_longer_than_the_client_waits(control: Control, client: openai.OpenAI) -> None:
    """What the SDK says about its patience is believed."""
    assistant = client.beta.assistants.create(model="gpt-4o")
    begun = control.clock()["now"]
    control.arm("sse.stall(length=2m)")
    with pytest.raises(openai.APIConnectionError):
        list(
            client.with_options(timeout=30).beta.threads.create_and_run(
                assistant_id=assistant.id,
                stream=True,
                thread={"messages": [{"role": "user", "content": "Hi"}]},
            )
        )
    assert 30 <= control.clock()["now"] - begun < 31


@pytest.mark.parametrize(("after", "told"), [(0, 0), (3, 3), (1000, 18)])
def test_errors_after_so_many_events(control: Control, listen: Listener, after: int, told: int) -> None:
    control.arm(f"sse.error_event(bare, after={after})", "runs.create")
    stream = listen()
    assert names(stream) == [*PLAIN[:told], "error"]
    error = json.loads(stream.rpartition(b"data: ")[2])
    assert set(error) == {"message", "type", "param", "code"}
    assert control.journal(operation="runs.create")[0]["request_id"] in error["message"]


@pytest.mark.parametrize(("after", "at"), [(0, 0), (3, 3), (1000, 18)])
def test_unknown_events(control: Control, listen: Listener, after: int, at: int) -> None:
    control.arm(f"sse.unknown_event(x.y, after={after})", "runs.create")
    stream = listen()
    assert names(stream) == [*PLAIN[:at], "x.y", *PLAIN[at:]]
    data = stream.split(b"event: x.y\ndata: ")[1].split(b"\n")[0]
    assert json.loads(data)["object"] == "x.y"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("sse.duplicate_event(of=*)", [PLAIN[0], *PLAIN]),
        ("sse.duplicate_event(3, *)", [*PLAIN[:3], *PLAIN[2:]]),
        ("sse.duplicate_event(of=thread.run.completed)", [*PLAIN[:-1], *PLAIN[-2:]]),
        ("sse.missing_event(of=thread.message.completed)", [*PLAIN[:15], *PLAIN[16:]]),
        ("sse.missing_event(position=2, of=thread.run.step.*)", [*PLAIN[:4], *PLAIN[5:]]),
        ("sse.reordered(of=*)", [PLAIN[1], PLAIN[0], *PLAIN[2:]]),
        ("sse.reordered(position=8)", [*PLAIN[:14], PLAIN[15], PLAIN[14], *PLAIN[16:]]),
    ],
)
def test_one_event_of_those_that_are_named(
    control: Control, listen: Listener, fault: str, expected: list[str]
) -> None:
    control.arm(fault, "runs.create")
    assert names(listen()) == expected
    assert control.faults()[0]["fired"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        "sse.duplicate_event(position=9)",
        "sse.missing_event(of=thread.message.deltas)",
        "sse.reordered(of=thread.run.completed)",
        "sse.duplicate_event(of=done)",
    ],
)
def test_what_is_not_there_is_not_touched(control: Control, listen: Listener, fault: str) -> None:
    """Nobody looks behind `[DONE]`, so nothing is put there."""
    control.arm(fault, "runs.create")
    assert names(listen()) == PLAIN
    assert control.faults()[0]["fired"] == 0


# Together


def test_comments_are_no_events(control: Control, listen: Listener) -> None:
    """One that stands between two events does not keep them from changing places."""
    control.arm_all(["sse.comments", "sse.reordered(of=*)"])
    assert [name for name in names(listen()) if name] == [PLAIN[1], PLAIN[0], *PLAIN[2:]]
    assert [armed["fired"] for armed in control.faults()] == [1, 1]


def test_a_cut_in_the_middle_of_a_letter(control: Control, listen: Listener) -> None:
    """Pieces are put together before events are counted, and the cut comes between two events."""
    control.arm_all(["sse.split_utf8(size=3)", "sse.cut(8)"])
    assert names(listen(broken=True)) == PLAIN[:8]
    control.arm_all(["sse.cut(8)", "sse.split_utf8(size=3)"])
    assert names(listen(broken=True)) == PLAIN[:8]


def test_two_faults_of_one_kind(control: Control, listen: Listener) -> None:
    control.arm_all(["sse.missing_event(of=*)", "sse.missing_event(of=*)", "sse.duplicate_event(of=*)"])
    assert names(listen()) == [PLAIN[2], *PLAIN[2:]]


def test_a_stream_without_an_end_is_cut_where_it_ends(control: Control, listen: Listener) -> None:
    control.arm_all(["sse.no_terminal", "sse.cut(1000)"])
    assert names(listen(broken=True)) == PLAIN[:-2]
    control.arm_all(["sse.cut(4)", "sse.no_done"])
    assert names(listen(broken=True)) == PLAIN[:4]
    assert control.faults()[-1]["fired"] == 0, "there was no [DONE] to leave out"
    control.disarm()
    control.arm_all(["sse.cut(4)", "sse.error_event(after=9)"])
    assert names(listen(broken=True)) == PLAIN[:4]
    assert [armed["fired"] for armed in control.faults()] == [1, 0]


def test_a_refusal_is_no_stream(stage: Stage, control: Control) -> None:
    control.arm("sse.cut", always=True)
    answer = stage.raw("POST", f"/v1/threads/{stage.thread()}/runs", {"assistant_id": "x", "stream": True})
    assert answer.status == 400
    assert control.faults()[0]["fired"] == 0


# Operations


def test_a_thread_and_its_run(stage: Stage, control: Control) -> None:
    control.arm("sse.cut(1)", "threads.create_and_run")
    asked = {"assistant_id": stage.assistant(instructions="Greet."), "stream": True}
    response = stage.raw.begin("POST", "/v1/threads/runs", asked)
    assert names(read(stage, response, broken=True)) == ["thread.created"]


@pytest.mark.parametrize(
    ("fault", "broken", "expected"),
    [
        ("sse.cut(2)", True, ["thread.run.step.completed", "thread.run.queued"]),
        ("sse.no_terminal", False, None),
        ("sse.duplicate_event(of=thread.run.step.completed)", False, None),
    ],
)
def test_what_follows_tool_outputs(
    stage: Stage, control: Control, fault: str, broken: bool, expected: list[str] | None
) -> None:
    stage.says(ASKS)
    run = stage.run(assistant={"tools": [WEATHER]})
    (call,) = stage.finish(run)["required_action"]["submit_tool_outputs"]["tool_calls"]
    control.arm(fault, "runs.submit_tool_outputs")
    asked = {"tool_outputs": [{"tool_call_id": call["id"], "output": "Rain."}], "stream": True}
    response = stage.raw.begin("POST", f"/v1{run}/submit_tool_outputs", asked)
    told = names(read(stage, response, broken=broken))
    assert stage.finish(run)["status"] == "completed"
    assert control.faults()[0]["fired"] == 1
    if expected is not None:
        assert told == expected
    elif fault == "sse.no_terminal":
        assert told[-1] == "thread.run.step.completed"
    else:
        assert told[:2] == ["thread.run.step.completed"] * 2


def test_a_stream_that_asks_for_outputs_lacks_the_question(stage: Stage, control: Control) -> None:
    stage.says(ASKS)
    control.arm("sse.no_terminal")
    asked = {"assistant_id": stage.assistant(tools=[WEATHER])}
    events = stage.stream(f"/threads/{stage.thread()}/runs", asked)
    assert events[-1][0] == "thread.run.step.delta"
    run = events[0][1]
    assert stage.get(f"/threads/{run['thread_id']}/runs/{run['id']}")["status"] == "requires_action"


# In real time


def test_a_stalled_stream_in_real_time(stage: Stage, control: Control) -> None:
    """The connection stays open, and a client that goes away does not disturb the run."""
    control.set_clock("real")
    control.arm("sse.stall(after=1)", "runs.create")
    thread = stage.thread()
    asked = {"assistant_id": stage.assistant(), "stream": True}
    listener = stage.raw.another()
    with closing(listener.connection):
        response = listener.begin("POST", f"/v1/threads/{thread}/runs", asked)
        assert response.readline() == b"event: thread.run.created\n"
        assert control.faults()[0]["fired"] == 1
        response.close()
    until(lambda: control.journal(operation="runs.create")[0]["outcome"] == "left")
    control.advance(600)
    (run,) = stage.get(f"/threads/{thread}/runs")["data"]
    assert run["status"] == "completed"


def test_a_stall_ends_when_time_is_moved(stage: Stage, control: Control) -> None:
    control.add_replies({"then": {"reply": TEXT}})
    control.set_clock("real")
    control.arm("sse.stall(after=1, length=5m)", "runs.create")
    asked = {"assistant_id": stage.assistant(), "stream": True}
    listener = stage.raw.another()
    with closing(listener.connection):
        response = listener.begin("POST", f"/v1/threads/{stage.thread()}/runs", asked)
        first = response.readline()
        control.advance(601)
        assert names(first + read(stage, response)) == PLAIN

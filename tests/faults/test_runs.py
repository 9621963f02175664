"""Runs that stick, crawl or surprise, beyond what one look shows: streams, restarts, the real clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver import engine
from mockserver.conversation import create_assistant, create_thread
from mockserver.frames import Body, Frame, Wait
from mockserver.readers import PATIENCE
from mockserver.runstream import stream
from mockserver.script import Script, Stall
from mockserver.server import Server
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.world import World
from tests.conftest import Raw
from tests.faults.shows import Stage
from tests.faults.turns import Chat
from tests.stage import SEARCH, TEXT


def notes(control: Control) -> list[str]:
    """What the journal says beside calls and changes of status."""
    events = [entry.get("event", ".") for entry in control.journal()]
    return [event for event in events if "." not in event]


# Stuck


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_stuck_run_keeps_its_status_until_it_expires(stage: Stage, status: str) -> None:
    chat = Chat(stage)
    stage.arm(f"run.stuck({status})")
    run = chat.begin()
    stage.control.advance(599)
    assert stage.client.beta.threads.runs.list(chat.thread).data[0].status == status
    stage.fails(openai.BadRequestError, chat.begin)
    stage.control.advance(1)
    assert chat.look(run).status == "expired"


def test_a_run_stuck_in_requires_action_takes_outputs_and_nothing_comes_of_them(stage: Stage) -> None:
    chat = Chat(stage, tools=True)
    stage.arm("run.stuck(requires_action)")
    run = chat.ask()
    for _ in range(2):
        assert chat.submit(run) == run
    error = stage.fails(
        openai.BadRequestError,
        lambda: chat.runs.submit_tool_outputs(run.id, thread_id=chat.thread, tool_outputs=[]),
    )
    assert "Expected tool outputs for call_ids" in error.message
    (step,) = chat.steps(run)
    assert step.status == "in_progress"
    looks = [chat.look(run).status for _ in range(PATIENCE)]
    assert looks == ["requires_action"] * (PATIENCE - 1) + ["expired"]


def test_outputs_for_a_stuck_run_in_a_stream(stage: Stage) -> None:
    """The stream has nothing to tell but the end."""
    chat = Chat(stage, tools=True)
    stage.arm("run.stuck(requires_action)")
    run = chat.ask()
    assert [event.event for event in chat.submit(run, stream=True)] == [
        "thread.run.step.expired",
        "thread.run.expired",
    ]


def test_without_a_function_no_run_is_stuck_in_requires_action(stage: Stage) -> None:
    """The fault waits for a run that has one; the words and tools of the others are left alone."""
    file = stage.client.files.create(file=("a.txt", TEXT), purpose="assistants").id
    store = stage.client.vector_stores.create(file_ids=[file]).id
    resources = {"file_search": {"vector_store_ids": [store]}}
    stage.arm("run.stuck(requires_action)", forever=True)
    assistant = stage.assistant(tools=[SEARCH], tool_resources=resources)
    runs = stage.client.beta.threads.runs
    run = runs.create_and_poll(thread_id=stage.thread("What about cake?"), assistant_id=assistant)
    assert run.status == "completed"
    (armed,) = stage.control.faults()
    assert (armed["seen"], armed["fired"], armed["active"]) == (1, 0, True)
    chat = Chat(stage, tools=True)
    assert chat.ask().status == "requires_action"
    assert stage.control.faults()[0]["fired"] == 1


def test_a_run_stuck_in_cancelling(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.stuck(cancelling)")
    run = chat.begin()
    stage.control.advance(60)
    assert chat.runs.cancel(run.id, thread_id=chat.thread).status == "cancelling"
    stage.control.advance(500)
    assert chat.runs.list(chat.thread).data[0].status == "cancelling"
    assert chat.poll(run).status == "expired"


@pytest.mark.parametrize("status", ["queued", "in_progress", "cancelling", "requires_action"])
def test_forever_is_proved_at_the_25th_read(stage: Stage, status: str) -> None:
    """A year later it is the same, and the journal says what this is."""
    chat = Chat(stage, tools=True)
    stage.arm(f"run.stuck({status}, forever=true)")
    run = chat.begin()
    if status == "cancelling":
        chat.runs.cancel(run.id, thread_id=chat.thread)
    stage.control.advance(365 * 86_400)
    before = stage.control.clock()["now"]
    assert {chat.look(run).status for _ in range(2 * PATIENCE)} == {status}
    assert stage.control.clock()["now"] == before
    assert notes(stage.control) == ["quiescence"] * 2
    if status != "cancelling":  # there is a way out
        assert chat.runs.cancel(run.id, thread_id=chat.thread).status == "cancelling"
        assert chat.poll(run).status == "cancelled"


def test_a_stream_that_nothing_can_end_is_cut_in_virtual_time(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.stuck(in_progress, forever=true)")
    events = chat.begin(stream=True)
    assert [next(events).event for _ in range(3)][-1] == "thread.run.in_progress"
    error = stage.fails(openai.APIConnectionError, lambda: next(events))
    assert "peer closed connection" in str(error.__cause__)
    assert notes(stage.control) == ["quiescence"]


def test_in_real_time_a_stream_that_nothing_can_end_waits_for_the_bell() -> None:
    """It neither spins nor gives up: somebody may still cancel the run."""
    store = Store()
    world = World("proj_1", store, Settings(clock="real"))
    assistant = create_assistant(world, {"model": "gpt-4o"})
    thread = create_thread(world, {})
    timeline = engine.create_run(world, thread["id"], assistant, {}, script=Script((Stall("queued"),)))
    timeline.drop_pending()
    follower = world.streams.follow(timeline.subject)
    frames = stream(world, timeline.subject, follower)
    next(frames)
    wait = next(frames)
    assert isinstance(wait, Wait)
    assert wait.until - world.clock.now() > 3_600_000
    rung: list[str] = []
    wait.bell.ring = lambda: rung.append("ring")
    engine.cancel(world, timeline.root)
    assert rung
    assert b"thread.run.cancelling" in body(next(frames))
    store.close()


def body(frame: Frame) -> bytes:
    assert isinstance(frame, Body), frame
    return frame.data


def test_a_world_with_a_run_that_never_ends_comes_back_after_a_restart(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.stuck(forever=true)")
    run = chat.begin()
    stage.control.restore(stage.control.snapshot())
    assert chat.look(run).status == "queued"
    assert chat.runs.cancel(run.id, thread_id=chat.thread).status == "cancelling"
    assert chat.poll(run).status == "cancelled"


# Others


def test_a_slow_run_may_expire(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.slow(11m)")
    assert chat.ask().status == "expired"
    assert chat.ask().status == "completed"


def test_a_slow_message_was_made_when_it_was_written(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.slow(2m)")
    run = chat.ask()
    (message,) = stage.client.beta.threads.messages.list(chat.thread, run_id=run.id)
    assert message.created_at >= run.created_at + 120
    assert chat.steps(run)[0].created_at == message.created_at


def test_an_unknown_status_in_the_first_answer(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.unknown_status(reviewing)", "runs.create")
    stage.arm("run.unknown_status(reviewing)", "threads.create_and_run")
    assert chat.begin().status == "reviewing"
    threads: Any = stage.client.beta.threads
    assert threads.create_and_run(assistant_id=chat.assistant).status == "reviewing"


def test_an_answer_without_a_run_shows_no_unknown_status(stage: Stage) -> None:
    """What is refused, or streamed, does not use the fault up."""
    chat = Chat(stage)
    stage.arm("run.unknown_status")
    stage.fails(openai.NotFoundError, lambda: chat.runs.retrieve("run_X", thread_id=chat.thread))
    assert chat.listen()[-1].event == "thread.run.completed"
    assert stage.control.faults()[0]["fired"] == 0
    assert chat.begin().status == "paused"


@pytest.mark.parametrize(
    "inner", [*(f"wrong_type({kind})" for kind in ("list", "null", "text", "number", "object")), "bad_json"]
)
def test_what_a_gateway_answers_has_no_status(stage: Stage, inner: str) -> None:
    """The fault that was armed first has taken the run away; this one waits for another."""
    chat = Chat(stage)
    run = chat.begin()
    stage.arm(inner, "runs.retrieve")
    stage.arm("run.unknown_status", "runs.retrieve")
    chat.runs.with_raw_response.retrieve(run.id, thread_id=chat.thread)
    assert [armed["fired"] for armed in stage.control.faults()] == [1, 0]
    again: Any = chat.runs.retrieve(run.id, thread_id=chat.thread)
    assert again.status == "paused"


def test_a_foreign_run_needs_an_idle_thread(stage: Stage) -> None:
    """Where there is no thread, or its own run is in the way, the answer is what it always is."""
    chat = Chat(stage)
    run = chat.begin()
    stage.arm("run.foreign_active")
    stage.fails(openai.NotFoundError, lambda: stage.say("thread_X"))
    error = stage.fails(openai.BadRequestError, lambda: stage.say(chat.thread))
    assert run.id in error.message
    assert stage.control.faults()[0]["fired"] == 0
    chat.poll(run)
    stage.fails(openai.BadRequestError, lambda: stage.say(chat.thread))
    assert stage.control.faults()[0]["calls"] == ["messages.create#3"]


def test_a_foreign_run_cannot_begin_where_no_run_can(stage: Stage) -> None:
    """The thread's vector store has expired, and that is what the client is told."""
    expires = {"anchor": "last_active_at", "days": 1}
    store: Any = stage.client.vector_stores.create(expires_after=expires)  # type: ignore[arg-type]
    resources: Any = {"file_search": {"vector_store_ids": [store.id]}}
    assistant = stage.assistant(tools=[SEARCH], tool_resources=resources)
    thread = stage.thread()
    stage.control.advance(2 * 86_400)
    stage.arm("run.foreign_active")
    runs = stage.client.beta.threads.runs
    error = stage.fails(openai.BadRequestError, lambda: runs.create(thread, assistant_id=assistant))
    assert error.message.endswith(f"Vector store {store.id} is expired") or "is expired" in error.message
    assert list(runs.list(thread)) == []
    assert stage.control.faults()[0]["fired"] == 0


def test_a_foreign_run_goes_away_by_itself(stage: Stage) -> None:
    chat = Chat(stage)
    stage.arm("run.foreign_active(5s)", "messages.create")
    stage.fails(openai.BadRequestError, lambda: stage.say(chat.thread))
    stage.control.advance(4.9)
    stage.fails(openai.BadRequestError, lambda: stage.say(chat.thread))
    stage.control.advance(0.1)
    stage.say(chat.thread)


def test_in_real_time_a_stuck_stream_ends_when_somebody_cancels_the_run() -> None:
    with Server(Settings(clock="real", latency=Settings().latency)) as server:
        first = Raw(server.host, server.port, "k")
        second = first.another()
        with Control(server.base_url, "k") as control:
            control.new_world(clock="real", latency="instant")
            control.arm("run.stuck(in_progress, forever=true)")
            assistant = first("POST", "/v1/assistants", {"model": "gpt-4o", "instructions": "x"}).body["id"]
            thread = first("POST", "/v1/threads", {}).body["id"]
            asked = {"assistant_id": assistant, "stream": True}
            response = first.begin("POST", f"/v1/threads/{thread}/runs", asked)
            lines = iter(response)
            told = until(lines, b"event: thread.run.in_progress")
            run = second("GET", f"/v1/threads/{thread}/runs").body["data"][0]["id"]
            second("POST", f"/v1/threads/{thread}/runs/{run}/cancel")
            told += until(lines, b"event: done")
        first.connection.close()
        second.connection.close()
    assert b"event: thread.run.cancelled" in told


def until(lines: Iterator[bytes], last: bytes) -> list[bytes]:
    """The lines up to one."""
    read = []
    for line in lines:
        read.append(line.rstrip())
        if read[-1] == last:
            return read
    raise AssertionError(f"{last!r} never came, only {read}")

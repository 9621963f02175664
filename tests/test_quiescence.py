"""The proof that a client waits in vain, as the clock tells it: when it stands, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from harness.control import Control
from mockserver.readers import PATIENCE
from tests.conftest import Raw
from tests.stage import Stage

STALLED = {"then": {"stall": "in_progress"}}


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    return Stage(raw, control)


def again(times: int, call: Callable[[], Any]) -> None:
    for _ in range(times):
        call()


def stuck(stage: Stage) -> tuple[str, str]:
    """A file that is never indexed, and the path to look at it."""
    stage.control.arm("index.stuck", "vector_stores.files.create")
    store_id, file_id = stage.post("/vector_stores", {})["id"], stage.file()
    stage.post(f"/vector_stores/{store_id}/files", {"file_id": file_id})
    return f"{store_id}/{file_id}", f"/vector_stores/{store_id}/files/{file_id}"


def test_whoever_reads_what_never_changes_is_counted_truly(stage: Stage) -> None:
    """From the 25th time on, in every answer about time; looking at it changes nothing."""
    subject, path = stuck(stage)
    control = stage.control
    assert control.clock()["quiescence"] is None
    again(PATIENCE - 1, lambda: stage.get(path))
    assert control.clock()["quiescence"] is None
    for reads in range(PATIENCE, 3 * PATIENCE):
        stage.get(path)
        expected = {"subject": subject, "reads": reads}
        assert control.clock()["quiescence"] == expected
        assert control.advance(0.2)["quiescence"] == expected
        assert control.advance(0)["quiescence"] == expected
        assert control.set_clock("virtual")["quiescence"] == expected
    notes = [entry["subject"] for entry in control.journal() if entry.get("event") == "quiescence"]
    assert notes == [subject, subject]


@pytest.mark.parametrize("slept", [0.0, 1.0])
def test_a_call_that_does_something_ends_it(stage: Stage, slept: float) -> None:
    """And it is counted from one again, for who sleeps between reads too."""
    _, path = stuck(stage)

    def look() -> None:
        stage.get(path)
        stage.control.advance(slept)

    again(PATIENCE, look)
    assert stage.control.clock()["quiescence"] is not None
    stage.post("/threads", {})
    assert stage.control.clock()["quiescence"] is None
    again(PATIENCE - 1, look)
    assert stage.control.clock()["quiescence"] is None
    look()
    assert stage.control.clock()["quiescence"]["reads"] == PATIENCE


def test_reading_what_has_ended_waits_in_vain(stage: Stage) -> None:
    """A loop with a wrong condition: the run was completed long ago."""
    path = stage.run()
    stage.finish(path)
    again(PATIENCE, lambda: stage.get(path))
    assert stage.control.clock()["quiescence"] == {"subject": path.rpartition("/")[2], "reads": PATIENCE}
    again(PATIENCE, lambda: stage.get(path.rpartition("/runs")[0] + "/messages"))
    assert stage.control.clock()["quiescence"]["subject"].endswith("/messages")


def test_as_long_as_anything_is_to_come_nobody_waits_in_vain(stage: Stage) -> None:
    """A run that asks for tool outputs expires some day; then its poller may see that."""
    stage.says({"tool_calls": [{"function": "get_weather", "arguments": {}}]})
    path = stage.run(assistant={"tools": [{"type": "function", "function": {"name": "get_weather"}}]})
    while stage.get(path)["status"] != "requires_action":
        pass
    thread = path.partition("/runs")[0]
    for _ in range(4 * PATIENCE):
        stage.get(path)
        stage.get(thread)
        assert stage.control.advance(1)["quiescence"] is None
    stage.control.advance(600)
    assert stage.control.clock()["quiescence"] is None
    again(PATIENCE, lambda: stage.get(path))
    assert stage.control.clock()["quiescence"]["reads"] == PATIENCE
    assert stage.get(path)["status"] == "expired"


def test_a_new_change_that_is_to_come_ends_it(stage: Stage) -> None:
    """Whoever reads something else may wait for that."""
    thread = stage.post("/threads", {})["id"]
    again(PATIENCE, lambda: stage.get(f"/threads/{thread}"))
    assert stage.control.clock()["quiescence"] == {"subject": f"/threads/{thread}", "reads": PATIENCE}
    run = {"object": "thread.run", "id": "run_1", "thread_id": "thread_1", "assistant_id": "asst_1"}
    others = [{"object": "assistant", "id": "asst_1"}, {"object": "thread", "id": "thread_1"}]
    stage.control.fixtures([*others, {**run, "status": "in_progress"}])
    assert stage.control.clock()["quiescence"] is None
    stage.control.advance(601)
    stage.get(f"/threads/{thread}")
    assert stage.control.clock()["quiescence"] is None, "counted anew"


def test_somebody_elses_work_does_not_help_who_waits_for_what_is_stuck(stage: Stage) -> None:
    """Sleeping between reads neither: the count goes on."""
    subject, path = stuck(stage)
    stage.says({"stall": "in_progress"})
    stage.run()
    for _ in range(PATIENCE):
        stage.get(path)
        proof = stage.control.advance(1)["quiescence"]
    assert proof == {"subject": subject, "reads": PATIENCE}


def test_two_reads_in_turns_are_both_counted(stage: Stage) -> None:
    """And so is one that comes now and then; but who has gone on to other reads waits no more."""
    _, path = stuck(stage)
    for number in range(PATIENCE):
        stage.get(path)
        stage.get("/assistants")
        if number % 5 == 0:
            stage.get(f"/assistants?limit={number + 1}")
    assert stage.control.clock()["quiescence"]["reads"] == PATIENCE
    for limit in range(1, PATIENCE + 1):
        stage.get(f"/assistants?limit={limit}")
    assert stage.control.clock()["quiescence"] is None


def test_what_fails_again_and_again(stage: Stage) -> None:
    """Because of a fault that is never over; one that ends some day is waited for."""
    control, raw = stage.control, stage.raw
    control.arm("500", "threads.create", always=True)
    again(PATIENCE + 5, lambda: raw("POST", "/v1/threads", {}))
    assert control.clock()["quiescence"] == {"subject": "/v1/threads failed", "reads": PATIENCE + 5}
    assert control.advance(1)["quiescence"] == {"subject": "/v1/threads failed", "reads": PATIENCE + 5}
    control.new_world()
    control.arm("500", "threads.create", until="10m")
    again(PATIENCE - 1, lambda: raw("POST", "/v1/threads", {}))
    assert control.clock()["quiescence"] is None
    raw("POST", "/v1/threads", {})
    assert raw("POST", "/v1/threads", {}).status == 200
    assert control.clock()["quiescence"] is None


@pytest.mark.parametrize("options", [{"first": 30}, {"times": 30}, {"probability": 0.999, "times": 1000}])
def test_what_fails_for_now_only_is_no_proof(stage: Stage, options: dict[str, Any]) -> None:
    """A few times more, and the call gets through."""
    stage.control.arm("500", "threads.create", **options)
    again(PATIENCE, lambda: stage.raw("POST", "/v1/threads", {}))
    assert stage.control.clock()["quiescence"] is None
    assert not [entry for entry in stage.control.journal() if entry.get("event") == "quiescence"]


def test_a_fault_that_the_client_asks_for_by_itself_never_ends(stage: Stage) -> None:
    """By a header of every call."""
    again(PATIENCE, lambda: stage.raw("POST", "/v1/threads", {}, {"X-Mock-Fault": "500"}))
    assert stage.control.clock()["quiescence"] == {"subject": "/v1/threads failed", "reads": PATIENCE}


def test_what_somebody_else_changes_may_bring_another_answer(stage: Stage) -> None:
    """A fault is disarmed, an object is described: who looks again will see."""
    control, raw = stage.control, stage.raw
    control.arm("500", "threads.create", always=True)
    again(PATIENCE, lambda: raw("POST", "/v1/threads", {}))
    assert control.clock()["quiescence"] is not None
    control.disarm()
    assert control.clock()["quiescence"] is None
    assert raw("POST", "/v1/threads", {}).status == 200
    again(PATIENCE, lambda: raw("GET", "/v1/threads/thread_1"))
    assert control.clock()["quiescence"] is not None
    control.fixtures([{"object": "thread", "id": "thread_2"}])
    assert control.clock()["quiescence"] is None
    raw("GET", "/v1/threads/thread_1")
    assert control.clock()["quiescence"]["reads"] == PATIENCE + 1
    control.fixtures([{"object": "thread", "id": "thread_1"}])
    assert raw("GET", "/v1/threads/thread_1").status == 200
    assert control.clock()["quiescence"] is None


def test_what_is_refused_again_and_again(stage: Stage) -> None:
    """Reads and other calls, with reads in between; the same path with another body is another call."""
    raw, clock = stage.raw, stage.control.clock
    again(PATIENCE, lambda: raw("GET", "/v1/threads/thread_gone"))
    assert clock()["quiescence"] == {"subject": "GET /v1/threads/thread_gone refused", "reads": PATIENCE}
    thread = stage.post("/threads", {})["id"]
    assert clock()["quiescence"] is None
    path = f"/v1/threads/{thread}/messages"
    for number in range(PATIENCE):
        assert raw("POST", path, {"role": "robot", "content": str(number)}).status == 400
    assert clock()["quiescence"] is None
    for number in range(PATIENCE):
        assert raw("POST", path, {"role": "robot", "content": "x"}).status == 400
        if number % 2:
            stage.get(f"/threads/{thread}")
    assert clock()["quiescence"] == {"subject": f"POST {path} refused", "reads": PATIENCE}


def test_a_refusal_ends_when_something_expires(stage: Stage) -> None:
    """A stalled run holds its thread until then; who sleeps gets through, who does not is not in vain."""
    stage.says({"stall": "in_progress"})
    path = stage.run()
    messages = f"/v1{path.rpartition('/runs')[0]}/messages"
    for _ in range(2 * PATIENCE):
        assert stage.raw("POST", messages, {"role": "user", "content": "Well?"}).status == 400
    assert stage.control.clock()["quiescence"] is None
    stage.control.advance(600)
    assert stage.raw("POST", messages, {"role": "user", "content": "Well?"}).status == 200


def test_what_only_expires_lets_nobody_through(stage: Stage) -> None:
    """A store that lasts for days does not hide that its client is refused for ever."""
    stage.post("/vector_stores", {"expires_after": {"anchor": "last_active_at", "days": 7}})
    again(PATIENCE, lambda: stage.raw("GET", "/v1/threads/thread_gone"))
    assert stage.control.clock()["quiescence"] is not None


def test_a_file_that_is_being_processed_is_waited_for(stage: Stage) -> None:
    """It cannot be deleted before."""
    path = f"/files/{stage.file('a.jsonl', b'{}', 'fine-tune')}"
    for _ in range(2 * PATIENCE):
        assert stage.raw("DELETE", f"/v1{path}").status == 409
    assert stage.control.clock()["quiescence"] is None
    stage.control.advance(60)
    assert stage.delete(path)["deleted"]


def test_a_world_that_was_put_back_begins_anew(stage: Stage) -> None:
    """A new one as well."""
    _, path = stuck(stage)
    document = stage.control.snapshot()
    again(PATIENCE, lambda: stage.get(path))
    assert stage.control.clock()["quiescence"] is not None
    stage.control.restore(document)
    assert stage.control.clock()["quiescence"] is None
    again(PATIENCE, lambda: stage.get(path))
    assert stage.control.clock()["quiescence"]["reads"] == PATIENCE
    stage.control.new_world()
    assert stage.control.clock()["quiescence"] is None


def test_where_time_passes_by_itself_it_is_counted_from_the_last_change(stage: Stage) -> None:
    """Nothing in the journal there, and nobody is moved; the proof is as good."""
    control = stage.control
    control.new_world(clock="x0.001", latency={"queued": "10s"})
    path = stage.run()
    for _ in range(2 * PATIENCE):
        assert stage.get(path)["status"] == "queued"
        assert control.clock()["quiescence"] is None
    assert control.advance(60)["quiescence"] is None, "who looks again sees something else"
    for _ in range(PATIENCE - 1):
        assert stage.get(path)["status"] == "completed"
        assert control.clock()["quiescence"] is None
    stage.get(path)
    assert control.clock()["quiescence"] == {"subject": path.rpartition("/")[2], "reads": PATIENCE}
    assert not [entry for entry in control.journal() if entry.get("event") == "quiescence"]


def test_an_sdk_that_polls_for_ever_is_seen(client: openai.OpenAI, control: Control) -> None:
    """What a watchdog sees of a loop without sleeps."""
    control.add_replies(STALLED)
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    run = client.beta.threads.create_and_run(assistant_id=assistant.id)
    while control.clock()["quiescence"] is None:
        status = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status
    assert status == "expired"
    assert control.clock()["quiescence"]["subject"] == run.id

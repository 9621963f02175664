"""Broken connections in detail: by the real clock, in files, forms and streams, and together."""

from __future__ import annotations

import asyncio

import openai
import pytest

from mockserver.server import Server
from tests.faults.lines import Line
from tests.faults.shows import Stage
from tests.stage import until

# By the real clock


def test_a_client_really_waits_and_gives_up_by_itself(stage: Stage) -> None:
    stage.control.set_clock("real")
    thread = stage.thread("One")
    stage.arm("stall(done=true)", "messages.create")
    hasty = stage.client.with_options(timeout=0.02)
    error = stage.fails(
        openai.APITimeoutError,
        lambda: hasty.beta.threads.messages.create(thread, role="user", content="Two"),
    )
    assert str(error) == "Request timed out."
    assert stage.texts(thread) == ["One", "Two"]


def test_an_asynchronous_client_gives_up_too(server: Server, stage: Stage, key: str) -> None:
    stage.control.set_clock("real")
    thread = stage.thread("One")
    stage.arm("slow", "messages.create")

    async def say() -> None:
        async with openai.AsyncOpenAI(
            base_url=server.base_url, api_key=key, max_retries=0, timeout=0.02
        ) as client:
            await client.beta.threads.messages.create(thread, role="user", content="Two")

    with pytest.raises(openai.APITimeoutError):
        asyncio.run(say())
    assert stage.texts(thread) == ["One", "Two"]


def test_pauses_are_real_when_the_clock_is(stage: Stage) -> None:
    stage.control.set_clock("real")
    thread = stage.thread("One")
    stage.arm("drip(1ms, bytes=100)", "messages.create")
    assert stage.say(thread, "Two").content[0].text.value == "Two"
    assert stage.texts(thread) == ["One", "Two"]


def test_a_fast_clock_shortens_the_wait_and_its_end(stage: Stage) -> None:
    """Eleven minutes of the world are 7 ms here; the client's ten are over, and so is the grace."""
    stage.control.set_clock("x100000")
    thread = stage.thread("One")
    stage.arm("stall", "messages.create")
    error = stage.fails(openai.APIConnectionError, lambda: stage.say(thread, "Two"))
    assert type(error) is not openai.APITimeoutError
    assert stage.texts(thread) == ["One"]


def test_advancing_the_clock_ends_a_pause(server: Server, stage: Stage, line: Line, key: str) -> None:
    stage.control.set_clock("real")
    stage.arm("slow(1h)", "threads.create")
    line.send("POST", "/v1/threads", {})
    until(lambda: bool(stage.control.journal(operation="threads.create")))
    stage.control.advance(3_600)
    assert line.rest() == b""  # an hour is longer than a client waits
    assert [entry["outcome"] for entry in stage.control.journal(operation="threads.create")] == ["cut"]


def test_whoever_hangs_up_in_a_pause_ends_it(stage: Stage, line: Line) -> None:
    stage.control.set_clock("real")
    stage.arm("stall", "threads.create")
    line.send("POST", "/v1/threads", {})
    until(lambda: bool(stage.control.journal(operation="threads.create")))
    line.socket.close()
    until(lambda: stage.control.journal(operation="threads.create")[0]["outcome"] == "left")
    (armed,) = stage.control.faults()
    assert (armed["fired"], armed["active"]) == (1, False)
    stage.thread()


def test_a_pause_does_not_outlive_its_world(stage: Stage, line: Line) -> None:
    stage.control.set_clock("real")
    stage.arm("slow(5m)", "threads.create")
    line.send("POST", "/v1/threads", {})
    until(lambda: bool(stage.control.journal(operation="threads.create")))
    stage.control.new_world()
    assert line.rest() == b""


# Files and forms


def test_a_download_breaks_off(stage: Stage) -> None:
    text = "One line after another.\n" * 1_000
    described = {"object": "file", "id": "file-out", "filename": "out.txt", "purpose": "fine-tune"}
    stage.control.fixtures({**described, "text": text})
    stage.arm("cut_body(100)", "files.content")
    error = stage.fails(openai.APIConnectionError, lambda: stage.client.files.content("file-out"))
    assert str(error.__cause__).endswith(f"(received 100 bytes, expected {len(text)})")
    assert stage.client.files.content("file-out").text == text


def test_a_download_may_come_drop_by_drop(stage: Stage) -> None:
    described = {"object": "file", "id": "file-out", "filename": "out.txt", "purpose": "fine-tune"}
    stage.control.fixtures({**described, "text": "0123456789" * 10})
    stage.arm("drip(2s, bytes=30)", "files.content")
    begun = stage.control.clock()["now"]
    assert stage.client.files.content("file-out").text == "0123456789" * 10
    assert stage.control.clock()["now"] - begun == 6


def test_at_least_the_last_byte_of_a_body_is_missing(stage: Stage, line: Line) -> None:
    stage.arm("cut_body(1000000)", "assistants.list")
    line.send("GET", "/v1/assistants")
    head, _, body = line.rest().partition(b"\r\n\r\n")
    assert f"content-length: {len(body) + 1}".encode() in head


def test_of_a_stream_only_the_end_of_the_transfer_may_be_missing(stage: Stage, line: Line) -> None:
    assistant = stage.assistant()
    stage.arm("cut_body(1000000)", "threads.create_and_run")
    messages = [{"role": "user", "content": "Hello."}]
    line.send(
        *("POST", "/v1/threads/runs"),
        {"assistant_id": assistant, "stream": True, "thread": {"messages": messages}},
    )
    assert line.rest().endswith(b"event: done\ndata: [DONE]\n\n\r\n")


def test_an_upload_that_arrives_twice_is_two_files(stage: Stage) -> None:
    stage.arm("double_delivery", "files.create")
    file = stage.client.files.create(file=("notes.txt", b"Notes."), purpose="assistants")
    newer, older = stage.client.files.list()
    assert newer.id == file.id
    assert (newer.filename, newer.bytes) == (older.filename, older.bytes) == ("notes.txt", 6)


def test_what_is_deleted_twice_is_not_found(stage: Stage) -> None:
    thread = stage.thread()
    stage.arm("double_delivery", "threads.delete")
    stage.fails(openai.NotFoundError, lambda: stage.client.beta.threads.delete(thread))
    assert stage.control.journal(operation="threads.delete")[0]["performed"]


# Streams


@pytest.mark.parametrize("fault", ["slow", "drip(100ms, bytes=7)"])
def test_a_slow_stream_tells_all_the_same(stage: Stage, fault: str) -> None:
    assistant, runs = stage.assistant(), stage.client.beta.threads.runs

    def listen() -> list[str]:
        return [event.event for event in runs.create(stage.thread(), assistant_id=assistant, stream=True)]

    stage.arm(fault, "runs.create")
    assert listen() == listen()


def test_a_stall_of_a_stream_may_begin_with_its_run(stage: Stage) -> None:
    """The run was over long before the client gave up."""
    assistant, thread = stage.assistant(), stage.thread()
    runs = stage.client.beta.threads.runs
    stage.arm("stall(true)", "runs.create")
    stage.fails(openai.APIConnectionError, lambda: runs.create(thread, assistant_id=assistant, stream=True))
    assert [run.status for run in runs.list(thread)] == ["completed"]


# Together


def test_faults_stand_around_each_other(stage: Stage) -> None:
    """What was armed first is nearest to the operation: the answer that is late is the one of the gateway."""
    thread = stage.thread("One")
    stage.arm("502", "messages.create")
    stage.arm("slow(30s)", "messages.create")
    begun = stage.control.clock()["now"]
    stage.fails(openai.InternalServerError, lambda: stage.say(thread, "Two"))
    assert stage.control.clock()["now"] - begun == 30
    assert [armed["fired"] for armed in stage.control.faults()] == [1, 1]


def test_a_fault_behind_one_that_never_asks_does_not_act(stage: Stage) -> None:
    thread = stage.thread("One")
    stage.arm("double_delivery", "messages.create")
    stage.arm("refuse", "messages.create")
    stage.fails(openai.APIConnectionError, lambda: stage.say(thread, "Two"))
    assert [armed["fired"] for armed in stage.control.faults()] == [0, 1]
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two", "Two"]


def test_twice_as_often_is_doubled_once_more(stage: Stage) -> None:
    """Each lets the operation itself happen once more."""
    thread = stage.thread("One")
    stage.arm("double_delivery", "messages.create")
    stage.arm("double_delivery", "messages.create")
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two", "Two", "Two"]


def test_a_late_answer_may_be_lost_too(stage: Stage) -> None:
    thread = stage.thread("One")
    answer = stage.fails(
        openai.APIConnectionError,
        lambda: stage.client.beta.threads.messages.create(
            thread,
            role="user",
            content="Two",
            extra_headers={"X-Mock-Fault": "slow(5s); lost_ack(reset=true)"},
        ),
    )
    assert str(answer.__cause__) == "[Errno 104] Connection reset by peer"
    assert stage.texts(thread) == ["One", "Two"]


def test_an_sdk_repeats_what_was_lost_and_says_it_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is what the fault is for."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # the SDK waits before it repeats
    thread = stage.thread("One")
    stage.arm("lost_ack", "messages.create")
    stage.client = stage.client.with_options(max_retries=1)
    stage.say(thread, "Two")
    assert stage.texts(thread) == ["One", "Two", "Two"]

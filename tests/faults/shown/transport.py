"""What clients see of broken connections."""

from __future__ import annotations

import openai

from tests.faults.shows import Stage, shows

CLOSED = "Server disconnected without sending a response."
RESET = "[Errno 104] Connection reset by peer"


def _broken(stage: Stage, thread: str) -> str:
    """Say "Two" on a connection that breaks: what the SDK's error gives as its cause."""
    error = stage.fails(openai.APIConnectionError, lambda: stage.say(thread, "Two"))
    return str(error.__cause__)


def _say_three(stage: Stage, thread: str, before: list[str]) -> None:
    """Nothing has been said but what stands here, and now a message goes through."""
    assert stage.texts(thread) == before
    stage.say(thread, "Three")
    assert stage.texts(thread) == [*before, "Three"]


@shows("refuse")
def refuse(stage: Stage) -> None:
    """Nothing was done, and it looks just as if it had been."""
    thread = stage.thread("One")
    stage.arm("refuse", "messages.create")
    assert _broken(stage, thread) == CLOSED
    _say_three(stage, thread, ["One"])


@shows("reset_before")
def reset_before(stage: Stage) -> None:
    """The connection breaks before anything is done."""
    thread = stage.thread("One")
    stage.arm("reset_before", "messages.create")
    assert _broken(stage, thread) == RESET
    _say_three(stage, thread, ["One"])


@shows("lost_ack")
def lost_ack(stage: Stage) -> None:
    """The message is there although the client saw nothing but a connection that closed."""
    thread = stage.thread("One")
    stage.arm("lost_ack", "messages.create")
    assert _broken(stage, thread) == CLOSED
    _say_three(stage, thread, ["One", "Two"])


@shows("lost_ack")
def lost_ack_of_a_stream(stage: Stage) -> None:
    """The run has begun and goes on; whoever begins another one is told so."""
    assistant, thread = stage.assistant(), stage.thread()
    stage.arm("lost_ack(reset=true)", "runs.create")
    runs = stage.client.beta.threads.runs
    error = stage.fails(
        openai.APIConnectionError, lambda: runs.create(thread, assistant_id=assistant, stream=True)
    )
    assert str(error.__cause__) == RESET
    (run,) = runs.list(thread)
    assert run.status == "queued"
    refused = stage.fails(openai.BadRequestError, lambda: runs.create(thread, assistant_id=assistant))
    assert refused.message.endswith(f"Thread {thread} already has an active run {run.id}.")


@shows("double_delivery")
def double_delivery(stage: Stage) -> None:
    """One call, two messages; the client knows of the second."""
    thread = stage.thread("One")
    stage.arm("double_delivery", "messages.create")
    said = stage.say(thread, "Two")
    newest, *_ = stage.client.beta.threads.messages.list(thread)
    assert newest.id == said.id
    _say_three(stage, thread, ["One", "Two", "Two"])


@shows("double_delivery")
def double_delivery_of_a_run(stage: Stage) -> None:
    """The second request is refused because of a run that the first one began."""
    assistant, thread = stage.assistant(), stage.thread()
    runs = stage.client.beta.threads.runs
    stage.arm("double_delivery", "runs.create")
    refused = stage.fails(openai.BadRequestError, lambda: runs.create(thread, assistant_id=assistant))
    (run,) = runs.list(thread)
    assert refused.message.endswith(f"Thread {thread} already has an active run {run.id}.")
    runs.poll(run.id, thread_id=thread)
    assert runs.create(thread, assistant_id=assistant).status == "queued"


@shows("stall")
def stall(stage: Stage) -> None:
    """The client's own time-out passes in the world, and nobody has waited."""
    thread = stage.thread("One")
    stage.arm("stall", "messages.create")
    begun = stage.control.clock()["now"]
    assert _broken(stage, thread) == CLOSED
    assert stage.control.clock()["now"] - begun == 600
    _say_three(stage, thread, ["One"])


@shows("stall")
def stall_after_all_is_done(stage: Stage) -> None:
    """The same, seen from outside, and the message is there. This client has less patience."""
    thread = stage.thread("One")
    stage.arm("stall(done=true)", "messages.create")
    begun = stage.control.clock()["now"]
    stage.client = stage.client.with_options(timeout=20)
    assert _broken(stage, thread) == CLOSED
    assert stage.control.clock()["now"] - begun == 20
    _say_three(stage, thread, ["One", "Two"])


@shows("slow")
def slow(stage: Stage) -> None:
    """The message is made at once, and the answer arrives ten seconds later."""
    thread = stage.thread("One")
    stage.arm("slow", "messages.create")
    begun = stage.control.clock()["now"]
    assert stage.say(thread, "Two").created_at == begun
    assert stage.control.clock()["now"] - begun == 10
    _say_three(stage, thread, ["One", "Two"])


@shows("slow")
def slower_than_the_client_waits(stage: Stage) -> None:
    """The client has gone when the answer is there."""
    thread = stage.thread("One")
    stage.arm("slow(11m)", "messages.create")
    begun = stage.control.clock()["now"]
    assert _broken(stage, thread) == CLOSED
    assert stage.control.clock()["now"] - begun == 600
    _say_three(stage, thread, ["One", "Two"])


@shows("drip")
def drip(stage: Stage) -> None:
    """The answer is whole, and takes a second for every 64 bytes after the first ones."""
    thread = stage.thread("One")
    stage.arm("drip", "messages.create")
    begun = stage.control.clock()["now"]
    answer = stage.client.beta.threads.messages.with_raw_response.create(thread, role="user", content="Two")
    size = len(answer.content)
    assert answer.headers["content-length"] == str(size)
    assert stage.control.clock()["now"] - begun == (size - 1) // 64 > 1
    _say_three(stage, thread, ["One", "Two"])


@shows("cut_body")
def cut_body(stage: Stage) -> None:
    """The answer was promised whole and ends after 64 bytes."""
    thread = stage.thread("One")
    stage.arm("cut_body", "messages.create")
    cause = _broken(stage, thread)
    assert cause.startswith(
        "peer closed connection without sending complete message body (received 64 bytes, expected "
    )
    _say_three(stage, thread, ["One", "Two"])


@shows("cut_body")
def cut_stream(stage: Stage) -> None:
    """A stream breaks off in the middle of an event, and the run goes on without a listener."""
    assistant, thread = stage.assistant(), stage.thread()
    runs = stage.client.beta.threads.runs
    stage.arm("cut_body(1500)", "runs.create")
    seen: list[str] = []

    def listen() -> None:
        seen.extend(event.event for event in runs.create(thread, assistant_id=assistant, stream=True))

    error = stage.fails(openai.APIConnectionError, listen)
    assert str(error.__cause__) == (
        "peer closed connection without sending complete message body (incomplete chunked read)"
    )
    assert seen == ["thread.run.created"]
    (run,) = runs.list(thread)
    assert runs.poll(run.id, thread_id=thread).status == "completed"
    assert runs.create(thread, assistant_id=assistant).status == "queued"

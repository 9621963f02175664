"""Clients that wait for runs."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from harness import HungError
from tests.harness.practices.clients.contract import Stage, breaks, keeps


@breaks("endless_poll")
def waits_until_completed(stage: Stage) -> None:
    """It knows one end only; the run fails."""
    stage.handle.faults.arm("run.failed", "runs.create")
    run = stage.run(stage.thread(), stage.assistant())

    def wait() -> None:
        while stage.read(run).status != "completed":
            time.sleep(1)

    with pytest.raises(HungError):
        wait()


@breaks("endless_poll")
def leaves_what_hangs(stage: Stage) -> None:
    """It gives up, and its run holds the thread for ever."""
    stage.handle.faults.arm("run.stuck(forever=true)", "runs.create")
    run = stage.run(stage.thread(), stage.assistant())
    with pytest.raises(TimeoutError):
        stage.wait(run, 60)


@keeps("endless_poll")
def cancels_what_hangs(stage: Stage) -> None:
    """It has a deadline, and does something about it."""
    stage.handle.faults.arm("run.stuck(forever=true)", "runs.create")
    run = stage.run(stage.thread(), stage.assistant())
    with pytest.raises(TimeoutError):
        stage.wait(run, 60)
    stage.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)


@keeps("endless_poll")
def gives_up_a_store(stage: Stage) -> None:
    """What is indexed cannot be cancelled; to stop looking is enough."""
    stage.handle.faults.arm("index.stuck")
    store = stage.client.vector_stores.create(file_ids=[stage.file()])
    for _ in range(60):
        stage.client.vector_stores.retrieve(store.id)
        time.sleep(1)


@breaks("hurried_poll")
def never_sleeps(stage: Stage) -> None:
    """Thirty reads in no time; then it gives up."""
    stage.handle.faults.arm("run.stuck(forever=true)", "runs.create")
    run = stage.run(stage.thread(), stage.assistant())
    for _ in range(30):
        stage.read(run)
    stage.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)


@keeps("hurried_poll")
def sleeps_between(stage: Stage) -> None:
    """A read a second."""
    stage.handle.faults.arm("run.slow(30s)", "runs.create")
    assert stage.wait(stage.run(stage.thread(), stage.assistant())).status == "completed"


@keeps("hurried_poll")
def polls_by_helper(stage: Stage) -> None:
    """The SDK knows how often."""
    stage.handle.faults.arm("run.slow(30s)", "runs.create")
    run = stage.beta.threads.runs.create_and_poll(
        thread_id=stage.thread(), assistant_id=stage.assistant(), poll_interval_ms=1
    )
    assert run.status == "completed"


@breaks("early_messages")
def reads_at_once(stage: Stage) -> None:
    """It takes its own question for the answer."""
    thread = stage.thread()
    stage.run(thread, stage.assistant())
    assert stage.messages(thread).data[0].role == "user"


@keeps("early_messages")
def reads_at_the_end(stage: Stage) -> None:
    """It shows the thread while it waits, and reads the answer when it is there."""
    thread = stage.thread()
    run = stage.run(thread, stage.assistant())
    stage.messages(thread)
    stage.wait(run)
    assert stage.messages(thread).data[0].role == "assistant"


@keeps("early_messages")
def gives_up_and_looks(stage: Stage) -> None:
    """It cancels what hangs, and sees what there is."""
    stage.handle.faults.arm("run.stuck(forever=true)", "runs.create")
    thread = stage.thread()
    run = stage.run(thread, stage.assistant())
    with suppress(TimeoutError):
        stage.wait(run, 30)
    stage.beta.threads.runs.cancel(run.id, thread_id=thread)
    stage.messages(thread)


@keeps("early_messages")
def streams(stage: Stage) -> None:
    """The answer is in the stream."""
    thread = stage.thread()
    with stage.beta.threads.runs.stream(thread_id=thread, assistant_id=stage.assistant()) as stream:
        stage.messages(thread)
        stream.until_done()


@breaks("reused_run")
def asks_the_old_run_again(stage: Stage) -> None:
    """The second question is never run."""
    thread = stage.thread()
    run = stage.wait(stage.run(thread, stage.assistant()))
    stage.say(thread, "And then?")
    assert stage.wait(run).status == "completed"


@keeps("reused_run")
def makes_a_run_for_each_turn(stage: Stage) -> None:
    """It looks once more whether the old one has ended, and makes a new one."""
    thread, assistant = stage.thread(), stage.assistant()
    run = stage.wait(stage.run(thread, assistant))
    stage.say(thread, "And then?")
    stage.read(run)
    stage.wait(stage.run(thread, assistant))

"""Clients that try again."""

from __future__ import annotations

import time
from contextlib import suppress

import openai
import pytest

from tests.harness.practices.clients.contract import Stage, breaks, keeps


@breaks("early_retry")
def comes_back_after_a_second(stage: Stage) -> None:
    """Whatever it was told."""
    stage.handle.faults.arm("429(retry_after=20s)", "threads.create", times=2)
    for _ in range(3):
        with suppress(openai.RateLimitError):
            stage.beta.threads.create()
        time.sleep(1)


@keeps("early_retry")
def comes_back_when_it_is_told(stage: Stage) -> None:
    """It sleeps for as long as the header says."""
    stage.handle.faults.arm("429(retry_after=20s)", "threads.create")
    with pytest.raises(openai.RateLimitError) as raised:
        stage.beta.threads.create()
    time.sleep(float(raised.value.response.headers["retry-after"]))
    stage.beta.threads.create()


@keeps("early_retry")
def leaves_it_to_the_sdk(stage: Stage) -> None:
    """With its retries."""
    stage.handle.faults.arm("429(retry_after=20s)", "threads.create")
    stage.client.with_options(max_retries=2).beta.threads.create()


@keeps("early_retry")
def asks_for_something_else_meanwhile(stage: Stage) -> None:
    """Another call is no retry."""
    stage.handle.faults.arm("429(retry_after=20s)", "threads.create")
    with pytest.raises(openai.RateLimitError):
        stage.beta.threads.create()
    stage.beta.threads.create(metadata={"other": "yes"})


@breaks("repeated_refusal")
def retries_everything(stage: Stage) -> None:
    """Three times, with longer pauses."""
    for pause in (1, 2, 4):
        with suppress(openai.APIStatusError):
            stage.beta.assistants.create(model="no-such-model")
        time.sleep(pause)


@breaks("repeated_refusal")
def hopes_for_quota(stage: Stage) -> None:
    """The money is gone; time does not help."""
    stage.handle.faults.arm("429_quota", "threads.create", times=2)
    for _ in range(2):
        with suppress(openai.RateLimitError):
            stage.beta.threads.create()
        time.sleep(60)


@keeps("repeated_refusal")
def lets_the_sdk_retry_quota(stage: Stage) -> None:
    """The SDK cannot tell quota from rates; the program does not try again."""
    stage.handle.faults.arm("429_quota", "threads.create", times=3)
    with pytest.raises(openai.RateLimitError):
        stage.client.with_options(max_retries=2).beta.threads.create()


@keeps("repeated_refusal")
def waits_for_the_run_to_end(stage: Stage) -> None:
    """What is refused because a run is active is taken later."""
    thread = stage.thread()
    stage.handle.faults.arm("run.slow(20s)", "runs.create")
    stage.run(thread, stage.assistant())
    for _ in range(60):
        with suppress(openai.BadRequestError):
            stage.say(thread, "And then?")
            return
        time.sleep(1)
    raise AssertionError("never taken")


@keeps("repeated_refusal")
def mends_it_first(stage: Stage) -> None:
    """The thread was empty; now it is not."""
    thread, assistant = stage.beta.threads.create().id, stage.assistant(instructions=None)
    with pytest.raises(openai.BadRequestError):
        stage.run(thread, assistant)
    stage.say(thread, "Well?")
    stage.wait(stage.run(thread, assistant))


@keeps("repeated_refusal")
def retries_what_broke(stage: Stage) -> None:
    """A 500 may be tried again."""
    stage.handle.faults.arm("500", "threads.create")
    with pytest.raises(openai.InternalServerError):
        stage.beta.threads.create()
    stage.beta.threads.create()

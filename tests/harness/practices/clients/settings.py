"""Clients and what they send with every request, or make for every turn."""

from __future__ import annotations

import openai
import pytest

from tests.harness.practices.clients.contract import Stage, breaks, keeps

LONG = "You are the clerk of a shop that sells lamps. " * 10


@breaks("missing_beta_header")
def goes_without_the_header(stage: Stage) -> None:
    """As a client of one's own might."""
    with pytest.raises(openai.BadRequestError):
        stage.client.post("/threads", body={}, cast_to=object)


@keeps("missing_beta_header")
def needs_no_header_for_files(stage: Stage) -> None:
    """Files and models never wanted one; and a refusal that a fault makes is not the client's."""
    stage.file()
    stage.client.models.list()
    stage.handle.faults.arm("v1_retired", "threads.create")
    with pytest.raises(openai.BadRequestError):
        stage.beta.threads.create()


@breaks("v1_beta_header")
def asks_for_version_1(stage: Stage) -> None:
    """As an old SDK does."""
    with pytest.raises(openai.BadRequestError):
        stage.beta.threads.create(extra_headers={"OpenAI-Beta": "assistants=v1"})


@keeps("v1_beta_header")
def asks_for_version_2(stage: Stage) -> None:
    """As every SDK of today does."""
    stage.beta.threads.create()


@breaks("repeated_assistant")
def makes_one_for_every_question(stage: Stage) -> None:
    """And tidies up, which makes it no better."""
    for question in ("One?", "Two?"):
        assistant = stage.assistant(name="Clerk")
        stage.wait(stage.run(stage.thread(question), assistant))
        stage.beta.assistants.delete(assistant)


@keeps("repeated_assistant")
def makes_it_once(stage: Stage) -> None:
    """Two questions, two threads, one assistant, and another one for something else."""
    assistant = stage.assistant(name="Clerk")
    for question in ("One?", "Two?"):
        stage.wait(stage.run(stage.thread(question), assistant))
    stage.wait(stage.run(stage.thread(), stage.assistant(name="Critic")))


@keeps("repeated_assistant")
def loses_an_answer(stage: Stage) -> None:
    """The SDK asks again when an answer is lost; there are two then, and the client knows of one."""
    stage.handle.faults.arm("lost_ack", "assistants.create")
    assistant = stage.client.with_options(max_retries=2).beta.assistants.create(model="gpt-4o")
    stage.wait(stage.run(stage.thread(), assistant.id))


@breaks("rebuilt_instructions")
def updates_before_every_run(stage: Stage) -> None:
    """The time of day is written into the assistant."""
    assistant, thread = stage.assistant(), stage.thread()
    for hour in ("ten", "eleven"):
        stage.beta.assistants.update(assistant, instructions=f"Be brief. It is {hour}.")
        stage.wait(stage.run(thread, assistant))


@keeps("rebuilt_instructions")
def adds_to_every_run(stage: Stage) -> None:
    """The assistant is changed once, for good."""
    assistant, thread = stage.assistant(), stage.thread()
    stage.beta.assistants.update(assistant, instructions="Be very brief.")
    for hour in ("ten", "eleven"):
        stage.wait(stage.run(thread, assistant, additional_instructions=f"It is {hour}."))


@breaks("overridden_instructions")
def brings_everything_anew(stage: Stage) -> None:
    """All of it, and the time of day."""
    assistant, thread = stage.assistant(), stage.thread()
    for hour in ("ten", "eleven"):
        stage.wait(stage.run(thread, assistant, instructions=f"{LONG} It is {hour}."))


@keeps("overridden_instructions")
def brings_something_else(stage: Stage) -> None:
    """Other words altogether for another task, and the same twice."""
    assistant, thread = stage.assistant(), stage.thread()
    for instructions in (LONG, LONG, "Sum up what was said, in one line for each of the questions. " * 5):
        stage.wait(stage.run(thread, assistant, instructions=instructions))

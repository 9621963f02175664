"""3 · Run polling never ends: a question whose run hangs, and a program that waits for `completed`."""

from __future__ import annotations

import time
from contextlib import suppress

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper, StillWaitingError

FINAL = ("completed", "failed", "incomplete", "cancelled", "expired")


def naive_answer(client: openai.OpenAI, thread_id: str, assistant_id: str) -> str:
    """What the assistant says to the newest message of a thread."""
    run = client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)
    while run.status != "completed":
        time.sleep(1)
        run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    return written(client, thread_id, run.id)


def careful_answer(client: openai.OpenAI, thread_id: str, assistant_id: str, attempts: int = 2) -> str:
    """The same, but every wait has an end, and no run is left on the thread."""
    for _ in range(attempts):
        run = client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)
        status = end_of(client, thread_id, run.id, patience=60)
        if status is None:
            with suppress(openai.BadRequestError):  # it has ended just now
                client.beta.threads.runs.cancel(run.id, thread_id=thread_id)
            status = end_of(client, thread_id, run.id, patience=30)
        if status == "completed":
            return written(client, thread_id, run.id)
        if status is None:
            raise TimeoutError(
                f"{run.id} cannot even be cancelled; {thread_id} is of no use until it expires"
            )
    raise RuntimeError(f"no answer in {attempts} attempts; the last run is {status}")


def end_of(client: openai.OpenAI, thread_id: str, run_id: str, patience: int) -> str | None:
    """How the run ends, None if it does not in so many seconds; unknown statuses are waited out."""
    for _ in range(patience):
        status = client.beta.threads.runs.retrieve(run_id, thread_id=thread_id).status
        if status in FINAL:
            return status
        time.sleep(1)
    return None


def written(client: openai.OpenAI, thread_id: str, run_id: str) -> str:
    """What a run has written: its own message, not just the newest of the thread."""
    (message,) = client.beta.threads.messages.list(thread_id, run_id=run_id).data
    (part,) = message.content
    assert part.type == "text"
    return part.text.value


@pytest.fixture
def question(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """A thread on which somebody has asked, and an assistant that knows the answer."""
    control.add_replies({"then": {"reply": "Paris."}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    asked = client.beta.threads.create(messages=[{"role": "user", "content": "The capital of France?"}])
    return asked.id, assistant.id


def test_forced_on_a_naive_client(
    client: openai.OpenAI, control: Control, sleepless: Sleeper, question: tuple[str, str]
) -> None:
    """The run has expired, and the program does not know that this is an end: 200, for ever."""
    sleepless.patience = 200
    control.arm("run.stuck", "runs.create")
    with pytest.raises(StillWaitingError):
        naive_answer(client, *question)
    (run,) = client.beta.threads.runs.list(question[0]).data
    assert (run.status, run.last_error) == ("expired", None)
    polls = control.journal(operation="runs.retrieve")
    assert len(polls) == 200
    assert {entry["status"] for entry in polls} == {200}


def test_forced_on_the_helper_of_the_sdk(
    client: openai.OpenAI, control: Control, question: tuple[str, str]
) -> None:
    """`create_and_poll` knows the final statuses, so it ends, after the ten minutes of the run."""
    control.arm("run.stuck", "runs.create")
    before = control.clock()["now"]
    run = client.beta.threads.runs.create_and_poll(thread_id=question[0], assistant_id=question[1])
    assert run.status == "expired"
    assert 599 <= control.clock()["now"] - before <= 600
    assert client.beta.threads.messages.list(question[0], run_id=run.id).data == []


@pytest.mark.parametrize(("stuck", "end"), [("queued", "expired"), ("in_progress", "cancelled")])
def test_forced_on_a_careful_client(
    client: openai.OpenAI,
    control: Control,
    sleepless: Sleeper,
    question: tuple[str, str],
    stuck: str,
    end: str,
) -> None:
    """It takes `expired` for what it is, gives up after a minute of its own time, and asks once more.

    What it reads before it ever slept goes straight to the next status, which for a queued run is the end.
    """
    control.arm(f"run.stuck({stuck})", "runs.create")
    assert careful_answer(client, *question) == "Paris."
    ended = [run.status for run in client.beta.threads.runs.list(question[0], order="asc")]
    assert ended == [end, "completed"]
    assert len(client.beta.threads.messages.list(question[0]).data) == 2


def test_a_careful_client_cancels_what_never_ends(
    client: openai.OpenAI, control: Control, sleepless: Sleeper, question: tuple[str, str]
) -> None:
    """Where not even the expiry comes it is the client's own clock that ends the waiting."""
    control.arm("run.stuck(forever=true)", "runs.create")
    assert careful_answer(client, *question) == "Paris."
    assert 60 <= sleepless.slept <= 63
    ended = [run.status for run in client.beta.threads.runs.list(question[0], order="asc")]
    assert ended == ["cancelled", "completed"]
    assert len(client.beta.threads.messages.list(question[0]).data) == 2


@pytest.mark.parametrize("forever", ["true", "false"])
def test_a_careful_client_gives_up_in_the_end(
    client: openai.OpenAI, control: Control, sleepless: Sleeper, question: tuple[str, str], forever: str
) -> None:
    """A run that can neither end nor be cancelled: a clear error after a minute and a half."""
    control.arm(f"run.stuck(cancelling, forever={forever})", "runs.create")
    with pytest.raises(TimeoutError, match="cannot even be cancelled"):
        careful_answer(client, *question)
    assert sleepless.slept == 90


def test_forced_by_a_header(client: openai.OpenAI, sleepless: Sleeper, question: tuple[str, str]) -> None:
    """For one call: the run of the next is not stuck."""
    stuck = client.beta.threads.runs.create(
        thread_id=question[0], assistant_id=question[1], extra_headers={"X-Mock-Fault": "run.stuck(queued)"}
    )
    time.sleep(599)
    (seen,) = client.beta.threads.runs.list(question[0]).data
    assert (seen.id, seen.status) == (stuck.id, "queued")
    time.sleep(1)
    assert careful_answer(client, *question) == "Paris."

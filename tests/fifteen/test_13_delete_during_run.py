"""13 · Thread deleted during a run: a user wants to be forgotten while an answer is being written."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import calls, runs

ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
REFUSED = {
    "message": "Cannot delete thread while run is active",
    "type": "invalid_request_error",
    "param": None,
    "code": None,
}


def naive_forget(client: openai.OpenAI, thread_ids: Iterable[str]) -> None:
    """Delete every thread of a user."""
    for thread_id in thread_ids:
        client.beta.threads.delete(thread_id)


def careful_forget(client: openai.OpenAI, thread_ids: Iterable[str]) -> None:
    """The same, but what is still being written on a thread is stopped before."""
    for thread_id in thread_ids:
        with suppress(openai.NotFoundError):  # somebody did so already
            delete(client, thread_id)


def delete(client: openai.OpenAI, thread_id: str, attempts: int = 3) -> None:
    """Stop the thread's run, if it has one, and delete the thread; again if a run came in between."""
    for attempt in range(1, attempts + 1):
        stop_run(client, thread_id)
        try:
            client.beta.threads.delete(thread_id)
        except openai.BadRequestError as error:
            if "run is active" not in str(error) or attempt == attempts:
                raise
        else:
            return


def stop_run(client: openai.OpenAI, thread_id: str, patience: int = 60) -> None:
    """Cancel what is active and wait for its end. At most one run of a thread is active, the newest."""
    for _ in range(patience):
        newest = client.beta.threads.runs.list(thread_id, limit=1).data
        if not newest or newest[0].status not in ACTIVE:
            return
        if newest[0].status != "cancelling":
            with suppress(openai.BadRequestError):  # it ended by itself, as the next look will show
                client.beta.threads.runs.cancel(newest[0].id, thread_id=thread_id)
        time.sleep(1)
    raise TimeoutError(f"the run on {thread_id} does not end")


def test_the_rest_is_not_forgotten(client: openai.OpenAI, control: Control) -> None:
    """By itself: the second thread is refused, and with it all that come after."""
    assistant, threads = assistant_and_threads(client, 3)
    client.beta.threads.runs.create(threads[1], assistant_id=assistant)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_forget(client, threads)
    assert (caught.value.status_code, caught.value.body) == (400, REFUSED)
    assert left(client, threads) == threads[1:]
    control.advance(60)
    assert runs(client, threads[1]) == ["completed"]


def test_a_careful_client_forgets_all(client: openai.OpenAI, sleepless: Sleeper) -> None:
    """By itself: the run is cancelled and no thread is left."""
    assistant, threads = assistant_and_threads(client, 3)
    client.beta.threads.runs.create(threads[1], assistant_id=assistant)
    careful_forget(client, threads)
    assert left(client, threads) == []
    careful_forget(client, threads)  # and again, because somebody pressed twice


def test_a_run_that_waits_for_a_function_is_active(
    client: openai.OpenAI, control: Control, sleepless: Sleeper
) -> None:
    """By itself: ten minutes long, although nothing happens on the thread."""
    assistant, (thread,) = assistant_and_threads(client, 1)
    control.add_replies({"then": {"tool_calls": [{"function": "look_up", "arguments": {}}]}})
    client.beta.threads.runs.create_and_poll(
        thread_id=thread,
        assistant_id=assistant,
        tools=[{"type": "function", "function": {"name": "look_up"}}],
    )
    assert runs(client, thread) == ["requires_action"]
    with pytest.raises(openai.BadRequestError) as caught:
        naive_forget(client, [thread])
    assert caught.value.body == REFUSED
    careful_forget(client, [thread])
    assert left(client, [thread]) == []


def test_what_was_seen_on_the_wire(client: openai.OpenAI, control: Control) -> None:
    """With the observed profile the thread is deleted with its run, as nobody ever reported otherwise."""
    control.new_world(profile="observed", clock="virtual")
    assistant, threads = assistant_and_threads(client, 3)
    client.beta.threads.runs.create(threads[1], assistant_id=assistant)
    naive_forget(client, threads)
    assert left(client, threads) == []
    _, (thread,) = assistant_and_threads(client, 1)
    with pytest.raises(openai.BadRequestError) as caught:  # the fault refuses all the same
        client.beta.threads.delete(thread, extra_headers={"X-Mock-Fault": "thread.delete_during_run"})
    assert caught.value.body == REFUSED


def test_forced(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """A thread on which nothing seems to happen is refused; a careful client finds out why."""
    _, threads = assistant_and_threads(client, 3)
    control.arm("thread.delete_during_run", "threads.delete", nth=2)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_forget(client, threads)
    assert caught.value.body == REFUSED
    assert left(client, threads) == threads[1:]
    control.disarm()
    control.arm("thread.delete_during_run", "threads.delete")
    careful_forget(client, threads)
    assert left(client, threads) == []
    assert calls(control, "threads.delete") == 2 + 3  # the last of which came again for the second thread


def test_a_header_is_enough(client: openai.OpenAI) -> None:
    """One call, one header."""
    _, (thread,) = assistant_and_threads(client, 1)
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.delete(thread, extra_headers={"X-Mock-Fault": "thread.delete_during_run"})
    assert caught.value.body == REFUSED
    assert left(client, [thread]) == [thread]


def assistant_and_threads(client: openai.OpenAI, number: int) -> tuple[str, list[str]]:
    """The ids of a new assistant, and of so many threads with a question."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    threads = [
        client.beta.threads.create(messages=[{"role": "user", "content": "Hello"}]).id for _ in range(number)
    ]
    return assistant.id, threads


def left(client: openai.OpenAI, thread_ids: Iterable[str]) -> list[str]:
    """Those of the threads that are still there."""
    found = []
    for thread_id in thread_ids:
        try:
            found.append(client.beta.threads.retrieve(thread_id).id)
        except openai.NotFoundError:
            continue
    return found

"""1 · Thread already has an active run: a chat in which the user writes a second line too soon."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import refused, said

REPLIES: list[dict[str, Any]] = [
    {"when": {"last_user_message": {"contains": "France"}}, "then": {"reply": "Paris."}},
    {"when": {"last_user_message": {"contains": "Italy"}}, "then": {"reply": "Rome."}},
    {"then": {"stall": "in_progress"}},
]
BOTH = [
    ("user", "The capital of France?"),
    ("assistant", "Paris."),
    ("user", "And of Italy?"),
    ("assistant", "Rome."),
]
ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")


def naive_line(client: openai.OpenAI, thread_id: str, assistant_id: str, text: str) -> Any:
    """Called for each line of the chat: puts it on the thread and has the assistant answer."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    return client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)


def careful_line(client: openai.OpenAI, thread_id: str, assistant_id: str, text: str) -> Any:
    """The same, but waits until the thread is free; one request makes line and run, so both or none."""
    for _ in range(5):
        wait_until_idle(client, thread_id)
        try:
            return client.beta.threads.runs.create(
                thread_id=thread_id,
                assistant_id=assistant_id,
                additional_messages=[{"role": "user", "content": text}],
            )
        except openai.BadRequestError as error:
            if " active" not in str(error):
                raise
            # Somebody was faster: there is another run to wait for.
    raise TimeoutError(f"{thread_id} is never free")


def wait_until_idle(client: openai.OpenAI, thread_id: str, patience: int = 60) -> None:
    """Wait for the thread's run, if it has one; cancel it when it takes too long. At most one is active."""
    for second in range(2 * patience):
        newest = client.beta.threads.runs.list(thread_id, limit=1).data
        if not newest or newest[0].status not in ACTIVE:
            return
        if second == patience:
            with suppress(openai.BadRequestError):  # it has just ended, or is being cancelled already
                client.beta.threads.runs.cancel(newest[0].id, thread_id=thread_id)
        time.sleep(1)
    raise TimeoutError(f"the run on {thread_id} does not end")


@pytest.fixture
def chat(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """An empty thread, and an assistant that knows two cities and hangs when asked for others."""
    control.add_replies(REPLIES)
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    return client.beta.threads.create().id, assistant.id


def test_a_line_too_soon_is_lost(client: openai.OpenAI, control: Control, chat: tuple[str, str]) -> None:
    """By itself: the second line is refused, and the thread never hears of it."""
    first = naive_line(client, *chat, "The capital of France?")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_line(client, *chat, "And of Italy?")
    assert caught.value.status_code == 400
    assert caught.value.body == refused(f"Can't add messages to {chat[0]} while a run {first.id} is active.")
    control.advance(60)
    assert said(client, chat[0]) == BOTH[:2]


def test_a_second_run_is_refused(client: openai.OpenAI, chat: tuple[str, str]) -> None:
    """By itself: where there is no line to be added, it is the run that is refused, in other words."""
    first = naive_line(client, *chat, "The capital of France?")
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.runs.create(thread_id=chat[0], assistant_id=chat[1])
    assert caught.value.body == refused(f"Thread {chat[0]} already has an active run {first.id}.")


def test_a_careful_client_waits_for_the_first_answer(
    client: openai.OpenAI, control: Control, sleepless: Sleeper, chat: tuple[str, str]
) -> None:
    """By itself: both lines are answered, in order, and nothing was refused on the way."""
    careful_line(client, *chat, "The capital of France?")
    careful_line(client, *chat, "And of Italy?")
    wait_until_idle(client, chat[0])
    assert said(client, chat[0]) == BOTH
    assert {entry["status"] for entry in control.journal() if "call" in entry} == {200}


def test_a_careful_client_cancels_what_does_not_end(
    client: openai.OpenAI, sleepless: Sleeper, chat: tuple[str, str]
) -> None:
    """By itself: a run that hangs would hold the thread for ten minutes."""
    hanging = naive_line(client, *chat, "The capital of Atlantis?")
    careful_line(client, *chat, "The capital of France?")
    wait_until_idle(client, chat[0])
    assert sleepless.slept < 70
    assert client.beta.threads.runs.retrieve(hanging.id, thread_id=chat[0]).status == "cancelled"
    assert said(client, chat[0]) == [("user", "The capital of Atlantis?"), *BOTH[:2]]


@pytest.mark.parametrize("at", ["messages.create", "runs.create"])
def test_forced_on_a_naive_client(
    client: openai.OpenAI, control: Control, chat: tuple[str, str], at: str
) -> None:
    """Somebody else has a run on the thread: the line is lost, or stays without an answer."""
    control.arm("run.foreign_active", at)
    with pytest.raises(openai.BadRequestError) as caught:
        naive_line(client, *chat, "The capital of France?")
    (foreign,) = client.beta.threads.runs.list(chat[0]).data
    words = {
        "messages.create": f"Can't add messages to {chat[0]} while a run {foreign.id} is active.",
        "runs.create": f"Thread {chat[0]} already has an active run {foreign.id}.",
    }
    assert caught.value.body == refused(words[at])
    control.advance(60)
    assert said(client, chat[0]) == (BOTH[:1] if at == "runs.create" else [])


def test_forced_on_a_careful_client(
    client: openai.OpenAI, control: Control, sleepless: Sleeper, chat: tuple[str, str]
) -> None:
    """It looks, sees a free thread, is refused all the same, and waits: the line is there once."""
    control.arm("run.foreign_active", "runs.create")
    careful_line(client, *chat, "The capital of France?")
    careful_line(client, *chat, "And of Italy?")
    wait_until_idle(client, chat[0])
    assert said(client, chat[0]) == BOTH
    assert [entry["call"] for entry in control.journal() if entry.get("faults")] == ["runs.create#1"]
    ended = [run.status for run in client.beta.threads.runs.list(chat[0], order="asc")]
    assert ended == ["cancelled", "completed", "completed"]  # the first is the other client's


def test_forced_by_a_header(client: openai.OpenAI, sleepless: Sleeper, chat: tuple[str, str]) -> None:
    """For one call, from any language; the other run is gone after the time that is said."""
    unlucky = {"X-Mock-Fault": "run.foreign_active(lasts=20s)"}
    with pytest.raises(openai.BadRequestError, match="already has an active run"):
        client.beta.threads.runs.create(thread_id=chat[0], assistant_id=chat[1], extra_headers=unlucky)
    careful_line(client, *chat, "The capital of France?")
    assert 19 <= sleepless.slept <= 21

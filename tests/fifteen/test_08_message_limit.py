"""8 · Thread message limit: a chat that never ends, on one thread."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control

FULL = {
    "message": "Thread has exceeded the maximum number of messages (100,000)",
    "type": "invalid_request_error",
    "param": None,
    "code": None,
}


def naive_say(client: openai.OpenAI, thread_id: str, assistant_id: str, text: str) -> str:
    """What the assistant says to a line of the chat."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    return text_of(client.beta.threads.messages.list(thread_id, run_id=run.id).data[0])


def careful_say(
    client: openai.OpenAI, thread_id: str, assistant_id: str, text: str, remembered: int = 4
) -> tuple[str, str]:
    """The thread on which the chat goes on, another one if that is full, and what the assistant says."""
    try:
        client.beta.threads.messages.create(thread_id, role="user", content=text)
    except openai.BadRequestError as error:
        if "maximum number of messages" not in str(error):
            raise
        newest = client.beta.threads.messages.list(thread_id, limit=remembered).data
        carried: Any = [{"role": message.role, "content": text_of(message)} for message in reversed(newest)]
        carried.append({"role": "user", "content": text})
        thread_id = client.beta.threads.create(messages=carried, metadata={"follows": thread_id}).id
    run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant_id)
    return thread_id, text_of(client.beta.threads.messages.list(thread_id, run_id=run.id).data[0])


def text_of(message: Any) -> str:
    """The text of a message, whatever stands beside it."""
    return "\n".join(part.text.value for part in message.content if part.type == "text")


@pytest.fixture
def chat(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """An empty thread and an assistant, in a world where a thread takes six messages."""
    control.new_world(limits={"messages_per_thread": 6})
    control.add_replies({"then": {"reply": "I see."}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    return client.beta.threads.create().id, assistant.id


def test_a_chat_ends_with_its_thread(client: openai.OpenAI, chat: tuple[str, str]) -> None:
    """By itself: from one line on, every line is refused."""
    for line in ("One", "Two", "Three"):
        assert naive_say(client, *chat, line) == "I see."
    for line in ("Four", "Five"):
        with pytest.raises(openai.BadRequestError) as caught:
            naive_say(client, *chat, line)
        assert (caught.value.status_code, caught.value.body) == (400, FULL)
    assert lines(client, chat[0]) == ["One", "Two", "Three"]


def test_other_doors_are_closed_as_well(client: openai.OpenAI, chat: tuple[str, str]) -> None:
    """By itself: messages that come with a run or a new thread count, and then nothing is made."""
    seven: Any = [{"role": "user", "content": "Hello."}] * 7
    for refused in (
        lambda: client.beta.threads.runs.create(
            thread_id=chat[0], assistant_id=chat[1], additional_messages=seven
        ),
        lambda: client.beta.threads.create(messages=seven),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            refused()
        assert caught.value.body == FULL
    assert client.beta.threads.messages.list(chat[0]).data == []
    assert client.beta.threads.runs.list(chat[0]).data == []


def test_a_careful_chat_goes_on(client: openai.OpenAI, chat: tuple[str, str]) -> None:
    """By itself: no line is lost, and the assistant knows what was said last."""
    thread, assistant = chat
    threads = []
    for line in ("One", "Two", "Three", "Four", "Five"):
        thread, answer = careful_say(client, thread, assistant, line)
        assert answer == "I see."
        threads.append(thread)
    first, second, third = dict.fromkeys(threads)
    assert threads == [first, first, first, second, third]
    assert lines(client, first) == ["One", "Two", "Three"]
    assert lines(client, second) == ["Two", "Three", "Four"]
    assert lines(client, third) == ["Three", "Four", "Five"]
    assert client.beta.threads.retrieve(third).metadata == {"follows": second}


def test_nobody_was_seen_to_reach_it(client: openai.OpenAI, control: Control, chat: tuple[str, str]) -> None:
    """The profile `observed` knows no limit."""
    control.new_world(limits={"messages_per_thread": 1}, profile="observed")
    thread = client.beta.threads.create().id
    for line in ("One", "Two"):
        client.beta.threads.messages.create(thread, role="user", content=line)
    assert lines(client, thread) == ["One", "Two"]


def test_forced_on_a_naive_client(client: openai.OpenAI, control: Control, chat: tuple[str, str]) -> None:
    """The line is lost although there is room."""
    assert naive_say(client, *chat, "One") == "I see."
    control.arm("thread.message_limit", "messages.create")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_say(client, *chat, "Two")
    assert caught.value.body == FULL
    assert lines(client, chat[0]) == ["One"]


def test_forced_on_a_careful_client(client: openai.OpenAI, control: Control, chat: tuple[str, str]) -> None:
    """A new thread, and the line is on it once."""
    thread, assistant = chat
    assert careful_say(client, thread, assistant, "One") == (thread, "I see.")
    control.arm("thread.message_limit", "messages.create")
    following, answer = careful_say(client, thread, assistant, "Two")
    assert answer == "I see."
    assert lines(client, thread) == ["One"]
    assert lines(client, following) == ["One", "Two"]
    assert careful_say(client, following, assistant, "Three") == (following, "I see.")


def test_forced_by_a_header(client: openai.OpenAI, chat: tuple[str, str]) -> None:
    """For one call."""
    unlucky = {"X-Mock-Fault": "thread.message_limit"}
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.messages.create(chat[0], role="user", content="One", extra_headers=unlucky)
    assert caught.value.body == FULL
    assert careful_say(client, *chat, "One") == (chat[0], "I see.")


def lines(client: openai.OpenAI, thread_id: str) -> list[str]:
    """What the user said on a thread, from the beginning."""
    messages = client.beta.threads.messages.list(thread_id, order="asc")
    return [text_of(message) for message in messages if message.role == "user"]

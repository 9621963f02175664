"""2 · Vector store indexing delay: a handbook is uploaded, and asked about at once."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper

HANDBOOK = b"# Returns\n\nDamaged goods are replaced free of charge within 30 days."
QUESTION = "Are damaged goods replaced?"
PASSAGE = HANDBOOK.decode()


def naive_index(client: openai.OpenAI, name: str, content: bytes) -> str:
    """Put a document into a vector store of its own; the store's id."""
    file = client.files.create(file=(name, content), purpose="assistants")
    return client.vector_stores.create(name=name, file_ids=[file.id]).id


def naive_find(client: openai.OpenAI, store_id: str, question: str) -> list[str]:
    """The passages that answer a question."""
    found = client.vector_stores.search(store_id, query=question)
    return [result.content[0].text for result in found]


def careful_index(client: openai.OpenAI, name: str, content: bytes, patience: int = 900) -> str:
    """The same, but comes back when the document can be found; of one that cannot, nothing stays."""
    file = client.files.create(file=(name, content), purpose="assistants")
    store = client.vector_stores.create(name=name)
    try:
        entry = client.vector_stores.files.create(store.id, file_id=file.id)
        for _ in range(patience):
            if entry.status != "in_progress":
                break
            time.sleep(1)
            entry = client.vector_stores.files.retrieve(file.id, vector_store_id=store.id)
        if entry.status != "completed":
            reason = entry.last_error.message if entry.last_error else "it took too long"
            raise RuntimeError(f"{name} was not indexed: {reason}")
        probe = content.decode(errors="ignore")[:200]
        for _ in range(12):
            if careful_find(client, store.id, probe):
                return store.id
            time.sleep(5)
        raise RuntimeError(f"{name} is indexed but not found")
    except BaseException:
        client.vector_stores.delete(store.id)
        client.files.delete(file.id)
        raise


def careful_find(client: openai.OpenAI, store_id: str, question: str, patience: int = 300) -> list[str]:
    """The same, but believes that there is nothing only when the store was ready before it was asked."""
    ready = False
    for _ in range(patience):
        found = naive_find(client, store_id, question)
        if found or ready:
            return found
        ready = client.vector_stores.retrieve(store_id).file_counts.in_progress == 0
        if not ready:
            time.sleep(1)
    raise TimeoutError(f"{store_id} is not ready")


def naive_answer(client: openai.OpenAI, store_id: str, question: str) -> str:
    """What an assistant that may search the store answers."""
    clerk = client.beta.assistants.create(
        model="gpt-4o",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store_id]}},
    )
    messages: Any = [{"role": "user", "content": question}]
    run = client.beta.threads.create_and_run_poll(assistant_id=clerk.id, thread={"messages": messages})
    (part,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data[0].content
    assert part.type == "text"
    return part.text.value


def test_a_search_that_comes_too_soon_finds_nothing(client: openai.OpenAI, control: Control) -> None:
    """By itself: 200 and an empty list; only the store says why."""
    store = naive_index(client, "handbook.md", HANDBOOK)
    assert naive_find(client, store, QUESTION) == []
    looked_at = client.vector_stores.retrieve(store)  # in virtual time, looking is waiting
    assert (looked_at.status, looked_at.file_counts.completed) == ("completed", 1)
    assert naive_find(client, store, QUESTION) == [PASSAGE]
    assert {entry["status"] for entry in control.journal() if "call" in entry} == {200}


def test_an_assistant_answers_without_the_file(client: openai.OpenAI, control: Control) -> None:
    """By itself: the run is completed, and its answer is wrong."""
    control.new_world(latency={"profile": "realistic", "indexing": "30s"})
    store = naive_index(client, "handbook.md", HANDBOOK)
    assert naive_answer(client, store, QUESTION) == "I looked into the files and found nothing about that."
    control.advance(30)
    assert "30 days" in naive_answer(client, store, QUESTION)


def test_a_careful_client_waits_for_the_index(
    client: openai.OpenAI, control: Control, sleepless: Sleeper
) -> None:
    """By itself: what comes back can be searched, by programs and by assistants."""
    control.new_world(latency={"profile": "realistic", "indexing": "30s"})
    store = careful_index(client, "handbook.md", HANDBOOK)
    assert careful_find(client, store, QUESTION) == [PASSAGE]
    assert "30 days" in naive_answer(client, store, QUESTION)


@pytest.mark.parametrize(
    ("fault", "at"),
    [
        ("index.slow", "vector_stores.*create"),
        ("index.done_not_searchable", "vector_stores.*create"),
        ("index.not_ready", "vector_stores.search"),
    ],
)
def test_forced(client: openai.OpenAI, control: Control, sleepless: Sleeper, fault: str, at: str) -> None:
    """The naive client finds nothing although it even waited; the careful one finds the passage."""
    control.arm(fault, at)
    store = naive_index(client, "handbook.md", HANDBOOK)
    control.advance(10)
    assert naive_find(client, store, QUESTION) == []
    control.disarm()
    control.arm(fault, at)
    store = careful_index(client, "handbook.md", HANDBOOK)
    assert careful_find(client, store, QUESTION) == [PASSAGE]
    assert [armed["fired"] for armed in control.faults()] == [1]


def test_forced_on_a_question(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """Everything was there and is being indexed anew: nothing found is not nothing there."""
    store = careful_index(client, "handbook.md", HANDBOOK)
    control.arm("index.not_ready", "vector_stores.search")
    assert careful_find(client, store, QUESTION) == [PASSAGE]
    asked = [entry["call"] for entry in control.journal() if entry.get("faults")]
    assert asked == ["vector_stores.search#2"]


def test_forced_by_a_header(client: openai.OpenAI, sleepless: Sleeper) -> None:
    """For one call: the next finds it once the store is ready."""
    store = careful_index(client, "handbook.md", HANDBOOK)
    unlucky = {"X-Mock-Fault": "index.not_ready(delay=5m)"}
    assert client.vector_stores.search(store, query=QUESTION, extra_headers=unlucky).data == []
    assert naive_find(client, store, QUESTION) == []
    assert careful_find(client, store, QUESTION) == [PASSAGE]


def test_a_careful_client_gives_up_on_what_is_stuck(
    client: openai.OpenAI, control: Control, sleepless: Sleeper
) -> None:
    """Nothing is left behind: neither the store nor the file."""
    control.arm("index.stuck")
    with pytest.raises(RuntimeError, match=r"handbook\.md was not indexed: it took too long"):
        careful_index(client, "handbook.md", HANDBOOK, patience=60)
    assert sleepless.slept == 60
    assert client.vector_stores.list().data == []
    assert client.files.list().data == []
    store = careful_index(client, "handbook.md", HANDBOOK)
    assert careful_find(client, store, QUESTION) == [PASSAGE]

"""6 · File search finds the wrong things: a shop's help desk answers out of three documents."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control

DOCUMENTS = {
    "returns.md": b"# Returns\n\nDamaged goods are replaced free of charge within 30 days.",
    "hours.md": b"# Opening hours\n\nThe shop opens at nine and closes at six, on Saturdays at two.",
    "lamps.md": b"# Lamps\n\nLamps are sold without bulbs. A bulb of 60 watts fits most of them.",
}
QUESTION = "Are damaged goods replaced?"
RIGHT = "returns.md says: “Damaged goods are replaced free of charge within 30 days.”【4:0†returns.md】"
WRONG = (
    "hours.md says: “The shop opens at nine and closes at six, on Saturdays at two.”【4:0†hours.md】\n\n"
    "lamps.md says: “Lamps are sold without bulbs.”【4:1†lamps.md】"
)
NOTHING = "I looked into the files and found nothing about that."


def naive_answer(client: openai.OpenAI, assistant_id: str, question: str) -> str:
    """What the customer is told: whatever the assistant says."""
    messages: Any = [{"role": "user", "content": question}]
    run = client.beta.threads.create_and_run_poll(assistant_id=assistant_id, thread={"messages": messages})
    (part,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data[0].content
    assert part.type == "text"
    return part.text.value


def careful_answer(
    client: openai.OpenAI, assistant_id: str, question: str, attempts: int = 2
) -> tuple[str, list[str]] | None:
    """The same with its sources; None where the documents do not answer, and a human has to."""
    messages: Any = [{"role": "user", "content": question}]
    strict: Any = {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0.3}}}
    for _ in range(attempts):
        run = client.beta.threads.create_and_run_poll(
            assistant_id=assistant_id,
            thread={"messages": messages},
            tools=[strict],  # for this run, in place of the assistant's
        )
        if run.status != "completed":
            continue
        for message in client.beta.threads.messages.list(run.thread_id, run_id=run.id):
            for part in message.content:
                sources = cited(client, part)
                if part.type == "text" and sources:
                    return part.text.value, sources
    return None


def cited(client: openai.OpenAI, part: Any) -> list[str]:
    """The names of the files that a part of a message cites, each once."""
    if part.type != "text":
        return []
    marks = [mark for mark in part.text.annotations if mark.type == "file_citation"]
    ids = dict.fromkeys(mark.file_citation.file_id for mark in marks)
    return [client.files.retrieve(file_id).filename for file_id in ids]


@pytest.fixture
def store(client: openai.OpenAI) -> str:
    """The three documents, indexed."""
    store = client.vector_stores.create(name="Shop")
    for document in DOCUMENTS.items():
        client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=document)
    return store.id


@pytest.fixture
def desk(client: openai.OpenAI, store: str) -> str:
    """An assistant that searches them."""
    resources: Any = {"file_search": {"vector_store_ids": [store]}}
    return client.beta.assistants.create(
        model="gpt-4o", tools=[{"type": "file_search"}], tool_resources=resources
    ).id


def test_what_the_documents_do_not_say(client: openai.OpenAI, desk: str, store: str) -> None:
    """By itself: no error; nothing is found, and what the customer gets is no answer."""
    question = "Is a broken vase covered?"
    assert client.vector_stores.search(store, query=question).data == []
    assert naive_answer(client, desk, question) == NOTHING
    assert careful_answer(client, desk, question) is None


def test_a_careful_client_names_its_sources(client: openai.OpenAI, desk: str) -> None:
    """By itself: where the documents answer, so does it, in one run."""
    assert naive_answer(client, desk, QUESTION) == RIGHT
    assert careful_answer(client, desk, QUESTION) == (RIGHT, ["returns.md"])


@pytest.mark.parametrize(
    ("results", "said"), [("irrelevant", WRONG), ("empty", NOTHING), ("incomplete", NOTHING)]
)
def test_forced_on_a_naive_client(
    client: openai.OpenAI, control: Control, desk: str, results: str, said: str
) -> None:
    """A completed run, and the customer is told about opening hours."""
    control.arm(f"search.irrelevant({results})", "threads.create_and_run")
    assert naive_answer(client, desk, QUESTION) == said
    assert {entry["status"] for entry in control.journal() if "call" in entry} == {200}
    assert naive_answer(client, desk, QUESTION) == RIGHT


@pytest.mark.parametrize("results", ["irrelevant", "empty", "incomplete"])
def test_forced_on_a_careful_client(client: openai.OpenAI, control: Control, desk: str, results: str) -> None:
    """What scores badly does not come in, what cites nothing is no answer; it asks once more."""
    control.arm(f"search.irrelevant({results})", "threads.create_and_run")
    assert careful_answer(client, desk, QUESTION) == (RIGHT, ["returns.md"])
    assert len(control.journal(operation="threads.create_and_run")) == 2


def test_a_careful_client_does_not_guess(client: openai.OpenAI, control: Control, desk: str) -> None:
    """Where it goes on like that it says that it does not know."""
    control.arm("search.irrelevant", "threads.create_and_run", always=True)
    assert careful_answer(client, desk, QUESTION) is None


def test_forced_by_a_header(client: openai.OpenAI, store: str) -> None:
    """For one search: poor scores give it away."""
    unlucky = {"X-Mock-Fault": "search.irrelevant"}
    found = client.vector_stores.search(store, query=QUESTION, extra_headers=unlucky).data
    assert [(result.filename, result.score) for result in found] == [("hours.md", 0.1), ("lamps.md", 0.05)]
    strict: Any = {"score_threshold": 0.3}
    search = client.vector_stores.search
    assert search(store, query=QUESTION, ranking_options=strict, extra_headers=unlucky).data == []
    assert [result.filename for result in search(store, query=QUESTION)] == ["returns.md"]

"""12 · Instructions too long: an assistant that is to know the whole handbook by heart."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.looking import calls, said

RULES = "You answer questions of our customers. Quote the handbook."
HANDBOOK = "\n\n".join(f"## Rule {number}\n\nParcels of kind {number} are kept." for number in range(6000))


def naive_assistant(client: openai.OpenAI, rules: str, handbook: str) -> str:
    """What the assistant has to know stands in its instructions."""
    assistant = client.beta.assistants.create(
        model="gpt-4o", name="Clerk", instructions=f"{rules}\n\n{handbook}"
    )
    return assistant.id


def careful_assistant(client: openai.OpenAI, rules: str, handbook: str) -> str:
    """The same, but what is too long to be said is given to be looked up."""
    try:
        return naive_assistant(client, rules, handbook)
    except openai.BadRequestError as error:
        if (error.code, error.param) != ("string_above_max_length", "instructions"):
            raise
    file = client.files.create(file=("handbook.md", handbook.encode()), purpose="assistants")
    store = client.vector_stores.create(name="Handbook")
    indexed = client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id)
    if indexed.status != "completed":
        raise RuntimeError(f"the handbook is {indexed.status}: {indexed.last_error}")
    assistant = client.beta.assistants.create(
        model="gpt-4o",
        name="Clerk",
        instructions=rules,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    return assistant.id


def too_long(length: int) -> dict[str, Any]:
    """What the API says of instructions of so many characters."""
    return {
        "message": "Invalid 'instructions': string too long. Expected a string with maximum length 256000,"
        f" but got a string with length {length} instead.",
        "type": "invalid_request_error",
        "param": "instructions",
        "code": "string_above_max_length",
    }


def test_the_handbook_does_not_fit(client: openai.OpenAI) -> None:
    """By itself: nothing is created."""
    with pytest.raises(openai.BadRequestError) as caught:
        naive_assistant(client, RULES, HANDBOOK)
    assert (caught.value.status_code, caught.value.body) == (400, too_long(len(RULES + HANDBOOK) + 2))
    assert client.beta.assistants.list().data == []


def test_characters_count_and_not_bytes(client: openai.OpenAI) -> None:
    """By itself: 256,000 of them, of whatever alphabet."""
    client.beta.assistants.create(model="gpt-4o", instructions="é" * 256_000)
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.assistants.create(model="gpt-4o", instructions="é" * 256_001)
    assert caught.value.body == too_long(256_001)


def test_a_run_has_the_same_limit(client: openai.OpenAI) -> None:
    """By itself: instructions that are given for one run are refused in the same words."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions=RULES)
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.runs.create(thread.id, assistant_id=assistant.id, instructions=HANDBOOK)
    assert caught.value.body == too_long(len(HANDBOOK))
    assert client.beta.threads.runs.list(thread.id).data == []


def test_a_careful_client_gives_it_to_be_looked_up(client: openai.OpenAI) -> None:
    """By itself: one assistant, which finds in the handbook what it is asked."""
    assistant = careful_assistant(client, RULES, HANDBOOK)
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "And parcels of kind 4711?"}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant)
    assert run.status == "completed"
    assert "kind 4711 are kept" in said(client, thread.id)[-1][1]
    assert [known.id for known in client.beta.assistants.list()] == [assistant]


def test_forced(client: openai.OpenAI, control: Control) -> None:
    """A short handbook is too long as well, and is looked up."""
    control.arm("instructions.too_long", "assistants.create")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_assistant(client, RULES, "Parcels are kept.")
    assert caught.value.body == too_long(256_001)
    control.arm("instructions.too_long", "assistants.create")
    assistant = careful_assistant(client, RULES, "Parcels are kept.")
    (known,) = client.beta.assistants.list().data
    assert (known.id, known.instructions) == (assistant, RULES)
    assert (calls(control, "files.create"), calls(control, "vector_stores.create")) == (1, 1)


def test_a_header_is_enough(client: openai.OpenAI) -> None:
    """One call, one header."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.assistants.create(
            model="gpt-4o", instructions=RULES, extra_headers={"X-Mock-Fault": "instructions.too_long"}
        )
    assert (caught.value.code, caught.value.param) == ("string_above_max_length", "instructions")
    assert client.beta.assistants.list().data == []

"""14 · v1 retired: code of 2023 that names the version itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.fifteen.looking import calls

V1, V2 = {"OpenAI-Beta": "assistants=v1"}, {"OpenAI-Beta": "assistants=v2"}
RETIRED = {
    "message": "The v1 Assistants API has been deprecated. Please try again by setting the header"
    " 'OpenAI-Beta: assistants=v2'. See the migration guide for more information:"
    " https://platform.openai.com/docs/assistants/migration.",
    "type": "invalid_request_error",
    "param": None,
    "code": "invalid_beta",
}


def naive_librarian(client: openai.OpenAI, file_ids: Sequence[str], beta: dict[str, str] = V1) -> str:
    """As the guide of 2023 had it: the files belong to the assistant, and it retrieves from them."""
    tools: Any = [{"type": "retrieval"}]
    assistant = client.beta.assistants.create(
        model="gpt-4o",
        instructions="Answer from the books.",
        tools=tools,
        extra_body={"file_ids": list(file_ids)},
        extra_headers=beta,
    )
    return assistant.id


class RetiredError(Exception):
    """Something between this program and the API still speaks v1."""


def careful_librarian(client: openai.OpenAI, file_ids: Sequence[str]) -> str:
    """The same in v2: the files lie in a vector store, and the header is left to the SDK."""
    store = client.vector_stores.create(name="Books", file_ids=list(file_ids))
    try:
        assistant = client.beta.assistants.create(
            model="gpt-4o",
            instructions="Answer from the books.",
            tools=[{"type": "file_search"}],
            tool_resources={"file_search": {"vector_store_ids": [store.id]}},
        )
    except openai.BadRequestError as error:
        client.vector_stores.delete(store.id)
        if error.code == "invalid_beta":
            raise RetiredError("who sets OpenAI-Beta? The SDK, a proxy, default_headers …") from error
        raise
    return assistant.id


def test_v1_is_refused(client: openai.OpenAI) -> None:
    """By itself: nothing is created, and the SDK's own retries do not help."""
    with pytest.raises(openai.BadRequestError) as caught:
        naive_librarian(client.with_options(max_retries=2), book(client))
    assert (caught.value.status_code, caught.value.body) == (400, RETIRED)
    assert client.beta.assistants.list().data == []


def test_another_header_alone_does_not_help(client: openai.OpenAI) -> None:
    """By itself: what v1 called retrieval and file_ids is not known to v2."""
    with pytest.raises(openai.BadRequestError) as caught:
        naive_librarian(client, book(client), V2)
    assert caught.value.body == {
        "message": "Unknown parameter: 'file_ids'.",
        "type": "invalid_request_error",
        "param": "file_ids",
        "code": "unknown_parameter",
    }


def test_a_path_of_v1_alone(client: openai.OpenAI) -> None:
    """By itself: files of assistants had routes of their own, refused even with the header of v2."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.get("/assistants/asst_abc/files", cast_to=object, options={"headers": V2})
    assert caught.value.body == RETIRED | {
        "message": "The v1 Assistants API has been deprecated. See the migration guide for more information:"
        " https://platform.openai.com/docs/assistants/migration."
    }


def test_a_careful_client_speaks_v2(client: openai.OpenAI) -> None:
    """By itself: one assistant, which searches the book."""
    assistant = careful_librarian(client, book(client))
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Who ate the cake?"}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant)
    assert run.status == "completed"
    newest: Any = client.beta.threads.messages.list(thread.id).data[0]
    assert "The cat ate the cake." in newest.content[0].text.value
    assert [known.id for known in client.beta.assistants.list()] == [assistant]


def test_forced(client: openai.OpenAI, control: Control) -> None:
    """Somebody on the way still speaks v1: the careful client says so at once, and leaves nothing behind."""
    files = book(client)
    control.arm("v1_retired", "assistants.create")
    with pytest.raises(RetiredError) as caught:
        careful_librarian(client.with_options(max_retries=2), files)
    assert isinstance(caught.value.__cause__, openai.BadRequestError)
    assert caught.value.__cause__.body == RETIRED
    assert calls(control, "assistants.create") == 1
    assert client.vector_stores.list().data == []
    assistant = careful_librarian(client, files)
    assert [known.id for known in client.beta.assistants.list()] == [assistant]
    assert len(client.vector_stores.list().data) == 1


def test_a_header_is_enough(client: openai.OpenAI) -> None:
    """One call, one header."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.create(extra_headers={"X-Mock-Fault": "v1_retired"})
    assert caught.value.body == RETIRED


def book(client: openai.OpenAI) -> list[str]:
    """The id of a book that was uploaded."""
    content = b"# The cake\n\nThe cat ate the cake.\n"
    return [client.files.create(file=("book.md", content), purpose="assistants").id]

"""What tests of files begin with: files that are uploaded, vector stores that are ready, questions asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import FileObject, VectorStore
from openai.types.beta.threads import Message, Run

from harness.control import Control
from mockserver.server import Server
from tests.conftest import Answer, Raw

CAPITALS = "Paris is the capital of France. Rome is the capital of Italy.\n"


def upload(
    client: openai.OpenAI, name: str, content: str | bytes, purpose: Any = "assistants", **more: Any
) -> FileObject:
    """A file with this content."""
    data = content.encode() if isinstance(content, str) else content
    return client.files.create(file=(name, data), purpose=purpose, **more)


def ready(client: openai.OpenAI, *file_ids: str, **more: Any) -> VectorStore:
    """A vector store in which these files are indexed, or have failed."""
    store = client.vector_stores.create(file_ids=list(file_ids), **more)
    return settled(client, store.id)


def settled(client: openai.OpenAI, store_id: str) -> VectorStore:
    """A vector store as it is when nothing is on its way into it any more."""
    store = client.vector_stores.retrieve(store_id)
    while store.status == "in_progress":
        store = client.vector_stores.retrieve(store_id)
    return store


def refused(client_call: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    """The error that a call of the client is refused with: status, message, type, param and code."""
    with pytest.raises(openai.APIStatusError) as refusal:
        client_call(*arguments, **named)
    error: Any = refusal.value.body
    return {"status": refusal.value.status_code, **error}


def only_message(client: openai.OpenAI, run: Run) -> Message:
    """The one message that a run has written."""
    (message,) = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    return message


def words(message: Message) -> str:
    """The text of a message."""
    return "".join(part.text.value for part in message.content if part.type == "text")


def kept(server: Server) -> set[str]:
    """The names of all contents that the server has on disk at this moment, half-written ones included."""
    return {path.name for path in Path(server.projects.store.blobs.folder).iterdir()}


def moment(control: Control) -> float:
    """The world's time, in Unix seconds."""
    now: float = control.clock()["now"]
    return now


def ids(objects: Iterable[Any]) -> list[str]:
    """The ids of some objects."""
    return [each.id for each in objects]


def steps(raw: Raw, run: Run, *, content: bool = False) -> list[Any]:
    """The steps of a run as the wire shows them, the first first."""
    more = (
        "&include%5B%5D=step_details.tool_calls%5B*%5D.file_search.results%5B*%5D.content" if content else ""
    )
    answer = raw("GET", f"/v1/threads/{run.thread_id}/runs/{run.id}/steps?order=asc{more}")
    found: list[Any] = answer.body["data"]
    return found


def complaint(answer: Answer) -> tuple[int, str, str | None, str | None]:
    """Status, message, param and code of a refusal, which on these routes has a second face as well."""
    error = answer.body["error"]
    assert error["type"] == "invalid_request_error"
    assert answer.body["detail"] == {"message": error["message"], "code": error["code"]}
    assert answer.raw.endswith(b"}\n")
    return answer.status, error["message"], error["param"], error["code"]


def counts(**given: int) -> dict[str, int]:
    """`file_counts` with these numbers, the others 0."""
    total = sum(given.values())
    return dict.fromkeys(("in_progress", "completed", "failed", "cancelled"), 0) | given | {"total": total}

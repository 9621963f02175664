"""Questions about two policies: asked of whom, where, and whether the answer cites where it says so."""

from __future__ import annotations

from typing import Any

import openai

REFUNDS = "Refunds are granted within thirty days of purchase. Bring the receipt."
SHIPPING = "Parcels are shipped on Mondays. Delivery takes three working days."
ASKED = "When are refunds granted?"


def searching(client: openai.OpenAI, *store_ids: str, **more: Any) -> str:
    """The id of an assistant that searches these stores."""
    resources: Any = {"file_search": {"vector_store_ids": list(store_ids)}} if store_ids else None
    tools = more.pop("tools", [{"type": "file_search"}])
    made = client.beta.assistants.create(model="gpt-4o", tools=tools, tool_resources=resources, **more)
    return made.id


def asking(client: openai.OpenAI, text: str = ASKED, *files: str, **more: Any) -> str:
    """The id of a thread in which the user asks this, with files attached for searching."""
    attachments: Any = [{"file_id": file, "tools": [{"type": "file_search"}]} for file in files]
    message: Any = {"role": "user", "content": text, "attachments": attachments}
    return client.beta.threads.create(messages=[message], **more).id


def run(client: openai.OpenAI, thread: str, assistant: str, **more: Any) -> Any:
    """A run, polled to its end."""
    return client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant, poll_interval_ms=0, **more
    )


def checked(message: Any) -> list[Any]:
    """The annotations of a message, each standing exactly where it says, in order."""
    (part,) = message.content
    annotations: list[Any] = part.text.annotations
    for annotation in annotations:
        assert part.text.value[annotation.start_index : annotation.end_index] == annotation.text
    assert [each.start_index for each in annotations] == sorted(each.start_index for each in annotations)
    return annotations

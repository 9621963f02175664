"""Conversations with customers, for code that waits."""

import time
from collections.abc import Iterator
from time import sleep

from openai import OpenAIError

from desk import orders
from desk.api import assistant, client

PATIENCE = 120.0
"""Seconds until a customer is told to come back later."""


class DeskUnavailable(Exception):  # noqa: N818
    """The desk cannot answer now; what the customer may be told stands in it."""


def begin() -> str:
    """A new conversation; its thread's id."""
    return client.beta.threads.create().id


def ask(thread_id: str, text: str) -> str:
    """Put a question and wait for the answer. Raises DeskUnavailable."""
    try:
        client.beta.threads.messages.create(thread_id, role="user", content=text)
        run = client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant.id)
    except OpenAIError as error:
        raise DeskUnavailable("please try again") from error
    deadline = time.monotonic() + PATIENCE
    while run.status not in ("completed", "failed", "incomplete", "cancelled", "expired"):
        if time.monotonic() > deadline:
            client.beta.threads.runs.cancel(run.id, thread_id=thread_id)
            raise DeskUnavailable("it takes too long")
        if run.status == "requires_action" and run.required_action:
            calls = run.required_action.submit_tool_outputs.tool_calls
            run = client.beta.threads.runs.submit_tool_outputs(
                run.id,
                thread_id=thread_id,
                tool_outputs=[
                    {
                        "tool_call_id": call.id,
                        "output": orders.call(call.function.name, call.function.arguments),
                    }
                    for call in calls
                ],
            )
        else:
            sleep(1)
            run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    if run.status != "completed":
        raise DeskUnavailable(f"no answer: {run.status}")
    return _written(thread_id, run.id)


def stream(thread_id: str, text: str) -> Iterator[str]:
    """Put a question and pass the answer on as it is written."""
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    with client.beta.threads.runs.stream(thread_id=thread_id, assistant_id=assistant.id) as events:
        yield from events.text_deltas


def end(thread_id: str) -> None:
    """Forget a conversation."""
    client.beta.threads.delete(thread_id)


def _written(thread_id: str, run_id: str) -> str:
    messages = client.beta.threads.messages.list(thread_id, run_id=run_id)
    return "\n".join(
        part.text.value for message in messages for part in message.content if part.type == "text"
    )

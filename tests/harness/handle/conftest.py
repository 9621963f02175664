"""The handle of a new world, and what tests of it set up through the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from harness.handle.assistants import Assistants
from mockserver.server import Server

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TOOLS: Any = [WEATHER, {"type": "code_interpreter"}, {"type": "file_search"}]


@pytest.fixture
def handle(server: Server, key: str) -> Iterator[Assistants]:
    """A handle of a new world with a seed, so that its ids are the same every time."""
    with Assistants(server.base_url, key, settings={"seed": 7}) as assistants:
        yield assistants


@dataclass
class Chat:
    """An assistant with every tool, and its conversations."""

    client: openai.OpenAI
    assistant_id: str

    def ask(self, question: str, thread_id: str | None = None) -> Any:
        """The run that answers a question, as far as it gets by itself, in this thread or a new one."""
        if thread_id is None:
            thread_id = self.client.beta.threads.create().id
        self.client.beta.threads.messages.create(thread_id, role="user", content=question)
        return self.client.beta.threads.runs.create_and_poll(
            thread_id=thread_id, assistant_id=self.assistant_id
        )

    def answer(self, run: Any, output: str) -> Any:
        """The run after every call it made was answered by this output."""
        calls = run.required_action.submit_tool_outputs.tool_calls
        return self.client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id,
            thread_id=run.thread_id,
            tool_outputs=[{"tool_call_id": call.id, "output": output} for call in calls],
        )

    def texts(self, thread_id: str) -> list[str]:
        """What the assistant wrote, oldest first."""
        messages = self.client.beta.threads.messages.list(thread_id, order="asc").data
        return [part.text.value for m in messages if m.role == "assistant" for part in m.content]  # type: ignore[union-attr]


@pytest.fixture
def chat(handle: Assistants) -> Chat:
    """An assistant with every tool in the handle's world, and a client that does not retry."""
    client = handle.client(max_retries=0)
    return Chat(client, client.beta.assistants.create(model="gpt-4o", name="Clerk", tools=TOOLS).id)

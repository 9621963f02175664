"""What a client of these tests is: a function of a stage, and the check it breaks or keeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import openai

from harness.handle.assistants import Assistants

LOOK_UP: Any = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}},
}


@dataclass
class Stage:
    """A world on which a client plays, and what most of them begin with. Sleeping moves the world's time."""

    handle: Assistants
    client: openai.OpenAI

    @property
    def beta(self) -> Any:
        """The Assistants API of the SDK."""
        return self.client.beta

    def assistant(self, **more: Any) -> str:
        """The id of an assistant with a function."""
        wanted = {"model": "gpt-4o", "instructions": "Be brief.", "tools": [LOOK_UP], **more}
        return str(self.beta.assistants.create(**wanted).id)

    def thread(self, question: str = "Well?") -> str:
        """The id of a thread on which somebody has asked."""
        return str(self.beta.threads.create(messages=[{"role": "user", "content": question}]).id)

    def say(self, thread: str, text: str) -> None:
        """Add a message of the user."""
        self.beta.threads.messages.create(thread, role="user", content=text)

    def run(self, thread: str, assistant: str, **more: Any) -> Any:
        """Make a run and leave it to itself."""
        return self.beta.threads.runs.create(thread_id=thread, assistant_id=assistant, **more)

    def read(self, run: Any) -> Any:
        """The run as it is now."""
        return self.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)

    def wait(self, run: Any, seconds: int = 120) -> Any:
        """Poll by hand, once a second, until the run goes on no more or so many seconds are over."""
        for _ in range(seconds):
            run = self.read(run)
            if run.status not in ("queued", "in_progress", "cancelling"):
                return run
            time.sleep(1)
        raise TimeoutError(run.status)

    def messages(self, thread: str) -> Any:
        """The messages of a thread."""
        return self.beta.threads.messages.list(thread)

    def asking(self, *calls: str, thread: str | None = None) -> Any:
        """A run that asks for the outputs of these calls."""
        rule = {"tool_calls": [{"id": call, "function": "look_up", "arguments": {}} for call in calls]}
        self.handle.control.add_replies({"then": {**rule, "on_outputs": {"reply": "Done."}}, "times": 1})
        return self.wait(self.run(thread or self.thread(), self.assistant()))

    def submit(self, run: Any, *calls: str) -> Any:
        """Submit an output for each of these calls."""
        outputs: Any = [{"tool_call_id": call, "output": "7"} for call in calls]
        return self.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=run.thread_id, tool_outputs=outputs
        )

    def file(self, name: str = "a.md", text: str = "Refunds take 30 days.") -> str:
        """The id of a file that was sent."""
        return self.client.files.create(file=(name, text.encode()), purpose="assistants").id


Client = Callable[[Stage], object]

BREAKS: dict[str, list[Client]] = {}
KEEPS: dict[str, list[Client]] = {}
"""The clients, by the check they are about."""


def breaks(check: str) -> Callable[[Client], Client]:
    """A client that this check has to catch, and no other one."""
    return lambda client: _noted(BREAKS, check, client)


def keeps(check: str) -> Callable[[Client], Client]:
    """A client that is near to breaking this check, and in order."""
    return lambda client: _noted(KEEPS, check, client)


def _noted(known: dict[str, list[Client]], check: str, client: Client) -> Client:
    known.setdefault(check, []).append(client)
    return client


def discover() -> None:
    """Import them all."""
    package = import_module("tests.harness.practices.clients")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")

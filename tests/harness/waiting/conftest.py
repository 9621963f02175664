"""What tests of sleeping take: the stand-ins in place, a world, and one that only counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest

from harness.control import Control
from harness.waiting.sleeping import install, uninstall
from mockserver.server import Server


@pytest.fixture(autouse=True, scope="package")
def standing_in() -> Iterator[None]:
    """As the plugin does for a whole session."""
    install()
    yield
    uninstall()


@dataclass
class World:
    """A world as a bridge takes it, and what a program does in it."""

    control: Control
    client: openai.OpenAI

    @property
    def now(self) -> float:
        """Its time, in Unix seconds."""
        return float(self.control.clock()["now"])

    def question(self) -> tuple[str, str]:
        """A thread on which somebody has asked, and an assistant."""
        assistant = self.client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
        thread = self.client.beta.threads.create(messages=[{"role": "user", "content": "Well?"}])
        return thread.id, assistant.id

    def stuck_run(self) -> tuple[str, str]:
        """A run that never ends and never expires, and its thread."""
        self.control.arm("run.stuck(forever=true)", "runs.create")
        thread_id, assistant_id = self.question()
        run = self.client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)
        return run.id, thread_id

    def asking_run(self) -> tuple[str, str]:
        """A run that asks for the outputs of a tool, and its thread."""
        self.control.add_replies({"then": {"tool_calls": [{"function": "look", "arguments": {}}]}})
        assistant = self.client.beta.assistants.create(
            model="gpt-4o",
            instructions="Look.",
            tools=[{"type": "function", "function": {"name": "look"}}],
        )
        run = self.client.beta.threads.create_and_run(assistant_id=assistant.id)
        return run.id, run.thread_id

    def status(self, run_id: str, thread_id: str) -> str:
        """One read of a run."""
        return str(self.client.beta.threads.runs.retrieve(run_id, thread_id=thread_id).status)


@pytest.fixture
def world(client: openai.OpenAI, control: Control) -> World:
    return World(control, client)


@pytest.fixture
def async_client(server: Server, key: str) -> openai.AsyncOpenAI:
    """For one event loop, in which it is to be closed."""
    return openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=0)


@dataclass
class Tally(Control):
    """A world without a server: `steps` are the seconds by which its time was moved."""

    steps: list[float] = field(default_factory=list)
    proof: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__init__("http://127.0.0.1:9/v1", "unused")

    @property
    def control(self) -> Tally:
        """Itself."""
        return self

    def advance(self, seconds: float, *, calls: bool = False) -> dict[str, Any]:
        """Count."""
        self.steps.append(seconds)
        return self.clock()

    def clock(self, *, calls: bool = False) -> dict[str, Any]:
        """What has passed."""
        return {"mode": "virtual", "now": sum(self.steps), "quiescence": self.proof}


@pytest.fixture
def tally() -> Tally:
    return Tally()

"""What a client sees of a fault, once: shown through the real SDK over a socket.

    @shows("lost_ack")
    def lost_ack(stage: Stage) -> None:
        thread = stage.client.beta.threads.create()
        stage.arm("lost_ack", "messages.create")
        error = stage.fails(openai.APIConnectionError, lambda: stage.say(thread.id))
        ...
        stage.say(thread.id)  # and now nothing happens

Every show arms its fault once and makes the same call again after it has acted; `test_catalogue` sees to it
that the fault has acted once and no more, and that no fault is without a show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw

E = TypeVar("E", bound=BaseException)

Show = Callable[["Stage"], None]

SHOWS: dict[str, list[Show]] = {}
"""The shows of every fault by its name."""


def shows(name: str) -> Callable[[Show], Show]:
    """Mark a function that shows a fault of this name. A fault may have several."""

    def register(show: Show) -> Show:
        SHOWS.setdefault(name, []).append(show)
        return show

    return register


@dataclass
class Stage:
    """A world in virtual time with a client that never retries, its control door, and plain HTTP."""

    client: openai.OpenAI
    control: Control
    raw: Raw
    armed: list[str] = field(default_factory=list)

    def arm(self, fault: str, at: str | None = None, **more: Any) -> None:
        """Arm the fault of the show, once."""
        self.armed.append(self.control.arm(fault, at, **more)["id"])

    def fails(self, kind: type[E], call: Callable[[], Any]) -> E:
        """The error of exactly this kind that the call ends in."""
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind
        return caught.value

    # What most shows need

    def assistant(self, **more: Any) -> str:
        """The id of a new assistant."""
        return self.client.beta.assistants.create(model="gpt-4o", **{"instructions": "Be brief.", **more}).id

    def thread(self, text: str = "The capital of France?") -> str:
        """The id of a new thread on which somebody has asked."""
        return self.client.beta.threads.create(messages=[{"role": "user", "content": text}]).id

    def say(self, thread_id: str, text: str = "And of Italy?") -> Any:
        """One more message."""
        return self.client.beta.threads.messages.create(thread_id, role="user", content=text)

    def texts(self, thread_id: str) -> list[str]:
        """What was said on a thread, from the beginning."""
        messages = self.client.beta.threads.messages.list(thread_id, order="asc")
        contents = [message.content[0] for message in messages]
        return [content.text.value for content in contents if content.type == "text"]

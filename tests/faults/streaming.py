"""Streams of runs as bytes, for tests of what faults make of them."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPResponse, IncompleteRead

import pytest

from mockserver.frames import Events, event_name
from tests.stage import Stage

TEXT = "Grüße aus Łódź 😀"
ASKS = {
    "tool_calls": [{"function": "get_weather", "arguments": {"city": "Łódź"}}],
    "on_outputs": {"reply": TEXT},
}
PLAIN = [
    "thread.run.created",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    *["thread.message.delta"] * 8,
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
]
"""The events of a stream that no fault touches."""


def read(stage: Stage, response: HTTPResponse, *, broken: bool = False) -> bytes:
    """The whole body, whose end is as it was expected to be."""
    pieces: list[bytes] = []

    def take() -> None:
        while piece := response.read1(65536):
            pieces.append(piece)

    if broken:
        with pytest.raises(IncompleteRead):
            take()
        stage.raw.connection.close()
    else:
        take()
    return b"".join(pieces)


def names(stream: bytes) -> list[str]:
    """The names of the events in a stream."""
    return [event_name(whole) for whole in Events().feed(stream)]


@dataclass
class Listener:
    """Streams new runs, each on a thread of its own, in a world where the model always says the same."""

    stage: Stage
    assistant: str = ""

    def __post_init__(self) -> None:
        self.stage.control.add_replies({"then": {"reply": TEXT}})
        self.assistant = self.stage.assistant()

    def __call__(self, *, broken: bool = False) -> bytes:
        """The bytes of one stream; `broken` if its connection is dropped."""
        asked = {"assistant_id": self.assistant, "stream": True}
        response = self.stage.raw.begin("POST", f"/v1/threads/{self.stage.thread()}/runs", asked)
        return read(self.stage, response, broken=broken)

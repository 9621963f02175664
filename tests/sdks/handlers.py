"""Event handlers as an application writes them: each writes down what it is told.

What the SDK hands over it goes on changing, so texts are noted, not objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openai import AssistantEventHandler, AsyncAssistantEventHandler

from tests.sdks.sdk import Sdk


@dataclass
class Notes:
    """What a handler was told, in order."""

    events: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    text_deltas: list[str] = field(default_factory=list)
    text_snapshots: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    done_calls: list[Any] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def text_delta(self, delta: Any, snapshot: Any) -> None:
        """Note a fragment of text and what has come so far."""
        self.names.append("text_delta")
        self.text_deltas.append(delta.value or "")
        self.text_snapshots.append(snapshot.value)

    def tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        """Note a fragment of a call; a call's first fragment comes with `tool_call_created` instead."""
        self.names.append("tool_call_delta")
        if delta.type == "function" and delta.function and delta.function.arguments:
            self.arguments[snapshot.id] = self.arguments.get(snapshot.id, "") + delta.function.arguments


class Noting(AssistantEventHandler):
    """For the synchronous client."""

    def __init__(self) -> None:
        super().__init__()
        self.notes = Notes()

    def on_event(self, event: Any) -> None:
        """Any event of the stream."""
        self.notes.events.append(event.event)

    def on_text_created(self, text: Any) -> None:
        """A part of text begins."""
        self.notes.names.append("text_created")

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        """A fragment of text."""
        self.notes.text_delta(delta, snapshot)

    def on_text_done(self, text: Any) -> None:
        """A part of text is whole."""
        self.notes.names.append("text_done")
        self.notes.texts.append(text.value)

    def on_tool_call_created(self, tool_call: Any) -> None:
        """A tool call begins."""
        self.notes.names.append("tool_call_created")

    def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        """A fragment of a tool call."""
        self.notes.tool_call_delta(delta, snapshot)

    def on_tool_call_done(self, tool_call: Any) -> None:
        """A tool call is whole."""
        self.notes.names.append("tool_call_done")
        self.notes.done_calls.append(tool_call)

    def on_image_file_done(self, image_file: Any) -> None:
        """A picture is there."""
        self.notes.images.append(image_file.file_id)

    def on_message_done(self, message: Any) -> None:
        """A message is whole."""
        self.notes.names.append("message_done")

    def on_run_step_done(self, run_step: Any) -> None:
        """A step has ended."""
        self.notes.names.append("run_step_done")

    def on_exception(self, exception: Exception) -> None:
        """Reading the stream failed."""
        self.notes.names.append("exception")

    def on_end(self) -> None:
        """The stream has ended."""
        self.notes.names.append("end")


class AsyncNoting(AsyncAssistantEventHandler):
    """The same for the asynchronous client."""

    def __init__(self) -> None:
        super().__init__()
        self.notes = Notes()

    async def on_event(self, event: Any) -> None:
        """Any event of the stream."""
        self.notes.events.append(event.event)

    async def on_text_created(self, text: Any) -> None:
        """A part of text begins."""
        self.notes.names.append("text_created")

    async def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        """A fragment of text."""
        self.notes.text_delta(delta, snapshot)

    async def on_text_done(self, text: Any) -> None:
        """A part of text is whole."""
        self.notes.names.append("text_done")
        self.notes.texts.append(text.value)

    async def on_tool_call_created(self, tool_call: Any) -> None:
        """A tool call begins."""
        self.notes.names.append("tool_call_created")

    async def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        """A fragment of a tool call."""
        self.notes.tool_call_delta(delta, snapshot)

    async def on_tool_call_done(self, tool_call: Any) -> None:
        """A tool call is whole."""
        self.notes.names.append("tool_call_done")
        self.notes.done_calls.append(tool_call)

    async def on_image_file_done(self, image_file: Any) -> None:
        """A picture is there."""
        self.notes.images.append(image_file.file_id)

    async def on_message_done(self, message: Any) -> None:
        """A message is whole."""
        self.notes.names.append("message_done")

    async def on_run_step_done(self, run_step: Any) -> None:
        """A step has ended."""
        self.notes.names.append("run_step_done")

    async def on_exception(self, exception: Exception) -> None:
        """Reading the stream failed."""
        self.notes.names.append("exception")

    async def on_end(self) -> None:
        """The stream has ended."""
        self.notes.names.append("end")


def handler_for(sdk: Sdk) -> Any:
    """A handler for the client at hand."""
    return AsyncNoting() if sdk.asynchronous else Noting()

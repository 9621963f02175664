"""What clients see of broken connections."""

from __future__ import annotations

import openai

from tests.faults.shows import Stage, shows


@shows("lost_ack")
def lost_ack(stage: Stage) -> None:
    """The message is there although the client saw nothing but a connection that closed."""
    thread = stage.thread("One")
    stage.arm("lost_ack", "messages.create")
    error = stage.fails(openai.APIConnectionError, lambda: stage.say(thread, "Two"))
    assert str(error.__cause__) == "Server disconnected without sending a response."
    assert stage.texts(thread) == ["One", "Two"]
    stage.say(thread, "Three")
    assert stage.texts(thread) == ["One", "Two", "Three"]

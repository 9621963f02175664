"""The official client's own accumulators, fed with a stream, end with the messages that polling shows."""

from __future__ import annotations

import copy
from typing import Any, cast

from hypothesis import given
from openai import AssistantEventHandler, Stream
from openai._models import construct_type
from openai.lib.streaming._assistants import accumulate_event
from openai.types.beta import AssistantStreamEvent
from openai.types.beta.threads import Message

from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.exchange import Event
from tests.properties.folding import ENDS, poll
from tests.properties.scenes import Object, Scene
from tests.properties.scripts import latencies, requests, rules


def typed(events: list[Event]) -> list[AssistantStreamEvent]:
    """The events as the client hands them to its helpers; `[DONE]` never gets there."""
    return [
        cast(
            "AssistantStreamEvent",
            construct_type(
                type_=cast("Any", AssistantStreamEvent),
                value={"event": event.name, "data": copy.deepcopy(event.data)},
            ),
        )
        for event in events
        if event.name != "done"
    ]


def texts(message: Any) -> list[str]:
    """What the text parts of a message say."""
    parts = message.content if isinstance(message, Message) else message["content"]
    dumped = [part if isinstance(part, dict) else part.model_dump() for part in parts]
    return [part["text"]["value"] for part in dumped if part["type"] == "text"]


@law(40)
@given(rules(), latencies(), requests())
def test_the_clients_own_folding_ends_with_what_polling_shows(
    rule: Object, latency: Any, request: Object
) -> None:
    with Door(latency=latency) as door:
        scene = Scene(door, rule, request)
        stream = scene.stream()
        events = list(stream)
        assert events[-1].name == "done"
        shown = poll(door, scene.thread, scene.run)

    folded: dict[str, Message] = {}
    handler_saw: list[Message] = []
    snapshot: Message | None = None
    for event in typed(stream.events):
        snapshot, _ = accumulate_event(event=event, current_message_snapshot=snapshot)
        if snapshot is not None:
            folded[snapshot.id] = snapshot
    assert {id_: texts(message) for id_, message in folded.items()} == {
        message["id"]: texts(message) for message in shown["messages"]
    }

    handler = AssistantEventHandler()
    handler._init(cast("Stream[AssistantStreamEvent]", iter(typed(stream.events))))
    handler.until_done()
    run = handler.current_run
    assert run is not None
    assert run.status == shown["run"]["status"]
    assert run.status in ENDS | {"requires_action"}
    if shown["messages"]:
        handler_saw = handler.get_final_messages()
    assert [texts(message) for message in handler_saw] == [texts(message) for message in shown["messages"]]
    steps = handler.get_final_run_steps() if shown["steps"] else []
    assert [step.id for step in steps] == [step["id"] for step in shown["steps"]]
    for step, polled in zip(steps, shown["steps"], strict=True):
        if polled["type"] == "tool_calls" and step.step_details.type == "tool_calls":
            ids = [call.id for call in step.step_details.tool_calls]
            assert ids == [call["id"] for call in polled["step_details"]["tool_calls"]]

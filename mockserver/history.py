"""What happened and what is due for one subject, as the control door shows it."""

from __future__ import annotations

from typing import Any

import msgspec

from mockserver.timeline import Event, Progress
from mockserver.world import World

Object = dict[str, Any]


def history(world: World, subject: str) -> Object | None:
    """The past and pending events of a subject; None when it has no timeline."""
    timeline = world.timelines.get(subject)
    if timeline is not None:
        events, cursor = timeline.events, timeline.progress.cursor
    else:
        saved = world.store.timeline(world.project, subject)
        if saved is None:
            return None
        events = msgspec.json.decode(saved[0], type=list[Event])
        cursor = msgspec.json.decode(saved[1], type=Progress).cursor
    return {
        "past": [_described(event) for event in events[:cursor]],
        "pending": [_described(event) for event in events[cursor:]],
    }


def _described(event: Event) -> Object:
    """An event, its moment in seconds, without what an object hides from the wire."""
    shown = msgspec.to_builtins(event)
    if "body" in shown:
        shown["body"] = {name: value for name, value in shown["body"].items() if name[0] != "_"}
    return {"at": shown.pop("due") / 1000, "event": shown.pop("type"), **shown}

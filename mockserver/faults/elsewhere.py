"""What other clients of the same project do, when a fault wants them to."""

from __future__ import annotations

from typing import Any

from mockserver.apierror import ApiError
from mockserver.conversation import ASSISTANT, THREAD, create_assistant
from mockserver.faults.contract import Occasion
from mockserver.fixtures import INSTRUCTIONS, make_run
from mockserver.lifecycle import Signal
from mockserver.timeline import End, Move
from mockserver.world import World


def thread_of(occasion: Occasion) -> dict[str, Any] | None:
    """The thread a call names in its path, if there is one."""
    return occasion.world.full(THREAD, occasion.ids.get("thread_id", ""))


def begin_run(occasion: Occasion, lasts: int) -> bool:
    """Let another client begin a run on the thread of a call, and cancel it after so long; whether it can."""
    world, thread_id = occasion.world, occasion.ids["thread_id"]
    if thread_id in world.active:
        return False
    assistant = _any_assistant(world, str(occasion.request.get("assistant_id")))
    try:
        timeline = make_run(world, world.new_id("run"), thread_id, assistant, "in_progress")
    except ApiError:  # no run can begin here, so neither will the one of this call
        return False
    end = world.clock.now() + lasts
    timeline.schedule([Move(end, timeline.subject, Signal.CANCEL), End(end, Signal.STOP)])
    world.reschedule(timeline)
    return True


def _any_assistant(world: World, wanted: str) -> dict[str, Any]:
    """The assistant of that id, or the project's last one, or a new one."""
    last = world.store.last(world.project, ASSISTANT, "")
    found = world.full(ASSISTANT, wanted) or (world.full(ASSISTANT, last.id) if last is not None else None)
    return found or create_assistant(world, {"model": "gpt-4o", "instructions": INSTRUCTIONS})

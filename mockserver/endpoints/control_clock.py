"""The control door: time."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver import errors, objects
from mockserver.operations import Call, operation
from mockserver.requests.queries import Query
from mockserver.requests.shapes import OneOf
from mockserver.world import World

LONGEST_JUMP_SECONDS = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether it is to be told, too, how many calls were made: `true`. Like the journal, that is not kept."""

    calls: str = "false"


ASKED = Query(Asked, calls=OneOf("true", "false"))


@operation("control.clock.retrieve", "GET", "/_mock/clock", query=ASKED, control=True)
def retrieve(call: Call) -> bytes:
    """What time it is, how it passes, when something is due next, and whether a client waits in vain.

    With `?calls=true` also how many calls the API was sent.
    """
    return _clock(call.world, call.query)


@operation("control.clock.update", "PUT", "/_mock/clock", control=True)
def update(call: Call) -> bytes:
    """Change how time passes: `{"mode": "real" | "virtual" | "x60"}`."""
    mode = call.body.get("mode") if isinstance(call.body, dict) else None
    if not isinstance(mode, str):
        raise errors.CONTROL_INVALID(
            message='say how time passes: {"mode": "real" | "virtual" | "xN"}', param="mode"
        )
    try:
        with call.world.change():
            call.world.clock.set_mode(mode)
    except ValueError as error:
        raise errors.CONTROL_INVALID(message=str(error), param="mode") from error
    call.world.streams.ring_all()
    return _clock(call.world)


@operation("control.clock.advance", "POST", "/_mock/clock/advance", query=ASKED, control=True)
def advance(call: Call) -> bytes:
    """Move time forward by `{"seconds": n}`; everything due on the way happens at its own moment."""
    seconds = call.body.get("seconds") if isinstance(call.body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise errors.CONTROL_INVALID(message='say how far: {"seconds": 600}', param="seconds")
    if not 0 <= seconds <= LONGEST_JUMP_SECONDS:
        raise errors.CONTROL_INVALID(
            message="time moves forward only, and by ten years at most in one call", param="seconds"
        )
    until = call.world.clock.now() + round(seconds * 1000)
    if seconds:
        call.world.readers.slept(until)
    call.world.advance_to(until)
    call.world.streams.ring_all()
    return _clock(call.world, call.query)


def _clock(world: World, asked: Asked | None = None) -> bytes:
    due = world.next_due()
    told = {
        "mode": world.clock.mode,
        "now": world.clock.now() / 1000,
        "next_due": due / 1000 if due is not None else None,
        "quiescence": world.readers.quiescence(),
    }
    if asked is not None and asked.calls == "true":
        told["calls"] = world.journal.calls
    return objects.pretty(told)
